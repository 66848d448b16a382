"""Focal modulation, literally: levels as a list, depthwise convolutions as sums over shifted maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _linear(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    conv = torch.einsum("oc,bchw->bohw", weights[f"{name}.weight"].flatten(1), x)
    return conv + weights[f"{name}.bias"][:, None, None]


def _gelu(x: Any) -> Any:
    return x * (1 + torch.erf(x / 2**0.5)) / 2


def _depthwise(x: Any, weight: Any) -> Any:
    kernel = weight.shape[2]
    padded = torch.nn.functional.pad(x, [kernel // 2] * 4)
    return sum(
        padded[:, :, i : i + x.shape[2], j : j + x.shape[3]] * weight[:, 0, i, j][:, None, None]
        for i in range(kernel)
        for j in range(kernel)
    )


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = Wo (q h(sum over l of g_l z_l)), z_l = gelu(dw_l(z_(l-1))), the last of them the mean of the map."""
    channels, levels = x.shape[1], settings["levels"]
    entered = _linear(x, weights, "enter")
    query, z, gates = entered[:, :channels], entered[:, channels : 2 * channels], entered[:, 2 * channels :]
    contexts = []
    for level in range(levels):
        z = _gelu(_depthwise(z, weights[f"focal.{level}.0.weight"]))
        contexts.append(z)
    contexts.append(_gelu(z.mean((2, 3), keepdim=True)).expand_as(z))
    total = torch.einsum("blhw,blchw->bchw", gates, torch.stack(contexts, 1))
    if settings["normalize"]:
        total = total / (levels + 1)
    return _linear(query * _linear(total, weights, "modulate"), weights, "project")
