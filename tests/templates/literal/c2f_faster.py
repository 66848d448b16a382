"""C2f with the block of section 3.3 of "Run, Don't Walk"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, layer, silu

Weights = Mapping[str, Any]


def _conv(x: Any, weights: Weights, name: str) -> Any:
    return silu(batch_normalised(layer(x, weights, f"{name}.conv"), weights, f"{name}.bn"))


def literal(x: Any, weights: Weights, settings: Mapping[str, Any]) -> Any:
    """y = cv2([a, b, B(b), B(B(b)), ...]), [a, b] = cv1(x)."""
    both = _conv(x, weights, "cv1")
    half = both.shape[1] // 2
    parts, number = [both[:, :half], both[:, half:]], 0
    while f"m.{number}.enter.weight" in weights:
        y, name = parts[-1], f"m.{number}"
        part = weights[f"{name}.partial.weight"].shape[0]
        spatial = layer(torch.stack(y.unbind(1)[:part], 1), weights, f"{name}.partial")
        mixed = torch.stack([*spatial.unbind(1), *y.unbind(1)[part:]], 1)
        hidden = silu(batch_normalised(layer(mixed, weights, f"{name}.enter"), weights, f"{name}.norm"))
        parts.append(y + layer(hidden, weights, f"{name}.leave"))
        number += 1
    return _conv(torch.cat(parts, 1), weights, "cv2")
