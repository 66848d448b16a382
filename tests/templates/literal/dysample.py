"""DySample, section 3 of "Learning to Upsample by Learning to Sample": offsets, then bilinear samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import between, logistic

Weights = Mapping[str, Any]


def _offset_of(x: Any, weights: Weights) -> Any:
    offset = torch.einsum("bchw,oc->bohw", x, weights["offset.weight"][:, :, 0, 0])
    offset = offset + weights["offset.bias"][:, None, None]
    if "scope.weight" not in weights:
        return offset * 0.25
    return offset * 0.5 * logistic(torch.einsum("bchw,oc->bohw", x, weights["scope.weight"][:, :, 0, 0]))


def _shuffled(x: Any) -> Any:
    """Spread each four channels over 2 x 2 pixels."""
    wide = x.new_zeros(x.shape[0], x.shape[1] // 4, 2 * x.shape[2], 2 * x.shape[3])
    for i in range(2):
        for j in range(2):
            wide[:, :, i::2, j::2] = x[:, 2 * i + j :: 4]
    return wide


def literal(x: Any, weights: Weights, settings: Mapping[str, Any]) -> Any:
    """y at (2 h + i, 2 w + j) is x at (h + (i - 1/2) / 2 + down, w + (j - 1/2) / 2 + across), by groups of channels."""
    late = settings["style"] == "linear_shuffle"
    offset = _shuffled(_offset_of(x, weights)) if late else _offset_of(_shuffled(x), weights)
    groups = offset.shape[1] // 2
    images = []
    for image, moves in zip(x, offset, strict=True):
        parts = []
        for group, part in enumerate(image.chunk(groups)):
            pixels = [
                between(
                    part,
                    y // 2 + (y % 2 - 0.5) / 2 + moves[groups + group, y, z],
                    z // 2 + (z % 2 - 0.5) / 2 + moves[group, y, z],
                )
                for y in range(2 * x.shape[2])
                for z in range(2 * x.shape[3])
            ]
            parts.append(torch.stack(pixels, 1).reshape(-1, 2 * x.shape[2], 2 * x.shape[3]))
        images.append(torch.cat(parts))
    return torch.stack(images)
