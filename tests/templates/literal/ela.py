"""Efficient Local Attention, literally: each row's and each column's mean, a strip over them, and their norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import convolved, group_normalised, logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_cij = x_cij a(r)_ci a(s)_cj, a(z) = sigmoid(GN(F z)), r and s the means of rows and of columns."""
    c, height, width = x.shape[1:]
    kernel = weights["conv.weight"]
    groups = 32 if settings["variant"] == "tiny" else 16
    groups = max(d for d in range(1, groups + 1) if c % d == 0)

    def gate(z: Any) -> Any:
        strip = convolved(z[:, :, None], kernel[:, :, None], groups=c // kernel.shape[1])[:, :, 0]
        return logistic(group_normalised(strip, groups, weights["norm.weight"], weights["norm.bias"]))

    rows = gate(torch.stack([x[:, :, i].sum(2) / width for i in range(height)], 2))
    columns = gate(torch.stack([x[:, :, :, j].sum(2) / height for j in range(width)], 2))
    return torch.einsum("bchw,bch,bcw->bchw", x, rows, columns)
