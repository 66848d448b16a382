"""The non-local block, embedded Gaussian form, literally: position by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y_i = x_i + BN(W sum over j of exp(q_i . k_j) g_j / sum over j of exp(q_i . k_j))."""
    factor = x.shape[1] ** -0.5 if settings["scaled"] else 1
    images = []
    for image in x:
        positions = image.flatten(1).T

        def linear(name: str, of: Any) -> Any:
            return of @ weights[f"{name}.weight"].flatten(1).T + weights[f"{name}.bias"]

        keys, values = linear("key", positions), linear("value", positions)
        rows = []
        for query in linear("query", positions):
            exponentials = torch.exp(torch.einsum("c,jc->j", query, keys) * factor)
            rows.append(torch.einsum("j,jc->c", exponentials, values) / exponentials.sum())
        y = linear("project", torch.stack(rows))
        y = (y - weights["norm.running_mean"]) / torch.sqrt(weights["norm.running_var"] + 1e-5)
        y = positions + y * weights["norm.weight"] + weights["norm.bias"]
        images.append(y.T.reshape(image.shape))
    return torch.stack(images)
