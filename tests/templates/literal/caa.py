"""Context Anchor Attention of "Poly Kernel Inception Network", literally: a mean of 49 values, then strips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, convolved, layer, logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(W2 D W1 z), z the mean of 7 x 7 with zeros outside; `released`: W, BN, SiLU for W."""
    c = x.shape[1]

    def pointwise(of: Any, name: str) -> Any:
        if settings["form"] == "paper":
            return layer(of, weights, name)
        normal = batch_normalised(layer(of, weights, f"{name}.0"), weights, f"{name}.1")
        return normal * logistic(normal)

    z = convolved(x, torch.full((c, 1, 7, 7), 1 / 49, dtype=x.dtype), groups=c)
    strips = layer(layer(pointwise(z, "enter"), weights, "across", groups=c), weights, "down", groups=c)
    return x * logistic(pointwise(strips, "leave"))
