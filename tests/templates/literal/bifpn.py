"""Fast normalised fusion, section 3.3 of "EfficientDet", with a concatenation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: list[Any], weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = [v1 x1, v2 x2, ...], v = relu(w) / (epsilon + sum(relu(w))), or n relu(w) / max(sum, epsilon)."""
    positive = [weight if weight > 0 else 0 * weight for weight in weights["fusion.bias"]]
    total = sum(positive)
    if settings["keep_scale"]:
        shares = [len(x) * weight / max(total, settings["epsilon"]) for weight in positive]
    else:
        shares = [weight / (settings["epsilon"] + total) for weight in positive]
    channels = [share * one[:, c] for share, one in zip(shares, x, strict=True) for c in range(one.shape[1])]
    return torch.stack(channels, 1)
