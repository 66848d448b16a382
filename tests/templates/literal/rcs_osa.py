"""RCS-OSA, section 2 of "RCS-YOLO": RepVGG units in their training form, shuffled, aggregated once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic, relu, silu

Weights = Mapping[str, Any]


def _unit(x: Any, weights: Weights, name: str) -> Any:
    y = batch_normalised(layer(x, weights, f"{name}.conv3"), weights, f"{name}.norm3")
    y = y + batch_normalised(layer(x, weights, f"{name}.conv1"), weights, f"{name}.norm1")
    if f"{name}.norm0.weight" in weights:
        y = y + batch_normalised(x, weights, f"{name}.norm0")
    return silu(y)


def _stack(x: Any, weights: Weights, name: str) -> Any:
    number = 0
    while f"{name}.{number}.conv3.weight" in weights:
        half = x.shape[1] // 2
        joined = torch.cat([x[:, :half], _unit(x[:, half:], weights, f"{name}.{number}")], 1)
        # Output channel j of a shuffle takes input channel (j mod 2) * half + j div 2.
        x = torch.stack([joined[:, j % 2 * half + j // 2] for j in range(2 * half)], 1)
        number += 1
    return x


def literal(x: Any, weights: Weights, settings: Mapping[str, Any]) -> Any:
    """y = RepVGG([u, v, w]), u = RepVGG(x), v = SR^m(u), w = SR^m(v), and squeeze-and-excitation where it is set."""
    u = _unit(x, weights, "enter")
    v = _stack(u, weights, "first")
    y = _unit(torch.cat([u, v, _stack(v, weights, "second")], 1), weights, "leave")
    if not settings["use_se"]:
        return y
    mean = y.flatten(2).sum(2)[:, :, None, None] / (y.shape[2] * y.shape[3])
    return y * logistic(layer(relu(layer(mean, weights, "gate.0")), weights, "gate.2"))
