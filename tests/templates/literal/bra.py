"""Bi-level routing attention, equations 3 to 7 of the BiFormer paper, literally: region by region, query by query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """O = Attention(Q, K^g, V^g) + LCE(V), K^g and V^g from the regions of the topk largest of A_r = Q_r K_r'."""
    channels, height, width = x.shape[1:]
    heads = max(n for n in range(1, min(settings["heads"], max(channels // 8, 1)) + 1) if channels % n == 0)
    count, side = settings["regions"], settings["kernel"]
    rows, columns = -(-height // count), -(-width // count)
    regions: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i in range(height):
        for j in range(width):
            regions.setdefault((i // rows, j // columns), []).append((i, j))

    def linear(name: str, z: Any) -> Any:
        bias = weights[f"{name}.bias"][:, None, None]
        return torch.einsum("oc,chw->ohw", weights[f"{name}.weight"].flatten(1), z) + bias

    images = []
    for image in x:
        q, k, v = linear("qkv", image).split(channels)

        def gathered(z: Any, places: list[tuple[int, int]]) -> Any:
            return torch.stack([z[:, i, j] for i, j in places])

        outputs = {}
        for places in regions.values():
            asked = gathered(q, places).mean(0)
            order = sorted(regions.values(), key=lambda one: float(-(asked @ gathered(k, one).mean(0)).detach()))
            taken = [place for one in order[: settings["topk"]] for place in one]
            keys, values = gathered(k, taken).chunk(heads, 1), gathered(v, taken).chunk(heads, 1)
            for i, j in places:
                parts = []
                for query, key, value in zip(q[:, i, j].chunk(heads), keys, values, strict=True):
                    shares = torch.exp(key @ query / channels**0.5)
                    parts.append(shares @ value / shares.sum())
                outputs[i, j] = torch.cat(parts)
        y = torch.stack([torch.stack([outputs[i, j] for j in range(width)], 1) for i in range(height)], 1)
        padded = torch.nn.functional.pad(v, [side // 2] * 4)
        y = y + weights["position.bias"][:, None, None]
        for i in range(side):
            for j in range(side):
                shifted = padded[:, i : i + height, j : j + width]
                y = y + shifted * weights["position.weight"][:, 0, i, j, None, None]
        images.append(linear("project", y))
    return torch.stack(images)
