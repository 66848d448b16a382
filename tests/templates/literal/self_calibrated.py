"""The self-calibrated convolution of SCNet, literally: pooled and enlarged by index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _conv(x: Any, weights: Mapping[str, Any], conv: str, norm: str) -> Any:
    """BN of a 3 x 3 convolution, as sums over shifted maps."""
    padded = torch.nn.functional.pad(x, [1] * 4)
    total = torch.zeros_like(x)
    for i in range(3):
        for j in range(3):
            shifted = padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]
            total = total + torch.einsum("oc,bchw->bohw", weights[f"{conv}.weight"][:, :, i, j], shifted)

    def column(part: str) -> Any:
        return weights[f"{norm}.{part}"][:, None, None]

    normalised = (total - column("running_mean")) / torch.sqrt(column("running_var") + 1e-5)
    return normalised * column("weight") + column("bias")


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = B4(B3(x) sigmoid(x + up(B2(pooled x))))."""
    rate = settings["rate"]
    height, width = x.shape[2:]
    rows = []
    for i in range(height // rate):
        cells = [
            x[:, :, i * rate : (i + 1) * rate, j * rate : (j + 1) * rate].mean((2, 3)) for j in range(width // rate)
        ]
        rows.append(torch.stack(cells, 2))
    coarse = _conv(torch.stack(rows, 2), weights, "coarse", "norm")
    down = [i * coarse.shape[2] // height for i in range(height)]
    across = [j * coarse.shape[3] // width for j in range(width)]
    enlarged = torch.stack([coarse[:, :, i][:, :, across] for i in down], 2)
    fine = _conv(x, weights, "fine.0", "fine.1")
    return _conv(fine / (1 + torch.exp(-(x + enlarged))), weights, "leave.0", "leave.1")
