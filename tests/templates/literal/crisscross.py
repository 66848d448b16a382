"""Criss-cross attention of "CCNet", literally: position by position, each with its row and column gathered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _attended(x: Any, weights: Mapping[str, Any]) -> Any:
    def linear(name: str) -> Any:
        conv = torch.einsum("oc,bchw->bohw", weights[f"{name}.weight"].flatten(1), x)
        return conv + weights[f"{name}.bias"][:, None, None]

    query, key, value = linear("query"), linear("key"), linear("value")
    height, width = x.shape[2:]
    rows = []
    for i in range(height):
        row = []
        for j in range(width):
            cross = [(i, b) for b in range(width)] + [(a, j) for a in range(height) if a != i]
            keys = torch.stack([key[:, :, a, b] for a, b in cross], 2)
            values = torch.stack([value[:, :, a, b] for a, b in cross], 2)
            exponentials = torch.exp(torch.einsum("bc,bcn->bn", query[:, :, i, j], keys))
            row.append(torch.einsum("bn,bcn->bc", exponentials / exponentials.sum(1, keepdim=True), values))
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + factor sum over the cross of softmax(q . k) v, again and again with the same weights."""
    for _ in range(settings["recurrence"]):
        x = x + weights["factor.bias"] * _attended(x, weights)
    return x
