"""Partial Self-Attention of "YOLOv10", literally: head by head, softmax by exponentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, logistic, shares


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """a, b = halves of F1 x; b = b + attention; b = b + G2 G1 b; y = F2 cat(a, b)."""
    half = x.shape[1] // 2

    def conv(of: Any, name: str, groups: int = 1) -> Any:
        return batch_normalised(layer(of, weights, f"{name}.0", groups), weights, f"{name}.1")

    def silu(of: Any) -> Any:
        return of * logistic(of)

    entered = silu(conv(x, "enter"))
    a, b = entered[:, :half], entered[:, half:]
    joined = conv(b, "query_key_value").flatten(2)
    most = max(half // settings["head_dim"], 1)
    heads = max(d for d in range(1, most + 1) if half // 2 % d == 0)
    d = half // heads
    values, attended = [], []
    for head in range(heads):
        mine = joined[:, head * 2 * d : (head + 1) * 2 * d]
        q, k, v = mine[:, : d // 2], mine[:, d // 2 : d], mine[:, d:]
        logits = torch.einsum("bdi,bdj->bij", q, k) / (d // 2) ** 0.5
        values.append(v)
        attended.append(torch.einsum("bij,bdj->bdi", shares(logits), v))
    value, attention = (torch.cat(parts, 1).reshape(b.shape) for parts in (values, attended))
    b = b + conv(attention + conv(value, "position", half), "project")
    b = b + conv(silu(conv(b, "feed.0")), "feed.1")
    return silu(conv(torch.cat([a, b], 1), "leave"))
