"""ODConv, equation 2 of "Omni-Dimensional Dynamic Convolution": a kernel for each image, then its convolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from equations import batch_normalised, convolved, group_normalised, logistic, relu, silu


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """y = SiLU(BN(f * conv(x; sum of w_n f s c W_n))), of stride 2."""
    mean = torch.einsum("bchw->bc", x) / (x.shape[2] * x.shape[3])
    hidden = mean @ weights["hidden.0.weight"].T
    if settings["pooled_norm"] == "batch":
        hidden = batch_normalised(hidden, weights, "hidden.1")
    else:
        hidden = group_normalised(hidden, 1, weights["hidden.1.weight"], weights["hidden.1.bias"])
    hidden = relu(hidden)
    k, experts = settings["kernel"], settings["experts"]

    def gate(name: str) -> Any:
        return hidden @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    of_input, of_output = logistic(gate("of_input")), logistic(gate("of_output"))
    of_taps = logistic(gate("of_taps")) if k > 1 else torch.ones_like(mean[:, :1])
    shares = torch.exp(gate("of_experts")) if experts > 1 else torch.ones_like(mean[:, :1])
    shares = shares / shares.sum(1, keepdim=True)
    kernels = weights["kernels.weight"].chunk(experts, 0)
    images = []
    for number, image in enumerate(x):
        kernel = sum(shares[number, n] * kernels[n] for n in range(experts))
        kernel = kernel * of_taps[number].reshape(1, 1, k, k) * of_input[number][:, None, None]
        kernel = kernel * of_output[number][:, None, None, None]
        images.append(convolved(image[None], kernel, stride=2))
    return silu(batch_normalised(torch.cat(images), weights, "norm"))
