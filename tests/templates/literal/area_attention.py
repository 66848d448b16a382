"""Area Attention of "YOLOv12", literally: stripe by stripe and head by head, softmax by exponentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, shares


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = P (softmax(q k^T / sqrt d) v + D v), each stripe of ceil(H W / area) positions by itself."""
    c = x.shape[1]

    def conv(of: Any, name: str, groups: int = 1) -> Any:
        return batch_normalised(layer(of, weights, f"{name}.0", groups), weights, f"{name}.1")

    value = conv(x, "value")
    both, v = conv(x, "query_key").flatten(2), value.flatten(2)
    q, k = both[:, :c], both[:, c:]
    heads = max(d for d in range(1, max(c // settings["head_dim"], 1) + 1) if c % d == 0)
    length = -(-v.shape[2] // settings["area"])
    stripes = []
    for start in range(0, v.shape[2], length):
        stripe = slice(start, start + length)
        parts = []
        for head in range(heads):
            mine = slice(head * (c // heads), (head + 1) * (c // heads))
            logits = torch.einsum("bdi,bdj->bij", q[:, mine, stripe], k[:, mine, stripe]) / (c // heads) ** 0.5
            parts.append(torch.einsum("bij,bdj->bdi", shares(logits), v[:, mine, stripe]))
        stripes.append(torch.cat(parts, 1))
    attended = torch.cat(stripes, 2).reshape(x.shape)
    return conv(attended + conv(value, "position", c), "project")
