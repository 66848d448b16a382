"""Squeeze-and-Excitation, equations 2 to 4 of "Squeeze-and-Excitation Networks", literally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_c = x_c s_c, s = sigmoid(W2 relu(W1 z + b1) + b2), z_c = mean of x_c."""
    z = x.flatten(2).sum(2) / (x.shape[2] * x.shape[3])
    hidden = torch.einsum("hc,bc->bh", weights["squeeze.weight"].flatten(1), z)
    if settings["bias"]:
        hidden = hidden + weights["squeeze.bias"]
    gate = torch.einsum("ch,bh->bc", weights["excite.weight"].flatten(1), torch.relu(hidden))
    if settings["bias"]:
        gate = gate + weights["excite.bias"]
    gated = [[x[b, c] / (1 + torch.exp(-gate[b, c])) for c in range(x.shape[1])] for b in range(x.shape[0])]
    return torch.stack([torch.stack(maps) for maps in gated])
