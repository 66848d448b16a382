"""External attention, literally: layer by layer over the positions of each image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """A = softmax over positions of Mk u, divided by its sum over the units; y = relu(x + BN(W2 Mv A)), or Mv A."""
    images = []
    for image in x:
        positions = image.flatten(1).T
        u = positions
        if settings["form"] == "published":
            u = u @ weights["enter.weight"].flatten(1).T + weights["enter.bias"]
        exponentials = torch.exp(u @ weights["key.weight"].flatten(1).T)
        attention = exponentials / exponentials.sum(0)
        rows = [row / (1e-9 + row.sum()) for row in attention]
        y = torch.stack([weights["value.weight"].flatten(1) @ row for row in rows])
        if settings["form"] == "published":
            y = y @ weights["leave.weight"].flatten(1).T
            y = (y - weights["norm.running_mean"]) / torch.sqrt(weights["norm.running_var"] + 1e-5)
            y = (positions + y * weights["norm.weight"] + weights["norm.bias"]).clamp(min=0)
        images.append(y.T.reshape(image.shape))
    return torch.stack(images)
