"""The partial convolution of FasterNet, literally: output by output, as sums over shifted maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = conv(x) of the first channels, x of the others."""
    weight = weights["partial.weight"]
    maps = []
    for channel in range(x.shape[1]):
        if channel >= weight.shape[0]:
            maps.append(x[:, channel])
            continue
        padded = torch.nn.functional.pad(x[:, : weight.shape[1]], [1] * 4)
        total = torch.zeros_like(x[:, 0])
        for i in range(3):
            for j in range(3):
                shifted = padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]
                total = total + torch.einsum("bchw,c->bhw", shifted, weight[channel, :, i, j])
        maps.append(total)
    return torch.stack(maps, 1)
