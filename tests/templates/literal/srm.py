"""The style-based recalibration module, literally: channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(BN(w_1 mean + w_2 sqrt(var + 1e-5))), the variance over N - 1."""
    maps = []
    for c in range(x.shape[1]):
        values = x[:, c].flatten(1)
        mean = values.sum(1) / values.shape[1]
        variance = ((values - mean[:, None]) ** 2).sum(1) / (values.shape[1] - 1)
        z = weights["style.weight"][c, 0, 0] * mean + weights["style.weight"][c, 0, 1] * torch.sqrt(variance + 1e-5)
        z = (z - weights["norm.running_mean"][c]) / torch.sqrt(weights["norm.running_var"][c] + 1e-5)
        z = z * weights["norm.weight"][c] + weights["norm.bias"][c]
        maps.append(x[:, c] / (1 + torch.exp(-z))[:, None, None])
    return torch.stack(maps, 1)
