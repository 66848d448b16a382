"""Normalization-based Attention Module, equations 1 and 2 literally: channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_c = x_c sigmoid(w_c BN(x)_c), w_c = |g_c| / sum of |g_i|."""
    normal = batch_normalised(x, weights, "norm")
    sizes = [torch.sqrt(g * g) for g in weights["norm.weight"]]
    gates = [logistic(size / sum(sizes) * normal[:, channel]) for channel, size in enumerate(sizes)]
    return torch.stack([x[:, channel] * gate for channel, gate in enumerate(gates)], 1)
