"""Cascaded Group Attention, equations 1 and 2 of "EfficientViT", literally: window by window, head by head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """X~_j = Attn(X'_j Wq, X'_j Wk, X'_j Wv), X'_j = X_j + X~_(j-1), joined, projected and added to the input."""
    size, keys, channels = settings["window"], settings["key_dim"], x.shape[1]
    heads = sum(1 for name in weights if name.startswith("qkv.") and name.endswith(".0.weight"))

    def normalised(z: Any, name: str) -> Any:
        def column(part: str) -> Any:
            return weights[f"{name}.{part}"][:, None, None]

        spread = torch.sqrt(column("running_var") + 1e-5)
        return (z - column("running_mean")) / spread * column("weight") + column("bias")

    def linear(z: Any, name: str) -> Any:
        return torch.einsum("oc,chw->ohw", weights[f"{name}.0.weight"].flatten(1), z)

    def depthwise(z: Any, kernel: Any) -> Any:
        side = kernel.shape[-1]
        padded = torch.nn.functional.pad(z, [side // 2] * 4)
        total = torch.zeros_like(z)
        for i in range(side):
            for j in range(side):
                total = total + padded[:, i : i + size, j : j + size] * kernel[:, 0, i, j, None, None]
        return total

    def attended(window: Any) -> Any:
        last = torch.zeros_like(window[: channels // heads])
        outputs = []
        for head in range(heads):
            given = window[head * channels // heads : (head + 1) * channels // heads] + last
            joined = normalised(linear(given, f"qkv.{head}"), f"qkv.{head}.1")
            q, k, v = joined[:keys], joined[keys : 2 * keys], joined[2 * keys :]
            q = normalised(depthwise(q, weights[f"query.{head}.0.weight"]), f"query.{head}.1")
            columns = []
            for place in range(size * size):
                row, column = divmod(place, size)
                logits = torch.einsum("d,dhw->hw", q[:, row, column], k) / keys**0.5
                distances = [[abs(row - i) * size + abs(column - j) for j in range(size)] for i in range(size)]
                shares = torch.exp(logits + weights["table.weight"][:, head][torch.tensor(distances)])
                columns.append(torch.einsum("hw,dhw->d", shares / shares.sum(), v))
            last = torch.stack(columns, 1).reshape(-1, size, size)
            outputs.append(last)
        return normalised(linear(torch.cat(outputs).clamp(min=0), "project"), "project.1")

    images = []
    for image in x:
        _, height, width = image.shape
        padded: Any = torch.nn.functional.pad(image, (0, -width % size, 0, -height % size))
        rows = [torch.cat([attended(square) for square in band.split(size, 2)], 2) for band in padded.split(size, 1)]
        images.append(image + torch.cat(rows, 1)[:, :height, :width])
    return torch.stack(images)
