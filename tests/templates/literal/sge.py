"""Spatial Group-wise Enhance, equations 1 to 5 literally: group by group and position by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """g = mean of x_i; c_i = g . x_i; t_i = (c_i - mean) / (std + 1e-5); y_i = x_i sigmoid(a t_i + b)."""
    groups = max(d for d in range(1, settings["groups"] + 1) if x.shape[1] % d == 0)
    images = []
    for image in x:
        parts = []
        for number, part in enumerate(image.chunk(groups)):
            positions = part.flatten(1).T
            count = len(positions)
            g = sum(positions) / count
            c = torch.stack([torch.dot(g, position) for position in positions])
            deviation = torch.sqrt(((c - c.sum() / count) ** 2).sum() / (count - 1))
            t = (c - c.sum() / count) / (deviation + 1e-5)
            a, b = weights["affine.weight"][number].sum(), weights["affine.bias"][number]
            gated = [position * logistic(a * value + b) for position, value in zip(positions, t, strict=True)]
            parts.append(torch.stack(gated, 1).reshape(part.shape))
        images.append(torch.cat(parts))
    return torch.stack(images)
