"""CBAM, equations 1 to 3 of "CBAM: Convolutional Block Attention Module", literally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + torch.exp(-x))


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """F' = Mc(F) F, Mc = sigmoid(MLP(Avg F) + MLP(Max F)); F'' = Ms(F') F', Ms = sigmoid(f([Avg F'; Max F']))."""
    released = settings["form"] == "released"

    def perceptron(z: Any) -> Any:
        hidden = torch.einsum("hc,bc->bh", weights["channel.0.weight"], z)
        if released:
            hidden = hidden + weights["channel.0.bias"]
        out = torch.einsum("ch,bh->bc", weights["channel.2.weight"], hidden.clamp(min=0))
        return out + weights["channel.2.bias"] if released else out

    flat = x.flatten(2)
    gate = _sigmoid(perceptron(flat.sum(2) / flat.shape[2]) + perceptron(flat.max(2).values))
    u = torch.einsum("bchw,bc->bchw", x, gate)
    if not settings["spatial"]:
        return u
    # The released code gives the maximum first.
    pooled = torch.stack([u.max(1).values, u.sum(1) / u.shape[1]], 1)
    kernel = settings["kernel"]
    padded = torch.nn.functional.pad(pooled, [kernel // 2] * 4)
    total = torch.zeros_like(x[:, 0])
    for i in range(kernel):
        for j in range(kernel):
            shifted = padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]
            total = total + torch.einsum("bphw,p->bhw", shifted, weights["spatial.0.weight"][0, :, i, j])
    if released:
        spread = torch.sqrt(weights["spatial.1.running_var"] + 1e-5)
        total = (total - weights["spatial.1.running_mean"]) / spread * weights["spatial.1.weight"]
        total = total + weights["spatial.1.bias"]
    else:
        total = total + weights["spatial.0.bias"]
    return u * _sigmoid(total)[:, None]
