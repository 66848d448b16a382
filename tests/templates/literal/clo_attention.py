"""CloAttention of "Rethinking Local Perception", literally: head by head, window by window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _linear(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    conv = torch.einsum("oc,bchw->bohw", weights[f"{name}.weight"].flatten(1), x)
    return conv + weights[f"{name}.bias"][:, None, None]


def _depthwise(x: Any, weight: Any) -> Any:
    kernel = weight.shape[2]
    padded = torch.nn.functional.pad(x, [kernel // 2] * 4)
    return sum(
        padded[:, :, i : i + x.shape[2], j : j + x.shape[3]] * weight[:, 0, i, j][:, None, None]
        for i in range(kernel)
        for j in range(kernel)
    )


def _near(x: Any, weights: Mapping[str, Any], each: int) -> Any:
    """tanh(W2 silu(W1 (q k)) / sqrt(d)) v, with q, k and v from a depthwise convolution."""
    maps = _depthwise(_linear(x, weights, "local.0"), weights["local.1.weight"])
    maps = maps + weights["local.1.bias"][:, None, None]
    third = maps.shape[1] // 3
    query, key, value = maps[:, :third], maps[:, third : 2 * third], maps[:, 2 * third :]
    hidden = _linear(query * key, weights, "context.0")
    logits = _linear(hidden / (1 + torch.exp(-hidden)), weights, "context.2")
    return torch.tanh(logits / each**0.5) * value


def _windows(x: Any, window: int) -> Any:
    """The mean of each window, those at the edge over what they hold; (batch, channels, windows)."""
    means = []
    for i in range(0, x.shape[2], window):
        for j in range(0, x.shape[3], window):
            means.append(x[:, :, i : i + window, j : j + window].mean((2, 3)))
    return torch.stack(means, 2)


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = Wo of the local heads and those that attend to the pooled map."""
    each = x.shape[1] // settings["heads"]
    query = _linear(x, weights, "query").flatten(2)
    pooled = _linear(_windows(x, settings["window"]).unsqueeze(3), weights, "key_value").squeeze(3)
    far = query.shape[1]
    heads = [_near(x, weights, each)]
    for first in range(0, far, each):
        own, of_values = slice(first, first + each), slice(far + first, far + first + each)
        exponentials = torch.exp(torch.einsum("bcn,bcm->bnm", query[:, own], pooled[:, own]) / each**0.5)
        shares = exponentials / exponentials.sum(2, keepdim=True)
        heads.append(torch.einsum("bnm,bcm->bcn", shares, pooled[:, of_values]).reshape(-1, each, *x.shape[2:]))
    return _linear(torch.cat(heads, 1), weights, "project")
