"""Deformable attention, equations 4 to 9 of its paper, literally: sample by sample, query by query."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch


def _bilinear(maps: Any, row: Any, column: Any) -> Any:
    """The value of maps, (channels, height, width), at a place between positions; zeros beyond."""
    top, left = math.floor(row.item()), math.floor(column.item())
    total = torch.zeros_like(maps[:, 0, 0])
    for i, part in ((top, 1 - (row - top)), (top + 1, row - top)):
        for j, share in ((left, 1 - (column - left)), (left + 1, column - left)):
            if 0 <= i < maps.shape[1] and 0 <= j < maps.shape[2]:
                total = total + part * share * maps[:, i, j]
    return total


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """z = sum over heads of softmax(q k / sqrt(d)) v, k and v of x sampled at p + s tanh(theta(q)), then projected."""
    channels, height, width = x.shape[1:]
    heads = max(n for n in range(1, min(settings["heads"], max(channels // 8, 1)) + 1) if channels % n == 0)
    groups = max(n for n in range(1, settings["groups"] + 1) if heads % n == 0)

    def linear(name: str, z: Any) -> Any:
        return torch.einsum("oc,chw->ohw", weights[f"{name}.weight"].flatten(1), z) + bias(name)

    def bias(name: str) -> Any:
        return weights[f"{name}.bias"][:, None, None]

    def depthwise(name: str, z: Any) -> Any:
        weight = weights[f"{name}.weight"]
        side = weight.shape[-1]
        padded = torch.nn.functional.pad(z, [side // 2] * 4)
        total = torch.zeros_like(z) + bias(name)
        for i in range(side):
            for j in range(side):
                total = total + padded[:, i : i + height, j : j + width] * weight[:, 0, i, j, None, None]
        return total

    def offset(query: Any) -> Any:
        centred = query - query.mean()
        z = centred / torch.sqrt((centred**2).mean() + 1e-5) * weights["norm.weight"] + weights["norm.bias"]
        z = z * (1 + torch.erf(z / math.sqrt(2))) / 2
        # The range is of coordinates from -1 to 1 over all positions but one, so a position is 2 / (size - 1) of it.
        return torch.tanh(weights["offset.weight"] @ z) * settings["offset_range"] / 2

    def sampled(part: Any, query: Any) -> Any:
        near = depthwise("near", query)
        rows = []
        for i in range(height):
            places = [torch.tensor([i + 0.5, j + 0.5]) + offset(near[:, i, j]) for j in range(width)]
            rows.append(torch.stack([_bilinear(part, *place) for place in places], 1))
        return torch.stack(rows, 1)

    images = []
    for image in x:
        query = linear("query", image)
        samples = torch.cat([sampled(*pair) for pair in zip(image.chunk(groups), query.chunk(groups), strict=True)])
        outputs = []
        for q, k, v in zip(
            *(z.chunk(heads) for z in (query, linear("key", samples), linear("value", samples))), strict=True
        ):
            rows = []
            for asked in q.flatten(1).T:
                shares = torch.exp(torch.einsum("d,dhw->hw", asked, k) / math.sqrt(len(asked)))
                rows.append(torch.einsum("hw,dhw->d", shares, v) / shares.sum())
            outputs.append(torch.stack(rows, 1).reshape(q.shape))
        images.append(linear("project", torch.cat(outputs) + depthwise("position", query)))
    return torch.stack(images)
