"""The terms of a paper's equations, literally: sums over shifted maps, and what stands in each other's place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch")


def convolved(x: Any, weight: Any, bias: Any = None, groups: int = 1, dilation: int = 1, stride: int = 1) -> Any:
    """Convolve maps of any batch, zero outside, so that at stride 1 their size stays; `weight` is (out, in, k, l)."""
    height, width = x.shape[2:]
    k, m = weight.shape[2:]
    down, right = dilation * (k - 1) // 2, dilation * (m - 1) // 2
    around = padded(x, down, right)
    outputs = []
    for group in range(groups):
        mine = around[:, group * weight.shape[1] : (group + 1) * weight.shape[1]]
        kernels = weight[group * (weight.shape[0] // groups) : (group + 1) * (weight.shape[0] // groups)]
        total = 0
        for i in range(k):
            for j in range(m):
                top, left = i * dilation, j * dilation
                shifted = mine[:, :, top : top + height : stride, left : left + width : stride]
                total = total + torch.einsum("bchw,oc->bohw", shifted, kernels[:, :, i, j])
        outputs.append(total)
    y = torch.cat(outputs, 1)
    return y if bias is None else y + bias[:, None, None]


def layer(x: Any, weights: Mapping[str, Any], name: str, groups: int = 1, dilation: int = 1, stride: int = 1) -> Any:
    """Convolve maps by the layer of that name, with a bias where there is one."""
    return convolved(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"), groups, dilation, stride)


def batch_normalised(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    """Normalise (batch, channels, ...) by the running statistics of the layer of that name, as in evaluation mode."""
    shape = (-1, *[1] * (x.dim() - 2))
    mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    scaled = (x - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + 1e-5)
    return scaled * weights[f"{name}.weight"].reshape(shape) + weights[f"{name}.bias"].reshape(shape)


def group_normalised(x: Any, groups: int, weight: Any, bias: Any) -> Any:
    """Normalise (batch, channels, ...) by the statistics of each image's groups of channels."""
    shape = (-1, *[1] * (x.dim() - 2))
    images = []
    for image in x:
        parts = []
        for part in image.chunk(groups):
            centred = part - part.sum() / part.numel()
            parts.append(centred / torch.sqrt((centred * centred).sum() / part.numel() + 1e-5))
        images.append(torch.cat(parts))
    return torch.stack(images) * weight.reshape(shape) + bias.reshape(shape)


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + torch.exp(-x))


def mean(x: Any) -> Any:
    """Give the mean of each map: (batch, channels, height, width) to (batch, channels)."""
    return torch.einsum("bchw->bc", x) / (x.shape[2] * x.shape[3])


def shares(logits: Any) -> Any:
    """Give the softmax over the last dimension."""
    powers = torch.exp(logits)
    return powers / powers.sum(-1, keepdim=True)


def padded(x: Any, height: int, width: int, value: float = 0.0) -> Any:
    """Give maps with a border of a value: so many rows at the top and the bottom, so many columns at the sides."""
    b, c, h, w = x.shape
    rows = x.new_full((b, c, height, w), value)
    x = torch.cat([rows, x, rows], 2)
    columns = x.new_full((b, c, h + 2 * height, width), value)
    return torch.cat([columns, x, columns], 3)


def silu(x: Any) -> Any:
    return x * logistic(x)


def gelu(x: Any) -> Any:
    return x * (1 + torch.erf(x / 2**0.5)) / 2


def relu(x: Any) -> Any:
    return torch.where(x > 0, x, torch.zeros_like(x))


def largest_around(x: Any, kernel: int) -> Any:
    """Give the largest value of the window around each position, of an odd size."""
    h, w = x.shape[2:]
    around = padded(x, kernel // 2, kernel // 2, -float("inf"))
    windows = [around[:, :, i : i + h, j : j + w] for i in range(kernel) for j in range(kernel)]
    return torch.stack(windows).amax(0)


def between(x: Any, row: Any, column: Any) -> Any:
    """Give the channels of a map (channels, height, width) at a place between positions, beyond the border its own."""
    h, w = x.shape[1:]
    row = row * 0 if row < 0 else row * 0 + h - 1 if row > h - 1 else row
    column = column * 0 if column < 0 else column * 0 + w - 1 if column > w - 1 else column
    i, j = math.floor(row.item()), math.floor(column.item())
    return sum(
        (1 - abs(row - y)) * (1 - abs(column - z)) * x[:, min(y, h - 1), min(z, w - 1)]
        for y in (i, i + 1)
        for z in (j, j + 1)
    )


def block(x: Any, weights: Mapping[str, Any], name: str, act: Any = silu, **how: int) -> Any:
    """A convolution `NAME.0`, a normalisation `NAME.1`, and an activation unless it is None."""
    y = batch_normalised(layer(x, weights, f"{name}.0", **how), weights, f"{name}.1")
    return y if act is None else act(y)
