"""Spatial and channel reconstruction of ScConv, literally: unit by unit, with masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _reconstructed(x: Any, weights: Mapping[str, Any], groups: int) -> Any:
    """The SRU: what a mask calls informative, with the halves of what it does not crosswise added."""
    gamma = weights["norm.weight"]
    parts = []
    for part in x.split(x.shape[1] // groups, 1):
        mean = part.mean((1, 2, 3), keepdim=True)
        parts.append((part - mean) / torch.sqrt(((part - mean) ** 2).mean((1, 2, 3), keepdim=True) + 1e-5))
    normalised = torch.cat(parts, 1) * gamma[:, None, None] + weights["norm.bias"][:, None, None]
    share = 1 / (1 + torch.exp(-normalised * (gamma / gamma.sum())[:, None, None]))
    informative = (share > 0.5).to(x.dtype)
    one = informative * x + (1 - informative) * share * x
    two = (1 - informative) * share * x
    half = x.shape[1] // 2
    return torch.cat((one[:, :half] + two[:, half:], one[:, half:] + two[:, :half]), 1)


def _linear(x: Any, weight: Any) -> Any:
    return torch.einsum("oc,bchw->bohw", weight.flatten(1), x)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """The CRU on what the SRU gives: y = b_1 Y_1 + b_2 Y_2."""
    channels = x.shape[1]
    s = _reconstructed(x, weights, settings["groups"])
    upper = _linear(s[:, : channels // 2], weights["upper.weight"])
    lower = _linear(s[:, channels // 2 :], weights["lower.weight"])
    reads = upper.shape[1] // 2
    padded = torch.nn.functional.pad(upper, [1] * 4)
    maps = []
    for channel in range(channels):
        first = channel // (channels // 2) * reads
        total = weights["group_conv.bias"][channel]
        for i in range(3):
            for j in range(3):
                shifted = padded[:, first : first + reads, i : i + x.shape[2], j : j + x.shape[3]]
                total = total + torch.einsum("bchw,c->bhw", shifted, weights["group_conv.weight"][channel, :, i, j])
        maps.append(total)
    one = torch.stack(maps, 1) + _linear(upper, weights["point_conv.weight"])
    two = torch.cat((_linear(lower, weights["cheap_conv.weight"]), lower), 1)
    first_share, second_share = torch.exp(one.mean((2, 3))), torch.exp(two.mean((2, 3)))
    total = first_share + second_share
    if settings["fusion"] == "joint":
        total = total.sum(1, keepdim=True)
    return one * (first_share / total)[:, :, None, None] + two * (second_share / total)[:, :, None, None]
