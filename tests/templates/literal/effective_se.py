"""Effective Squeeze-Excitation of "CenterMask", literally: channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import logistic, mean


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_c = x_c s(w_c . mean x + b_c), s(z) = min(max(z + 3, 0), 6) / 6, or 1 / (1 + exp(-z))."""
    z = mean(x)
    maps = []
    for channel, (row, bias) in enumerate(zip(weights["excite.weight"], weights["excite.bias"], strict=True)):
        logit = (row * z).sum(1) + bias
        gate = torch.clamp(logit / 6 + 0.5, 0, 1) if settings["gate"] == "hard_sigmoid" else logistic(logit)
        maps.append(x[:, channel] * gate[:, None, None])
    return torch.stack(maps, 1)
