"""Shuffle Attention of "SA-Net", literally: channel by channel, each with the parameters of its place in the group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """u sigmoid(a mean(u) + b) and v sigmoid(c GN(v) + d), then the channels' order of the shuffle."""
    c = x.shape[1]
    groups = max(d for d in range(1, settings["groups"] + 1) if c // 2 % d == 0)
    half = c // groups // 2
    gated = []
    for channel in range(c):
        value, place = x[:, channel], channel % (2 * half)
        number = place % half
        average = value.sum((1, 2), keepdim=True) / value[0].numel()
        if place < half:
            logit = weights["channel.weight"][number] * average + weights["channel.bias"][number]
        else:
            deviation = torch.sqrt(((value - average) ** 2).sum((1, 2), keepdim=True) / value[0].numel() + 1e-5)
            normal = (value - average) / deviation * weights["norm.weight"][number] + weights["norm.bias"][number]
            logit = weights["spatial.weight"][number] * normal + weights["spatial.bias"][number]
        gated.append(value * logistic(logit))
    # Output channel j of a shuffle of two takes input channel (j mod 2) * (c / 2) + j div 2.
    order = [j % 2 * (c // 2) + j // 2 if settings["shuffle"] else j for j in range(c)]
    return torch.stack([gated[channel] for channel in order], 1)
