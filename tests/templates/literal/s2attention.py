"""S2 attention of "S2-MLPv2", literally: each value fetched from where the shift takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

DOWN, UP, RIGHT, LEFT = (-1, 0), (1, 0), (0, -1), (0, 1)


def _shifted(x: Any, directions: Any) -> Any:
    """Take each value from the neighbour that a quarter's direction names, and at the edge from its own place."""
    height, width, quarter = x.shape[2], x.shape[3], x.shape[1] // 4
    result = []
    for channel in range(x.shape[1]):
        down, across = directions[channel // quarter]
        rows = []
        for i in range(height):
            row = []
            for j in range(width):
                inside = 0 <= i + down < height and 0 <= j + across < width
                row.append(x[:, channel, i + down, j + across] if inside else x[:, channel, i, j])
            rows.append(torch.stack(row, 1))
        result.append(torch.stack(rows, 1))
    return torch.stack(result, 1)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = Wo sum over k of softmax_k(W2 gelu(W1 a)) u_k, a the mean of u_1 + u_2 + u_3."""
    channels = x.shape[1]
    u = torch.einsum("oc,bchw->bohw", weights["expand.weight"].flatten(1), x) + weights["expand.bias"][:, None, None]
    parts = [
        _shifted(u[:, :channels], (DOWN, UP, RIGHT, LEFT)),
        _shifted(u[:, channels : 2 * channels], (RIGHT, LEFT, DOWN, UP)),
        u[:, 2 * channels :],
    ]
    pooled = sum(parts).mean((2, 3))
    hidden = torch.einsum("oc,bc->bo", weights["squeeze.weight"], pooled)
    hidden = hidden * (1 + torch.erf(hidden / 2**0.5)) / 2
    logits = torch.einsum("oc,bc->bo", weights["excite.weight"], hidden)
    exponentials = [torch.exp(logits[:, k * channels : (k + 1) * channels]) for k in range(3)]
    total = sum(exponentials)
    mixed = sum((e / total)[:, :, None, None] * part for e, part in zip(exponentials, parts, strict=True))
    y = torch.einsum("oc,bchw->bohw", weights["project.weight"].flatten(1), mixed)
    return y + weights["project.bias"][:, None, None]
