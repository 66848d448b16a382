"""CARAFE, section 3 of "Content-Aware ReAssembly of FEatures": kernel prediction, then reassembly, pixel by pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import layer, padded


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y at (2 h + i, 2 w + j) is the window around (h, w), weighted by the softmax of what is predicted for it."""
    size = settings["kernel_up"]
    predicted = layer(layer(x, weights, "compress"), weights, "encode")
    around = padded(x, size // 2, size // 2)
    rows = []
    for y in range(2 * x.shape[2]):
        pixels = []
        for z in range(2 * x.shape[3]):
            h, w, phase = y // 2, z // 2, y % 2 * 2 + z % 2
            logits = predicted[:, [tap * 4 + phase for tap in range(size**2)], h, w]
            kernel = torch.exp(logits) / torch.exp(logits).sum(1, keepdim=True)
            window = around[:, :, h : h + size, w : w + size].flatten(2)
            pixels.append(torch.einsum("bt,bct->bc", kernel, window))
        rows.append(torch.stack(pixels, 2))
    return torch.stack(rows, 2)
