"""Multi-head self-attention, figure 4 of "Bottleneck Transformers", without positions, literally: query by query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_p = sum over m of exp(q_p . k_m / sqrt(d)) v_m / sum over m of exp(q_p . k_m / sqrt(d)), in each head."""
    channels, height, width = x.shape[1:]
    heads = max(n for n in range(1, min(settings["heads"], max(channels // 8, 1)) + 1) if channels % n == 0)
    images = []
    for image in x:
        joined = weights["qkv.weight"].flatten(1) @ image.flatten(1) + weights["qkv.bias"][:, None]
        queries, keys, values = joined.split(channels)
        parts = []
        for q, k, v in zip(*(each.chunk(heads) for each in (queries, keys, values)), strict=True):
            outputs = []
            for query in q.T:
                shares = torch.exp((query[:, None] * k).sum(0) / len(query) ** 0.5)
                outputs.append((shares * v).sum(1) / shares.sum())
            parts.append(torch.stack(outputs, 1))
        y = torch.cat(parts).reshape(image.shape)
        if settings["position"]:
            padded = torch.nn.functional.pad(values.reshape(image.shape), [1] * 4)
            y = y + weights["position.bias"][:, None, None]
            for i in range(3):
                for j in range(3):
                    shifted = padded[:, i : i + height, j : j + width]
                    y = y + shifted * weights["position.weight"][:, 0, i, j, None, None]
        images.append(y)
    return torch.stack(images)
