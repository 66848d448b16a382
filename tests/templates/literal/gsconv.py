"""GSConv, section 3 of "Slim-neck by GSConv"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import block


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Even channels of the dense and depthwise halves, then the odd ones."""
    dense = block(x, weights, "dense")
    halves = [*dense.unbind(1), *block(dense, weights, "depthwise", groups=dense.shape[1]).unbind(1)]
    order = sorted(range(len(halves)), key=lambda channel: (channel % 2, channel))
    return torch.stack([halves[channel] for channel in order], 1)
