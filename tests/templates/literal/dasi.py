"""DASI, section 3 of "HCF-Net": quarter by quarter, the maps in their sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic, relu


def literal(x: list[Any], weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = relu(BN(conv(o) + u)), o_i = a l_i + (1 - a) h_i, a = sigmoid(u_i), or conv([u_i, l_i]) of two maps."""
    u, low = layer(x[0], weights, "first"), layer(x[1], weights, "second")
    each = u.shape[1] // 4
    chosen = []
    for i in range(0, 4 * each, each):
        part, below = u[:, i : i + each], low[:, i : i + each]
        if len(x) == 2:
            chosen.append(layer(torch.cat([part, below], 1), weights, "pair"))
            continue
        above = layer(x[2], weights, "third", dilation=2)[:, i : i + each]
        chosen.append(logistic(part) * below + (1 - logistic(part)) * above)
    return relu(batch_normalised(layer(torch.cat(chosen, 1), weights, "mix") + u, weights, "norm"))
