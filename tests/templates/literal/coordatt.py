"""Coordinate attention, equations 4 to 8 of its paper, literally: row by row and column by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_c(i, j) = x_c(i, j) sigmoid(F_h(f_h))_c(i) sigmoid(F_w(f_w))_c(j), f = hswish(BN(F1([z_h, z_w])))."""

    def squeezed(z: Any) -> Any:
        f = z @ weights["squeeze.0.weight"].flatten(1).T + weights["squeeze.0.bias"]
        f = (f - weights["squeeze.1.running_mean"]) / torch.sqrt(weights["squeeze.1.running_var"] + 1e-5)
        f = f * weights["squeeze.1.weight"] + weights["squeeze.1.bias"]
        return f * (f + 3).clamp(0, 6) / 6

    def gate(name: str, z: Any) -> Any:
        logits = squeezed(z) @ weights[f"{name}.weight"].flatten(1).T + weights[f"{name}.bias"]
        return 1 / (1 + torch.exp(-logits))

    height, width = x.shape[2:]
    rows = [gate("rows", sum(x[:, :, i, j] for j in range(width)) / width) for i in range(height)]
    columns = [gate("columns", sum(x[:, :, i, j] for i in range(height)) / height) for j in range(width)]
    scaled = [torch.stack([x[:, :, i, j] * rows[i] * columns[j] for j in range(width)], 2) for i in range(height)]
    return torch.stack(scaled, 2)
