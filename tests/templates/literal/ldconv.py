"""LDConv, section 3 of its paper: each output position, one sample after another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, between, layer, silu


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
                pixels.append(
                    sum(kernel @ between(image, *place) for kernel, place in zip(kernels, places, strict=True))
                )
        images.append(torch.stack(pixels, 1).reshape(-1, n, m))
    return silu(batch_normalised(torch.stack(images), weights, "norm"))
