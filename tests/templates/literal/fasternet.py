"""The FasterNet block, section 3.3 of "Run, Don't Walk"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, relu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + W2 relu(BN(W1 PConv(x)))."""
    part = weights["partial.weight"].shape[0]
    spatial = layer(torch.stack(x.unbind(1)[:part], 1), weights, "partial")
    mixed = torch.stack([*spatial.unbind(1), *x.unbind(1)[part:]], 1)
    return x + layer(relu(batch_normalised(layer(mixed, weights, "enter"), weights, "norm")), weights, "leave")
