"""SimSPPF, section 2 of "YOLOv6"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, largest_around, layer, relu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = cv2 of t beside its maxima over windows of one, two and three poolings."""
    t = relu(batch_normalised(layer(x, weights, "cv1.conv"), weights, "cv1.bn"))
    reach = settings["pool"] - 1
    u = torch.cat([t, *(largest_around(t, times * reach + 1) for times in (1, 2, 3))], 1)
    return relu(batch_normalised(layer(u, weights, "cv2.conv"), weights, "cv2.bn"))
