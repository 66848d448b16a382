"""Gather-Excite, literally: an area for each gate, position by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x sigmoid(up(M g(x))), g means of areas or depth-wise convolutions of stride 2."""
    c, height, width = x.shape[1:]
    extent = settings["extent"]
    if settings["learned"]:
        gathered, number = x, 0
        while 2**number < extent:
            if number:
                gathered = torch.relu(gathered)
            gathered = layer(gathered, weights, f"convs.{number}", groups=c, stride=2)
            gathered = batch_normalised(gathered, weights, f"norms.{number}")
            number += 1
    else:
        step = extent or max(height, width)
        rows = []
        for i in range(0, height, step):
            columns = []
            for j in range(0, width, step):
                top, left = max(i - step + 1, 0), max(j - step + 1, 0)
                area = x[:, :, top : i + step, left : j + step]
                columns.append(area.sum((2, 3)) / area[0, 0].numel())
            rows.append(torch.stack(columns, 2))
        gathered = torch.stack(rows, 2)
    if settings["mlp"]:
        gathered = layer(torch.relu(layer(gathered, weights, "mlp.0")), weights, "mlp.2")
    down, right = gathered.shape[2:]
    gates = torch.stack(
        [
            torch.stack([gathered[:, :, i * down // height, j * right // width] for j in range(width)], 2)
            for i in range(height)
        ],
        2,
    )
    return x * logistic(gates)
