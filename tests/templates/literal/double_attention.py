"""Double attention, equations 5 and 6 of "A^2-Nets", literally: both attention steps position by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """z_p = sum over i of (sum over q of softmax(B_i)_q A_q) softmax(V_p)_i, a convolution, and x where residual."""

    def convolved(name: str, of: Any) -> Any:
        return weights[f"{name}.weight"].flatten(1) @ of + weights[f"{name}.bias"][:, None]

    images = []
    for image in x:
        flat = image.flatten(1)
        features, maps, vectors = (convolved(name, flat) for name in ("feature", "gather", "distribute"))
        descriptors = []
        for row in maps:
            exponentials = torch.exp(row - row.max())
            descriptors.append((features * exponentials).sum(1) / exponentials.sum())
        mixtures = []
        for position in vectors.T:
            exponentials = torch.exp(position - position.max())
            shares = exponentials / exponentials.sum()
            mixtures.append(sum(share * each for share, each in zip(shares, descriptors, strict=True)))
        z = convolved("reconstruct", torch.stack(mixtures, 1)).reshape(image.shape)
        images.append(image + z if settings["residual"] else z)
    return torch.stack(images)
