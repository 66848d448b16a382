"""SEAM of "YOLO-FaceV2", literally: depthwise convolutions as sums over shifted maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _gelu(x: Any) -> Any:
    return x * (1 + torch.erf(x / 2**0.5)) / 2


def _normalised(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    def column(part: str) -> Any:
        return weights[f"{name}.{part}"][:, None, None]

    return (x - column("running_mean")) / torch.sqrt(column("running_var") + 1e-5) * column("weight") + column("bias")


def _depthwise(x: Any, weight: Any) -> Any:
    padded = torch.nn.functional.pad(x, [1] * 4)
    return sum(
        padded[:, :, i : i + x.shape[2], j : j + x.shape[3]] * weight[:, 0, i, j][:, None, None]
        for i in range(3)
        for j in range(3)
    )


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """v = u + BN(gelu(dw(u))), u = BN(gelu(W v)), depth times; y = x exp(sigmoid(W2 relu(W1 GAP(u))))."""
    u = x
    for n in range(settings["depth"]):
        near = _depthwise(u, weights[f"spatial.{n}.0.weight"]) + weights[f"spatial.{n}.0.bias"][:, None, None]
        v = u + _normalised(_gelu(near), weights, f"spatial.{n}.2")
        mixed = torch.einsum("oc,bchw->bohw", weights[f"channel.{n}.0.weight"].flatten(1), v)
        mixed = mixed + weights[f"channel.{n}.0.bias"][:, None, None]
        u = _normalised(_gelu(mixed), weights, f"channel.{n}.2")
    pooled = u.sum((2, 3)) / (u.shape[2] * u.shape[3])
    hidden = torch.einsum("hc,bc->bh", weights["squeeze.weight"], pooled).clamp(min=0)
    gate = 1 / (1 + torch.exp(-torch.einsum("ch,bh->bc", weights["excite.weight"], hidden)))
    return x * torch.exp(gate)[:, :, None, None]
