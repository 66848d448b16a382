"""Channel Prior Convolutional Attention, literally: the channel gate from two passes, then strips one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import layer, logistic, mean


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """p = gelu(W x), q = p (sigmoid(M mean p) + sigmoid(M max p)), y = W (W (t + strips of t) q), t = D5 q."""
    c = x.shape[1]
    mixed = layer(x, weights, "mix")
    p = mixed * (1 + torch.erf(mixed / 2**0.5)) / 2

    def gate(z: Any) -> Any:
        hidden = torch.relu(z @ weights["squeeze.weight"].flatten(1).T + weights["squeeze.bias"])
        return logistic(hidden @ weights["excite.weight"].flatten(1).T + weights["excite.bias"])

    largest = torch.stack([torch.stack([channel.max() for channel in image]) for image in p])
    q = p * (gate(mean(p)) + gate(largest))[:, :, None, None]
    t = layer(q, weights, "near", groups=c)
    total = t
    for number in range(3):
        across = layer(t, weights, f"strips.{number}.0", groups=c)
        total = total + layer(across, weights, f"strips.{number}.1", groups=c)
    return layer(layer(total, weights, "mix") * q, weights, "mix")
