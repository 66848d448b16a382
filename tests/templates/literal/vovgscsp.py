"""VoV-GSCSP, section 3 of "Slim-neck by GSConv"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, block, layer, silu

Weights = Mapping[str, Any]


def _gsconv(x: Any, weights: Weights, name: str, act: Any) -> Any:
    dense = act(batch_normalised(layer(x, weights, f"{name}.conv1"), weights, f"{name}.norm1"))
    deep = act(
        batch_normalised(layer(dense, weights, f"{name}.conv2", groups=dense.shape[1]), weights, f"{name}.norm2")
    )
    channels = [*dense.unbind(1), *deep.unbind(1)]
    return torch.stack([channels[c] for c in sorted(range(len(channels)), key=lambda c: (c % 2, c))], 1)


def _same(x: Any) -> Any:
    return x


def literal(x: Any, weights: Weights, settings: Mapping[str, Any]) -> Any:
    """y = cv3([cv2(x), GSBottleneck^n(cv1(x))])."""
    y, number = block(x, weights, "cv1"), 0
    while f"inner.{number}.short.0.weight" in weights:
        name = f"inner.{number}"
        first = _gsconv(y, weights, f"{name}.first", silu)
        y = _gsconv(first, weights, f"{name}.second", _same) + block(y, weights, f"{name}.short", None)
        number += 1
    return block(torch.cat([block(x, weights, "cv2"), y], 1), weights, "cv3")
