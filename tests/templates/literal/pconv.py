"""PConv, section 3.2 of "Run, Don't Walk": equal to a dense convolution that copies the channels left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equations import convolved


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = conv3(x) by a kernel with the partial one in its corner and the identity behind it."""
    part, channels = weights["conv.weight"].shape[0], x.shape[1]
    kernel = x.new_zeros(channels, channels, 3, 3)
    kernel[:part, :part] = weights["conv.weight"]
    for channel in range(part, channels):
        kernel[channel, channel, 1, 1] = 1
    return convolved(x, kernel)
