"""PPA, section 3 of "HCF-Net": patch by patch, interpolated pixel by pixel, then the convolution and the gates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, block, group_normalised, layer, logistic, mean, relu

Weights = Mapping[str, Any]


def _describe(patch: Any, released: bool) -> Any:
    """Give p^2 numbers of a patch (batch, channels, p, p)."""
    _, c, p, _ = patch.shape
    if released:
        return torch.stack([part.flatten(1).sum(1) for part in patch.chunk(p * p, 1)], 1) / c
    return torch.stack([patch[:, :, k // p, k % p].sum(1) / c for k in range(p * p)], 1)


def _attended(t: Any, weights: Weights, name: str) -> Any:
    t = t @ weights[f"{name}.enter.weight"].T + weights[f"{name}.enter.bias"]
    t = group_normalised(t, 1, weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"])
    t = t @ weights[f"{name}.leave.weight"].T + weights[f"{name}.leave.bias"]
    t = t * torch.exp(t) / torch.exp(t).sum(1, keepdim=True)
    prompt = weights[f"{name}.prompt.weight"][0]
    alike = (t * prompt).sum(1, keepdim=True) / torch.sqrt((t**2).sum(1, keepdim=True) * (prompt**2).sum())
    return (t * torch.where(alike > 0, alike, 0 * alike)) @ weights[f"{name}.mix.weight"].T


def _stretched(grid: list[list[Any]], h: int, w: int) -> Any:
    n, m = len(grid), len(grid[0])
    rows = []
    for y in range(h):
        pixels = []
        for z in range(w):
            a, c = max((y + 0.5) * n / h - 0.5, 0), max((z + 0.5) * m / w - 0.5, 0)
            i, j = math.floor(a), math.floor(c)
            i1, j1, a, c = min(i + 1, n - 1), min(j + 1, m - 1), a - i, c - j
            above = (1 - c) * grid[i][j] + c * grid[i][j1]
            below = (1 - c) * grid[i1][j] + c * grid[i1][j1]
            pixels.append((1 - a) * above + a * below)
        rows.append(torch.stack(pixels, 2))
    return torch.stack(rows, 2)


def _lga(x: Any, weights: Weights, p: int, released: bool) -> Any:
    h, w = x.shape[2:]
    grid = [
        [
            _attended(_describe(x[:, :, i : i + p, j : j + p], released), weights, f"lga{p}")
            for j in range(0, w - p + 1, p)
        ]
        for i in range(0, h - p + 1, p)
    ]
    return layer(_stretched(grid, h, w), weights, f"lga{p}.conv")


def literal(x: Any, weights: Weights, settings: Mapping[str, Any]) -> Any:
    """y = relu(BN(z sigmoid(conv7(mean z, max z)))), z the sum of all branches under efficient channel attention."""
    released = settings["descriptor"] == "released"
    s = block(x, weights, "skip", None)
    first = block(x, weights, "c1", relu)
    second = block(first, weights, "c2", relu)
    z = first + second + block(second, weights, "c3", relu) + s
    z = z + _lga(s, weights, 2, released) + _lga(s, weights, 4, released)
    means = mean(z)
    kernel = weights["eca.weight"][0, 0]
    reach, zeros = len(kernel) // 2, means.new_zeros(len(means), len(kernel) // 2)
    around = torch.cat([zeros, means, zeros], 1)
    logits = sum(kernel[k] * around[:, k : k + z.shape[1]] for k in range(2 * reach + 1))
    z = z * logistic(logits)[:, :, None, None]
    two = torch.stack([z.sum(1) / z.shape[1], z.max(1).values], 1)
    y = z * logistic(layer(two, weights, "spatial"))
    return relu(batch_normalised(y, weights, "norm"))
