"""The gated channel transformation, literally: a norm of each channel, and a norm of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x (1 + tanh(g n(e) + b)), e = a |x|, n(e) = e over the mean norm of all channels."""
    squared = settings["norm"] == "l2norm"
    sizes = []
    for c in range(x.shape[1]):
        values = x[:, c].flatten(1)
        size = torch.sqrt((values**2).sum(1) + 1e-5) if squared else torch.sqrt(values**2).sum(1)
        sizes.append(weights["embed.weight"][c] * size)
    count = len(sizes)
    if squared:
        common = torch.sqrt(torch.stack(sizes).pow(2).sum(0) / count + 1e-5)
    else:
        common = torch.stack(sizes).pow(2).sqrt().sum(0) / count + 1e-5
    maps = []
    for c, size in enumerate(sizes):
        gate = 1 + torch.tanh(weights["gate.weight"][c] * size / common + weights["gate.bias"][c])
        maps.append(x[:, c] * gate[:, None, None])
    return torch.stack(maps, 1)
