"""Contextual Transformer, literally: position by position for the dynamic kernels, nine logits for the shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, group_normalised, layer, logistic, mean, shares


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """K = relu(BN(F x)); y = a D + (1 - a) K, D from 3 x 3 kernels of each position; `pooled`: y = K + shares V."""
    b, c, height, width = x.shape
    key = torch.relu(batch_normalised(layer(x, weights, "key.0", groups=4), weights, "key.1"))
    value = batch_normalised(layer(x, weights, "value.0"), weights, "value.1")
    asked = layer(torch.cat([x, key], 1), weights, "embed.0")
    asked = torch.relu(batch_normalised(asked, weights, "embed.1"))
    if settings["form"] == "pooled":
        logits = layer(asked, weights, "logits")
        means = torch.stack([sum(logits[:, 9 * k + tap] for tap in range(9)) / 9 for k in range(c)], 1)
        return key + shares(means.flatten(2)).reshape(x.shape) * value
    kernels = layer(asked, weights, "kernels")
    kernels = group_normalised(kernels, c // 8, weights["kernels_norm.weight"], weights["kernels_norm.bias"])
    rows = []
    for i in range(height):
        columns = []
        for j in range(width):
            total = x.new_zeros(b, c)
            for tap in range(9):
                top, left = i + tap // 3 - 1, j + tap % 3 - 1
                if 0 <= top < height and 0 <= left < width:
                    mine = torch.stack([kernels[:, channel % (c // 8) * 9 + tap, i, j] for channel in range(c)], 1)
                    total = total + mine * value[:, :, top, left]
            columns.append(total)
        rows.append(torch.stack(columns, 2))
    local = batch_normalised(torch.stack(rows, 2), weights, "norm")
    local = local * logistic(local)
    hidden = mean(local + key) @ weights["squeeze.weight"].T + weights["squeeze.bias"]
    hidden = torch.relu(batch_normalised(hidden, weights, "squeezed"))
    logits = hidden @ weights["excite.weight"].T + weights["excite.bias"]
    both = shares(torch.stack([logits[:, 0::2], logits[:, 1::2]], 2))
    return torch.einsum("bc,bchw->bchw", both[..., 0], local) + torch.einsum("bc,bchw->bchw", both[..., 1], key)
