"""The block of FasterNet, literally: the convolution as sums over shifted maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _partial(x: Any, weight: Any) -> Any:
    """A 3 x 3 convolution of as many channels as it has outputs, the others as they are."""
    part = weight.shape[0]
    padded = torch.nn.functional.pad(x[:, :part], [1] * 4)
    total = torch.zeros_like(x[:, :part])
    for i in range(3):
        for j in range(3):
            shifted = padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]
            total = total + torch.einsum("oc,bchw->bohw", weight[:, :, i, j], shifted)
    return torch.cat((total, x[:, part:]), 1)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + W2 act(BN(W1 PConv(x)))."""

    def column(part: str) -> Any:
        return weights[f"norm.{part}"][:, None, None]

    y = torch.einsum("oc,bchw->bohw", weights["expand.weight"].flatten(1), _partial(x, weights["partial.weight"]))
    y = (y - column("running_mean")) / torch.sqrt(column("running_var") + 1e-5) * column("weight") + column("bias")
    if settings["activation"] == "relu":
        y = y.clamp(min=0)
    elif settings["activation"] == "silu":
        y = y / (1 + torch.exp(-y))
    else:
        y = y * (1 + torch.erf(y / 2**0.5)) / 2
    return x + torch.einsum("oc,bchw->bohw", weights["project.weight"].flatten(1), y)
