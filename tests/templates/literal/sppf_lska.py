"""SPPF with the attention of "Large Separable Kernel Attention", section 3, in front of the last convolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, largest_around, layer, silu

DILATION = {7: 2, 11: 2, 23: 3, 35: 3, 41: 3, 53: 3}


def _conv(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    return silu(batch_normalised(layer(x, weights, f"{name}.conv"), weights, f"{name}.bn"))


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = cv2(u a), a the attention of u, u the map beside its maxima over windows of one, two and three poolings."""
    t = _conv(x, weights, "cv1")
    reach = settings["pool"] - 1
    u = torch.cat([t, *(largest_around(t, times * reach + 1) for times in (1, 2, 3))], 1)
    attention, channels = u, u.shape[1]
    for number, dilation in enumerate((1, 1, DILATION[settings["kernel"]], DILATION[settings["kernel"]])):
        attention = layer(attention, weights, f"lska.{number}", dilation=dilation, groups=channels)
    return _conv(u * layer(attention, weights, "lska.4"), weights, "cv2")
