"""Mixed Local Channel Attention, literally: bins pooled and un-pooled one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch


def _pooled(x: Any, height: int, width: int) -> Any:
    """The mean of rows floor(i n / o) to ceil((i + 1) n / o) - 1, and of columns as well."""

    def span(index: int, size: int, bins: int) -> slice:
        return slice(index * size // bins, math.ceil((index + 1) * size / bins))

    rows = []
    for i in range(height):
        part = x[:, :, span(i, x.shape[2], height)]
        rows.append(torch.stack([part[..., span(j, x.shape[3], width)].mean((2, 3)) for j in range(width)], 2))
    return torch.stack(rows, 2)


def _gate(sequence: Any, kernel: Any) -> Any:
    size = kernel.numel()
    logits = []
    for place in range(sequence.shape[1]):
        total = torch.zeros_like(sequence[:, 0])
        for j in range(size):
            seen = place + j - size // 2
            if 0 <= seen < sequence.shape[1]:
                total = total + kernel.flatten()[j] * sequence[:, seen]
        logits.append(total)
    return 1 / (1 + torch.exp(-torch.stack(logits, 1)))


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x unpool((1 - w) A_g + w A_l), A_l from the bins position by position, A_g from their mean."""
    bins, share, channels = settings["local_size"], settings["local_weight"], x.shape[1]
    local = _pooled(x, bins, bins)
    sequence = torch.cat([local[:, :, i, j] for i in range(bins) for j in range(bins)], 1)
    gates = _gate(sequence, weights["local_conv.weight"]).split(channels, 1)
    local_gate = torch.stack(gates, 2).reshape(local.shape)
    global_gate = _gate(local.mean((2, 3)), weights["global_conv.weight"])[:, :, None, None]
    return x * _pooled((1 - share) * global_gate + share * local_gate, x.shape[2], x.shape[3])
