"""Large Separable Kernel Attention, literally: the strips that the paper's table gives, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import layer

DILATIONS = {7: 2, 11: 2, 23: 3, 35: 3, 41: 3, 53: 3}


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x (W F4 F3 F2 F1 x); `wrapped`: x + P2 (u (W F4 F3 F2 F1 u)), u = gelu(P1 x)."""
    c, dilation = x.shape[1], DILATIONS[settings["kernel"]]
    u = x
    if settings["wrapped"]:
        entered = layer(x, weights, "enter")
        u = entered * (1 + torch.erf(entered / 2**0.5)) / 2
    area = layer(layer(u, weights, "gate.0", groups=c), weights, "gate.1", groups=c)
    area = layer(area, weights, "gate.2", groups=c, dilation=dilation)
    area = layer(area, weights, "gate.3", groups=c, dilation=dilation)
    y = u * layer(area, weights, "gate.4")
    return x + layer(y, weights, "leave") if settings["wrapped"] else y
