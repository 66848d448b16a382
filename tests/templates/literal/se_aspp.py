"""ASPP of "Rethinking Atrous Convolution for Semantic Image Segmentation" with a squeeze-and-excitation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import block, layer, logistic, relu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = relu(BN(conv(u g))), g the squeeze-and-excitation of u, u the five branches."""
    rate, h, w = settings["rate"], x.shape[2], x.shape[3]
    dilations = (1, 6 * rate, 12 * rate, 18 * rate)
    branches = [block(x, weights, f"branches.{k}", relu, dilation=d) for k, d in enumerate(dilations)]
    mean = torch.einsum("bchw->bc", x)[:, :, None, None] / (h * w)
    pooled = relu(layer(mean, weights, "pooled.0"))
    u = torch.cat([*branches, torch.cat([torch.cat([pooled] * h, 2)] * w, 3)], 1)
    squeezed = torch.einsum("bchw->bc", u)[:, :, None, None] / (h * w)
    gate = logistic(layer(relu(layer(squeezed, weights, "squeeze")), weights, "excite"))
    return block(u * gate, weights, "project", relu)
