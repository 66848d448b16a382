"""RFAConv, section 3 of its paper: windows laid out as a larger map, then a convolution of their size and stride."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, block, layer, padded, relu, silu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = SiLU(BN(conv k x k of stride k)) of the map of k times the size that holds each weighted window."""
    k, channels = settings["kernel"], x.shape[1]
    values = block(x, weights, "generate", relu, stride=2, groups=channels)
    b, _, h, w = values.shape
    around = padded(x, k // 2, k // 2)
    height, across = x.shape[2:]
    mean = sum(around[:, :, i : i + height, j : j + across] for i in range(k) for j in range(k)) / k**2
    logits = layer(mean[:, :, ::2, ::2], weights, "attend", groups=channels)
    large = x.new_zeros(b, channels, h * k, w * k)
    for c in range(channels):
        taps = range(c * k * k, (c + 1) * k * k)
        total = sum(torch.exp(logits[:, tap]) for tap in taps)
        for number, tap in enumerate(taps):
            large[:, c, number // k :: k, number % k :: k] = values[:, tap] * torch.exp(logits[:, tap]) / total
    kernel = weights["conv.weight"].reshape(-1, channels, k, k)
    y = sum(
        torch.einsum("bchw,oc->bohw", large[:, :, i::k, j::k], kernel[:, :, i, j]) for i in range(k) for j in range(k)
    )
    return silu(batch_normalised(y, weights, "norm"))
