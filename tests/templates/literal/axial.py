"""Axial attention, literally: line by line and head by head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _line(positions: Any, weight: Any, heads: int) -> Any:
    """Self-attention over the positions of a line, (length, channels)."""
    channels = positions.shape[1]
    query, key, value = (positions @ part.T for part in weight.flatten(1).split(channels))
    each = channels // heads
    results = []
    for head in range(heads):
        own = slice(head * each, (head + 1) * each)
        exponentials = torch.exp(query[:, own] @ key[:, own].T / each**0.5)
        results.append(exponentials / exponentials.sum(1, keepdim=True) @ value[:, own])
    return torch.cat(results, 1)


def _axis(x: Any, weights: Mapping[str, Any], name: str, heads: int) -> Any:
    """Attention along the columns or the rows of each image."""
    images = []
    for image in x:
        lines = image.permute(2, 1, 0) if name == "columns" else image.permute(1, 2, 0)
        attended = torch.stack([_line(line, weights[f"{name}.weight"], heads) for line in lines])
        attended = attended @ weights[f"{name}_project.weight"].flatten(1).T + weights[f"{name}_project.bias"]
        images.append(attended.permute(2, 1, 0) if name == "columns" else attended.permute(2, 0, 1))
    return torch.stack(images)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """The sum of both axes, or columns and then rows."""
    heads = settings["heads"]
    while x.shape[1] % heads:
        heads -= 1
    columns = _axis(x, weights, "columns", heads)
    if settings["form"] == "parallel":
        return columns + _axis(x, weights, "rows", heads)
    return _axis(columns, weights, "rows", heads)
