"""Frequency Channel Attention of "FcaNet", literally: cells of a map, and cosines by Python's own arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from equations import logistic

TOP = ((0, 0), (0, 1), (6, 0), (0, 5), (0, 2), (1, 0), (1, 2), (4, 0),
       (5, 0), (1, 6), (3, 0), (0, 4), (0, 6), (0, 3), (3, 5), (2, 2))  # fmt: skip


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(W2 relu(W1 z)), z_c = sum of p_cij f(i, u) f(j, v) over cells p."""
    c, height, width = x.shape[1:]
    count = max(d for d in range(1, settings["frequencies"] + 1) if c % d == 0)

    def factor(i: int, u: int) -> float:
        return math.cos(math.pi * u * (i + 0.5) / 7) / math.sqrt(7) * (math.sqrt(2) if u else 1)

    def cell(i: int, size: int) -> slice:
        return slice(i * size // 7, -(-(i + 1) * size // 7))

    z = []
    for channel in range(c):
        u, v = TOP[channel // (c // count)]
        total: Any = 0
        for i in range(7):
            for j in range(7):
                part = x[:, channel, cell(i, height), cell(j, width)]
                total = total + part.sum((1, 2)) / part[0].numel() * factor(i, u) * factor(j, v)
        z.append(total)
    hidden = torch.relu(torch.stack(z, 1) @ weights["squeeze.weight"].T)
    return x * logistic(hidden @ weights["excite.weight"].T)[:, :, None, None]
