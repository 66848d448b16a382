"""The block of "Non-deep Networks", literally: three branches, one after the other, then their sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic, mean


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = s sigmoid(s), s = BN(F3 x) + BN(F1 x) + u sigmoid(W mean u), u = BN(x), or x in the form `community`."""
    community = settings["form"] == "community"
    total = batch_normalised(layer(x, weights, "near.0"), weights, "near.1")
    total = total + batch_normalised(layer(x, weights, "point.0"), weights, "point.1")
    u = x if community else batch_normalised(x, weights, "norm")
    gate = torch.einsum("oc,bc->bo", weights["excite.weight"], mean(u))
    gate = logistic(gate + weights["excite.bias"] if community else gate)
    total = total + torch.einsum("bchw,bc->bchw", u, gate)
    return total * logistic(total)
