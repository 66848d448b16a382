"""Large Kernel Attention of "Visual Attention Network", literally: two depth-wise sums, then the channels'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import layer


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x (W D7 D5 x); `wrapped`: x + P2 (u (W D7 D5 u)), u = gelu(P1 x)."""
    c, u = x.shape[1], x
    if settings["wrapped"]:
        entered = layer(x, weights, "enter")
        u = entered * (1 + torch.erf(entered / 2**0.5)) / 2
    near = layer(u, weights, "gate.0", groups=c)
    y = u * layer(layer(near, weights, "gate.1", groups=c, dilation=3), weights, "gate.2")
    return x + layer(y, weights, "leave") if settings["wrapped"] else y
