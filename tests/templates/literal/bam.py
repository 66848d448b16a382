"""Bottleneck Attention Module, equations 1 to 4 literally: both parts, their sum, and the input added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic, mean


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + x sigmoid(Mc + Ms), Mc = W2 relu(BN(W1 mean x)), Ms = F4 F3 F2 F1 x."""
    hidden = mean(x) @ weights["squeeze.weight"].T + weights["squeeze.bias"]
    hidden = torch.relu(batch_normalised(hidden, weights, "squeezed"))
    channel = hidden @ weights["excite.weight"].T + weights["excite.bias"]
    spatial = x
    for number, dilation in ((0, 1), (3, settings["dilation"]), (6, settings["dilation"])):
        spatial = layer(spatial, weights, f"spatial.{number}", dilation=dilation)
        spatial = torch.relu(batch_normalised(spatial, weights, f"spatial.{number + 1}"))
    spatial = layer(spatial, weights, "leave")
    logits = torch.stack([spatial[:, 0] + channel[:, c, None, None] for c in range(x.shape[1])], 1)
    return x + x * logistic(logits)
