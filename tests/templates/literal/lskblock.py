"""Large selective kernel block, equations 2 to 7 of the LSKNet paper, literally."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Y = X F(sum over i of SA_i U~_i), SA = sigmoid(F2->2([avg(U~); max(U~)])), U~ = [U~_1; U~_2]."""
    height, width = x.shape[2:]

    def linear(name: str, z: Any) -> Any:
        return torch.einsum("oc,bchw->bohw", weights[f"{name}.weight"].flatten(1), z) + bias(name)

    def bias(name: str) -> Any:
        return weights[f"{name}.bias"][:, None, None]

    def shifts(z: Any, kernel: int, dilation: int) -> Any:
        padded = torch.nn.functional.pad(z, [kernel // 2 * dilation] * 4)
        for i in range(kernel):
            for j in range(kernel):
                rows = slice(i * dilation, i * dilation + height)
                yield i, j, padded[:, :, rows, j * dilation : j * dilation + width]

    def depthwise(name: str, z: Any, kernel: int, dilation: int) -> Any:
        weight = weights[f"{name}.weight"]
        return bias(name) + sum(
            shifted * weight[:, 0, i, j, None, None] for i, j, shifted in shifts(z, kernel, dilation)
        )

    u = x
    if settings["projections"]:
        u = linear("before.0", x)
        u = u * (1 + torch.erf(u / math.sqrt(2))) / 2
    first = depthwise("near", u, 5, 1)
    second = depthwise("far", first, 7, 3)
    parts = [linear("near_part", first), linear("far_part", second)]
    joined = torch.cat(parts, 1)
    pooled = torch.stack([joined.sum(1) / joined.shape[1], joined.max(1).values], 1)
    logits = bias("select") + sum(
        torch.einsum("oc,bchw->bohw", weights["select.weight"][:, :, i, j], shifted)
        for i, j, shifted in shifts(pooled, 7, 1)
    )
    shares = 1 / (1 + torch.exp(-logits))
    y = u * linear("mix", sum(part * shares[:, number, None] for number, part in enumerate(parts)))
    return x + linear("after", y) if settings["projections"] else y
