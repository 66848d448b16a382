"""Layers as the sums that define them, for transcriptions of a module's equations; none uses a layer of torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch")

Weights = Mapping[str, Any]


def padded(x: Any, height: int, width: int, value: float = 0.0) -> Any:
    """Give maps with a border of a value: so many rows at the top and the bottom, so many columns at the sides."""
    b, c, h, w = x.shape
    rows = x.new_full((b, c, height, w), value)
    x = torch.cat([rows, x, rows], 2)
    columns = x.new_full((b, c, h + 2 * height, width), value)
    return torch.cat([columns, x, columns], 3)


def convolved(x: Any, weight: Any, bias: Any = None, *, stride: int = 1, dilation: int = 1, groups: int = 1) -> Any:
    """Convolve with zeros around the map so that an odd kernel keeps its size, one tap at a time."""
    out, each, height, width = weight.shape
    reach = (height - 1) * dilation // 2, (width - 1) * dilation // 2
    b, _, h, w = x.shape
    around = padded(x, *reach)
    total = 0
    for i in range(height):
        for j in range(width):
            tap = around[:, :, i * dilation : i * dilation + h : stride, j * dilation : j * dilation + w : stride]
            split = tap.reshape(b, groups, each, *tap.shape[2:])
            parts = weight[:, :, i, j].reshape(groups, out // groups, each)
            total = total + torch.einsum("bgchw,goc->bgohw", split, parts).reshape(b, out, *tap.shape[2:])
    return total if bias is None else total + bias[:, None, None]


def normalised(x: Any, weights: Weights, name: str) -> Any:
    """Normalise by the statistics that a batch normalisation keeps, eps = 1e-5."""

    def column(part: str) -> Any:
        return weights[f"{name}.{part}"][:, None, None]

    return (x - column("running_mean")) / (column("running_var") + 1e-5) ** 0.5 * column("weight") + column("bias")


def logistic(x: Any) -> Any:
    return 1 / (1 + torch.exp(-x))


def silu(x: Any) -> Any:
    return x * logistic(x)


def relu(x: Any) -> Any:
    return torch.where(x > 0, x, torch.zeros_like(x))


def largest_around(x: Any, kernel: int) -> Any:
    """Give the largest value of the window around each position, of an odd size."""
    h, w = x.shape[2:]
    around = padded(x, kernel // 2, kernel // 2, -float("inf"))
    windows = [around[:, :, i : i + h, j : j + w] for i in range(kernel) for j in range(kernel)]
    return torch.stack(windows).amax(0)


def layer(x: Any, weights: Weights, name: str, **how: int) -> Any:
    """Convolve by the parameters of a name, with a bias where there is one."""
    return convolved(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"), **how)


def block(x: Any, weights: Weights, name: str, act: Any = silu, **how: int) -> Any:
    """A convolution `NAME.0`, a normalisation `NAME.1`, and an activation unless it is None."""
    y = normalised(layer(x, weights, f"{name}.0", **how), weights, f"{name}.1")
    return y if act is None else act(y)
