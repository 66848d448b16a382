"""Global Attention Mechanism, figure 2 and 3 of "Retain Information to Enhance Channel-Spatial Interactions"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def _grouped(x: Any, weight: Any, bias: Any, groups: int) -> Any:
    """A convolution as sums over shifted maps, each group of outputs from its own group of inputs."""
    kernel = weight.shape[2]
    padded = torch.nn.functional.pad(x, [kernel // 2] * 4)
    outputs = []
    for channel in range(weight.shape[0]):
        first = channel // (weight.shape[0] // groups) * weight.shape[1]
        total = bias[channel]
        for i in range(kernel):
            for j in range(kernel):
                shifted = padded[:, first : first + weight.shape[1], i : i + x.shape[2], j : j + x.shape[3]]
                total = total + torch.einsum("bchw,c->bhw", shifted, weight[channel, :, i, j])
        outputs.append(total)
    return torch.stack(outputs, 1)


def _normalised(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    def column(part: str) -> Any:
        return weights[f"{name}.{part}"][:, None, None]

    return (x - column("running_mean")) / torch.sqrt(column("running_var") + 1e-5) * column("weight") + column("bias")


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """u = x sigmoid(W2 relu(W1 x)), y = u sigmoid(BN(conv(relu(BN(conv(u)))))), with a shuffle where grouped."""
    gate = torch.einsum("hc,bcij->bhij", weights["channel.0.weight"].flatten(1), x)
    gate = torch.relu(gate + weights["channel.0.bias"][:, None, None])
    gate = torch.einsum("ch,bhij->bcij", weights["channel.2.weight"].flatten(1), gate)
    gate = gate + weights["channel.2.bias"][:, None, None]
    u = x * (1 / (1 + torch.exp(-gate)) if settings["channel_sigmoid"] else gate)
    groups = settings["groups"]
    hidden = _grouped(u, weights["spatial.0.weight"], weights["spatial.0.bias"], groups)
    hidden = torch.relu(_normalised(hidden, weights, "spatial.1"))
    gate = _grouped(hidden, weights["spatial.3.weight"], weights["spatial.3.bias"], groups)
    gate = _normalised(gate, weights, "spatial.4")
    # Output channel j of a shuffle takes input channel (j mod groups) * (channels / groups) + j div groups.
    each = x.shape[1] // groups
    gate = torch.stack([gate[:, j % groups * each + j // groups] for j in range(x.shape[1])], 1)
    return u * (1 / (1 + torch.exp(-gate)))
