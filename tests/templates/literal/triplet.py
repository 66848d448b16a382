"""Triplet attention, equations 4 to 6 of its paper, literally: the input is turned, gated and turned back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = (turned back(x1^ w1) + turned back(x2^ w2) + x w3) / 3, w = sigmoid(BN(conv(Z-pool(x^))))."""
    kernel = settings["kernel"]

    def gated(turned: Any, name: str) -> Any:
        pooled = torch.stack([turned.max(1).values, turned.sum(1) / turned.shape[1]], 1)
        padded = torch.nn.functional.pad(pooled, [kernel // 2] * 4)
        total = torch.zeros_like(turned[:, 0])
        for i in range(kernel):
            for j in range(kernel):
                shifted = padded[:, :, i : i + turned.shape[2], j : j + turned.shape[3]]
                total = total + torch.einsum("bphw,p->bhw", shifted, weights[f"{name}.0.weight"][0, :, i, j])
        spread = torch.sqrt(weights[f"{name}.1.running_var"] + 1e-5)
        total = (total - weights[f"{name}.1.running_mean"]) / spread * weights[f"{name}.1.weight"]
        total = total + weights[f"{name}.1.bias"]
        return turned / (1 + torch.exp(-total))[:, None]

    branches = [
        gated(x.permute(0, 2, 1, 3), "gates.0").permute(0, 2, 1, 3),
        gated(x.permute(0, 3, 2, 1), "gates.1").permute(0, 3, 2, 1),
    ]
    if settings["spatial"]:
        branches.append(gated(x, "gates.2"))
    return sum(branches) / len(branches)
