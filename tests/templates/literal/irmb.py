"""The inverted residual mobile block of EMO, literally: the positions of each grid gathered by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _normalised(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    def column(part: str) -> Any:
        return weights[f"{name}.{part}"][:, None, None]

    return (x - column("running_mean")) / torch.sqrt(column("running_var") + 1e-5) * column("weight") + column("bias")


def _linear(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    conv = torch.einsum("oc,bchw->bohw", weights[f"{name}.weight"].flatten(1), x)
    return conv + weights[f"{name}.bias"][:, None, None] if f"{name}.bias" in weights else conv


def _activated(x: Any, activation: str) -> Any:
    if activation == "relu":
        return x.clamp(min=0)
    return x / (1 + torch.exp(-x)) if activation == "silu" else x * (1 + torch.erf(x / 2**0.5)) / 2


def _attended(u: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """softmax(q . k / sqrt(d)) v among the positions that lie n rows and m columns apart."""
    channels, window = u.shape[1], settings["window"]
    each = min(settings["head"], channels)
    while channels % each:
        each -= 1
    query, key = _linear(u, weights, "query_key").split(channels, 1)
    value = _activated(_linear(u, weights, "value"), settings["activation"])
    n, m = u.shape[2] // window, u.shape[3] // window
    wide = value.shape[1] // (channels // each)
    result: dict[tuple[int, int], Any] = {}
    for r in range(n):
        for s in range(m):
            places = [(i, j) for i in range(r, u.shape[2], n) for j in range(s, u.shape[3], m)]
            heads = []
            for head in range(channels // each):
                own, of_values = slice(head * each, (head + 1) * each), slice(head * wide, (head + 1) * wide)
                queries = torch.stack([query[:, own, i, j] for i, j in places], 1)
                keys = torch.stack([key[:, own, i, j] for i, j in places], 1)
                values = torch.stack([value[:, of_values, i, j] for i, j in places], 1)
                exponentials = torch.exp(torch.einsum("bpc,bqc->bpq", queries, keys) / each**0.5)
                heads.append(torch.einsum("bpq,bqc->bpc", exponentials / exponentials.sum(2, keepdim=True), values))
            for number, place in enumerate(places):
                result[place] = torch.cat(heads, 2)[:, number]
    rows = [torch.stack([result[i, j] for j in range(u.shape[3])], 2) for i in range(u.shape[2])]
    return torch.stack(rows, 2)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + P (o + silu(BN(dw(o)))), o the attention of BN(x) in grids, on a map filled up with zeros."""
    window, kernel = settings["window"], settings["kernel"]
    height, width = x.shape[2:]
    u = torch.nn.functional.pad(_normalised(x, weights, "norm"), [0, -width % window, 0, -height % window])
    o = _attended(u, weights, settings)[:, :, :height, :width]
    padded = torch.nn.functional.pad(o, [kernel // 2] * 4)
    near = torch.zeros_like(o)
    for i in range(kernel):
        for j in range(kernel):
            shifted = padded[:, :, i : i + height, j : j + width]
            near = near + shifted * weights["local.0.weight"][:, 0, i, j][:, None, None]
    near = _normalised(near, weights, "local.1")
    return x + _linear(o + near / (1 + torch.exp(-near)), weights, "project")
