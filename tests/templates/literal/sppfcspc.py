"""SPPCSPC of YOLOv7, with poolings of its three sizes side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, largest_around, layer, silu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = cv7([cv6(cv5([a and its maxima over windows of 5, 9 and 13])), cv2(x)]), a = cv4(cv3(cv1(x)))."""

    def cv(number: int, x: Any) -> Any:
        return silu(batch_normalised(layer(x, weights, f"cv{number}.conv"), weights, f"cv{number}.bn"))

    a, reach = cv(4, cv(3, cv(1, x))), settings["pool"] - 1
    u = torch.cat([a, *(largest_around(a, times * reach + 1) for times in (1, 2, 3))], 1)
    return cv(7, torch.cat([cv(6, cv(5, u)), cv(2, x)], 1))
