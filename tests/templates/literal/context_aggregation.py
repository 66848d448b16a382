"""Context aggregation of "Learning to Aggregate Multi-Scale Context", literally: positions one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_p = x_p + Wm(sum over q of softmax(Wk x)_q (Wv x_q)) sigmoid(Wa x_p)."""
    images = []
    for image in x:
        positions = image.flatten(1).T

        def linear(name: str, of: Any) -> Any:
            return of @ weights[f"{name}.weight"].flatten(1).T + weights[f"{name}.bias"]

        exponentials = torch.exp(linear("key", positions))
        shares = exponentials / exponentials.sum()
        context = linear("project", (shares * linear("value", positions)).sum(0))
        asks = 1 / (1 + torch.exp(-linear("gate", positions)))
        images.append((positions + asks * context).T.reshape(image.shape))
    return torch.stack(images)
