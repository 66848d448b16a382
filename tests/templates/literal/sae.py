"""Squeeze-aggregated Excitation of "SENetV2", literally: parallel branches, concatenated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(W2 cat(relu(W1_1 z) ... relu(W1_k z))), z = mean of x; with `residual`, x is added."""
    z = x.sum((2, 3)) / (x.shape[2] * x.shape[3])
    count = settings["cardinality"]
    branches = weights["squeeze.weight"].flatten(1).chunk(count)
    biases = weights["squeeze.bias"].chunk(count) if settings["bias"] else [0] * count
    joined = torch.cat([torch.relu(z @ w.T + b) for w, b in zip(branches, biases, strict=True)], 1)
    gate = joined @ weights["excite.weight"].flatten(1).T
    if settings["bias"]:
        gate = gate + weights["excite.bias"]
    y = x * (1 / (1 + torch.exp(-gate)))[:, :, None, None]
    return x + y if settings["residual"] else y
