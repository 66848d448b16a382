"""MDCR, section 3 of "HCF-Net": one channel group after another, in the statistics that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import block, relu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = relu(BN(conv(z))), z the mixed groups in their order, each of the four branches' channels of one number."""
    quarter = x.shape[1] // 4
    branches = []
    for j, dilation in enumerate((1, 6, 12, 18)):
        groups = quarter // weights[f"branches.{j}.0.weight"].shape[1]
        part = x[:, j * quarter : (j + 1) * quarter]
        branches.append(block(part, weights, f"branches.{j}", relu, dilation=dilation, groups=groups))
    mixed = [
        block(torch.stack([branch[:, c] for branch in branches], 1), weights, "mix", relu)
        for c in range(branches[0].shape[1])
    ]
    return block(torch.cat(mixed, 1), weights, "project", relu)
