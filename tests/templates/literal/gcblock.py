"""Global context block, equation 3 of "GCNet", literally: image by image, position by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_p = x_p + W2 relu(LN(W1 sum over q of exp(Wk x_q) / (sum over m of exp(Wk x_m)) x_q)), or a gate of it."""

    def transformed(name: str, context: Any) -> Any:
        z = weights[f"{name}.0.weight"] @ context + weights[f"{name}.0.bias"]
        centred = z - z.mean()
        z = centred / torch.sqrt((centred**2).mean() + 1e-5)
        z = z * weights[f"{name}.1.weight"] + weights[f"{name}.1.bias"]
        return weights[f"{name}.3.weight"] @ z.clamp(min=0) + weights[f"{name}.3.bias"]

    images = []
    for image in x:
        positions = image.flatten(1).unbind(1)
        if settings["pooling"] == "attention":
            key = weights["key.weight"].flatten()
            shares = [torch.exp(key @ position + weights["key.bias"][0]) for position in positions]
        else:
            shares = [torch.ones_like(position[0]) for position in positions]
        total = sum(shares)
        context = sum(share / total * position for share, position in zip(shares, positions, strict=True))
        fused = image
        if settings["fusion"] in ("multiply", "both"):
            fused = fused / (1 + torch.exp(-transformed("multiply", context)))[:, None, None]
        if settings["fusion"] in ("add", "both"):
            fused = fused + transformed("add", context)[:, None, None]
        images.append(fused)
    return torch.stack(images)
