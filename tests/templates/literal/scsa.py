"""Spatial and Channel Synergistic Attention, literally: strips and windows one by one, attention before the mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import convolved, group_normalised, logistic, shares


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """u = x a(rows) a(columns); y = u sigmoid(mean over windows of softmax(q k^T / sqrt d) v)."""
    c, height, width = x.shape[1:]

    def gate(z: Any, name: str) -> Any:
        strips = []
        for number in range(4):
            quarter = z[:, number * c // 4 : (number + 1) * c // 4, None]
            kernel, bias = weights[f"strips.{number}.weight"], weights[f"strips.{number}.bias"]
            strips.append(convolved(quarter, kernel[:, :, None], bias, groups=c // 4)[:, :, 0])
        joined = torch.cat(strips, 1)
        return logistic(group_normalised(joined, 4, weights[f"{name}.weight"], weights[f"{name}.bias"]))

    rows, columns = gate(x.sum(3) / width, "rows"), gate(x.sum(2) / height, "columns")
    u = torch.einsum("bchw,bch,bcw->bchw", x, rows, columns)
    side = settings["window"]
    down, right = min(side, height), min(side, width)
    windows = [
        u[:, :, top : top + down, left : left + right].sum((2, 3)) / (down * right)
        for top in range(0, height - down + 1, side)
        for left in range(0, width - right + 1, side)
    ]
    pooled = group_normalised(torch.stack(windows, 2), 1, weights["norm.weight"], weights["norm.bias"])
    q, k, v = (pooled * weights[f"{name}.weight"].reshape(-1, 1) for name in ("query", "key", "value"))
    heads = max(d for d in range(1, settings["heads"] + 1) if c % d == 0)
    means = []
    for head in range(heads):
        mine = slice(head * (c // heads), (head + 1) * (c // heads))
        attention = shares(torch.einsum("bip,bjp->bij", q[:, mine], k[:, mine]) / (c // heads) ** 0.5)
        means.append(torch.einsum("bij,bjp->bip", attention, v[:, mine]).sum(2) / len(windows))
    return u * logistic(torch.cat(means, 1))[:, :, None, None]
