"""Efficient Multi-scale Attention, figure 3 of its paper, literally: image by image, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + torch.exp(-x))


def _softmax(x: Any) -> Any:
    return torch.exp(x) / torch.exp(x).sum()


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(softmax(GAP x1) x2 + softmax(GAP x2) x1), in each group of channels."""
    groups = max(number for number in range(1, settings["factor"] + 1) if x.shape[1] % number == 0)

    def gated(group: Any) -> Any:
        channels, height, width = group.shape
        joined = torch.cat([group.sum(2) / width, group.sum(1) / height], 1)
        joined = weights["conv1.weight"].flatten(1) @ joined + weights["conv1.bias"][:, None]
        u = group * _sigmoid(joined[:, :height, None]) * _sigmoid(joined[:, None, height:])
        centred = u - u.mean((1, 2), keepdim=True)
        u = centred / torch.sqrt((centred**2).mean((1, 2), keepdim=True) + 1e-5)
        u = u * weights["norm.weight"][:, None, None] + weights["norm.bias"][:, None, None]
        padded = torch.nn.functional.pad(group, [1] * 4)
        t = torch.zeros_like(group) + weights["conv3.bias"][:, None, None]
        for i in range(3):
            for j in range(3):
                shifted = padded[:, i : i + height, j : j + width]
                t = t + torch.einsum("oc,chw->ohw", weights["conv3.weight"][:, :, i, j], shifted)
        first, second = _softmax(u.mean((1, 2))), _softmax(t.mean((1, 2)))
        gate = sum(first[c] * t[c] + second[c] * u[c] for c in range(channels))
        return group * _sigmoid(gate)

    return torch.stack([torch.cat([gated(group) for group in image.chunk(groups)]) for image in x])
