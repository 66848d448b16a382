"""LDConv, section 3 of its paper: each output position, one sample after another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from equations import layer, normalised, silu


def _at(x: Any, row: Any, column: Any) -> Any:
    """Give the channels at a position between pixels, of a map (channels, height, width)."""
    h, w = x.shape[1:]
    row = row * 0 if row < 0 else row * 0 + h - 1 if row > h - 1 else row
    column = column * 0 if column < 0 else column * 0 + w - 1 if column > w - 1 else column
    i, j = math.floor(row.item()), math.floor(column.item())
    return sum(
        (1 - abs(row - y)) * (1 - abs(column - z)) * x[:, min(y, h - 1), min(z, w - 1)]
        for y in (i, i + 1)
        for z in (j, j + 1)
    )


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y(p) = SiLU(BN(sum of W_t x(2 p + grid_t + offset_t(p))))."""
    samples, across = settings["samples"], round(math.sqrt(settings["samples"]))
    offset = layer(x, weights, "offset", stride=2)
    n, m = offset.shape[2:]
    kernels = weights["conv.weight"][:, :, 0, 0].chunk(samples, 1)
    images = []
    for image, moves in zip(x, offset, strict=True):
        pixels = []
        for p in range(n):
            for q in range(m):
                places = [
                    (2 * p + t // across + moves[t, p, q], 2 * q + t % across + moves[samples + t, p, q])
                    for t in range(samples)
                ]
                pixels.append(sum(kernel @ _at(image, *place) for kernel, place in zip(kernels, places, strict=True)))
        images.append(torch.stack(pixels, 1).reshape(-1, n, m))
    return silu(normalised(torch.stack(images), weights, "norm"))
