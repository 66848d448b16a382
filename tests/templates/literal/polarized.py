"""Polarized self-attention, literally: maps of values first, then the products with the queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _linear(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    """A 1 x 1 convolution of a map whose channels come last."""
    return x @ weights[f"{name}.weight"].flatten(1).T + weights[f"{name}.bias"]


def _channels(positions: Any, weights: Mapping[str, Any]) -> Any:
    """sigmoid(LN(Wz (Wv x . softmax over positions of Wq x))), for one image of (positions, channels)."""
    exponentials = torch.exp(_linear(positions, weights, "channel_query"))
    z = (_linear(positions, weights, "channel_value") * exponentials / exponentials.sum()).sum(0)
    up = _linear(z, weights, "channel_project")
    normalised = (up - up.mean()) / torch.sqrt(((up - up.mean()) ** 2).mean() + 1e-5)
    logits = normalised * weights["channel_norm.weight"] + weights["channel_norm.bias"]
    return 1 / (1 + torch.exp(-logits))


def _places(positions: Any, weights: Mapping[str, Any]) -> Any:
    """sigmoid(softmax over channels of GAP(Wq x) . Wv x), for one image of (positions, channels)."""
    exponentials = torch.exp(_linear(positions, weights, "spatial_query").mean(0))
    query = exponentials / exponentials.sum()
    values = _linear(positions, weights, "spatial_value")
    return 1 / (1 + torch.exp(-(values * query).sum(1, keepdim=True)))


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Parallel: x g_ch + x g_sp; sequential: u = x g_ch(x), y = u g_sp(u)."""
    images = []
    for image in x:
        positions = image.flatten(1).T
        if settings["form"] == "parallel":
            y = positions * _channels(positions, weights) + positions * _places(positions, weights)
        else:
            u = positions * _channels(positions, weights)
            y = u * _places(u, weights)
        images.append(y.T.reshape(image.shape))
    return torch.stack(images)
