"""SPD-Conv, section 3 of "No More Strided Convolutions or Pooling": the phases, stacked, and a plain convolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, convolved, silu

PHASES = ((0, 0), (1, 0), (0, 1), (1, 1))


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = SiLU(BN(conv(cat of the phases))), an odd map with zeros below and to the right."""
    b, c, h, w = x.shape
    even = x.new_zeros(b, c, h + h % 2, w + w % 2)
    even[:, :, :h, :w] = x
    phases = torch.cat([even[:, :, i::2, j::2] for i, j in PHASES], 1)
    # The tap (a, b) of phase (i, j) stands at (2 a + i, 2 b + j) of the large kernel.
    kernel = torch.cat([weights["conv.weight"][:, :, i::2, j::2] for i, j in PHASES], 1)
    return silu(batch_normalised(convolved(phases, kernel), weights, "norm"))
