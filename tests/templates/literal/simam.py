"""SimAM, equations 5 and 6 of its paper, literally: the least energy of each neuron, and its inverse as a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """e* = 4 (v + lambda) / ((t - m)^2 + 2 v + 2 lambda), y = x sigmoid(1 / e*)."""
    size = settings["e_lambda"]
    scaled = []
    for neurons in x.flatten(0, 1):
        mean = neurons.sum() / neurons.numel()
        variance = sum((t - mean) ** 2 for t in neurons.flatten()) / (neurons.numel() - 1)
        energy = 4 * (variance + size) / ((neurons - mean) ** 2 + 2 * variance + 2 * size)
        scaled.append(neurons / (1 + torch.exp(-1 / energy)))
    return torch.stack(scaled).reshape(x.shape)
