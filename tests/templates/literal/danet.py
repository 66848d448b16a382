"""Dual attention of "Dual Attention Network for Scene Segmentation", literally: pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _softmax(logits: Any) -> Any:
    exponentials = torch.exp(logits)
    return exponentials / exponentials.sum()


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = x + (PAM(x) - x) + (CAM(x) - x), each with its own residual and factor."""
    images = []
    for image in x:
        positions = image.flatten(1).T
        y = positions
        if settings["branches"] != "channel":

            def linear(name: str, of: Any = positions) -> Any:
                return of @ weights[f"{name}.weight"].flatten(1).T + weights[f"{name}.bias"]

            keys, values = linear("key"), linear("value")
            attended = [
                torch.einsum("j,jc->c", _softmax(torch.einsum("c,jc->j", query, keys)), values)
                for query in linear("query")
            ]
            y = y + weights["position_factor.bias"] * torch.stack(attended)
        if settings["branches"] != "position":
            rows = []
            for channel in positions.T:
                energies = torch.einsum("p,pc->c", channel, positions)
                rows.append(positions @ _softmax(energies.max() - energies))
            y = y + weights["channel_factor.bias"] * torch.stack(rows, 1)
        images.append(y.T.reshape(image.shape))
    return torch.stack(images)
