"""Efficient Channel Attention, equations 7, 9 and 12 of "ECA-Net", literally."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_c = x_c sigmoid(sum over j of w_j z at channel c + j - (k - 1) / 2), k odd, next to (log2 C + 1) / 2."""
    channels = x.shape[1]
    size = int(abs((math.log2(channels) + 1) / 2))
    size = settings["kernel"] or (size if size % 2 else size + 1)
    kernel = weights["conv.weight"].flatten()
    assert kernel.numel() == size
    z = x.sum((2, 3)) / (x.shape[2] * x.shape[3])
    outputs = []
    for channel in range(channels):
        total = torch.zeros_like(z[:, 0])
        for j in range(size):
            seen = channel + j - (size - 1) // 2
            if 0 <= seen < channels:
                total = total + kernel[j] * z[:, seen]
        outputs.append(x[:, channel] / (1 + torch.exp(-total))[:, None, None])
    return torch.stack(outputs, 1)
