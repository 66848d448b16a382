"""Pyramid Squeeze Attention of "EPSANet", literally: branch by branch, group by group, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _grouped(x: Any, weight: Any) -> Any:
    """A convolution as sums over shifted maps; how many channels the kernel reads tells the groups."""
    outputs, reads, kernel = weight.shape[:3]
    groups = x.shape[1] // reads
    padded = torch.nn.functional.pad(x, [kernel // 2] * 4)
    maps = []
    for channel in range(outputs):
        first = channel // (outputs // groups) * reads
        total = torch.zeros_like(x[:, 0])
        for i in range(kernel):
            for j in range(kernel):
                shifted = padded[:, first : first + reads, i : i + x.shape[2], j : j + x.shape[3]]
                total = total + torch.einsum("bchw,c->bhw", shifted, weight[channel, :, i, j])
        maps.append(total)
    return torch.stack(maps, 1)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """F_i = conv_i(x), z_i = sigmoid(W2 relu(W1 GAP(F_i))), y = cat of F_i softmax over i of z_i."""
    maps = [_grouped(x, weights[f"branches.{i}.weight"]) for i in range(4)]

    def excited(features: Any) -> Any:
        pooled = features.sum((2, 3)) / (features.shape[2] * features.shape[3])
        hidden = torch.einsum("hc,bc->bh", weights["squeeze.weight"], pooled) + weights["squeeze.bias"]
        logits = torch.einsum("ch,bh->bc", weights["excite.weight"], hidden.clamp(min=0)) + weights["excite.bias"]
        return 1 / (1 + torch.exp(-logits))

    exponentials = [torch.exp(excited(features)) for features in maps]
    total = sum(exponentials)
    return torch.cat([one * (e / total)[:, :, None, None] for one, e in zip(maps, exponentials, strict=True)], 1)
