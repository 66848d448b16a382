"""Selective Kernel, equations 1 to 6 of "Selective Kernel Networks", literally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def literal(x: Any, weights: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """V_c = sum over m of a_c,m U_c,m, a_c the softmax over m of A_m,c z, z = relu(BN(W s)), s = mean(sum of U_m)."""
    height, width = x.shape[2:]

    def normalised(z: Any, name: str) -> Any:
        def along(part: str) -> Any:
            return weights[f"{name}.{part}"].reshape(-1, *[1] * (z.dim() - 2))

        return (z - along("running_mean")) / torch.sqrt(along("running_var") + 1e-5) * along("weight") + along("bias")

    def branch(number: int) -> Any:
        kernel, reach = weights[f"branches.{number}.0.weight"], number + 1
        padded = torch.nn.functional.pad(x, [reach] * 4)
        outputs = []
        for channel in range(x.shape[1]):
            first = channel // kernel.shape[1] * kernel.shape[1]
            total = torch.zeros_like(x[:, 0])
            for i in range(3):
                for j in range(3):
                    rows, columns = slice(i * reach, i * reach + height), slice(j * reach, j * reach + width)
                    shifted = padded[:, first : first + kernel.shape[1], rows, columns]
                    total = total + torch.einsum("bchw,c->bhw", shifted, kernel[channel, :, i, j])
            outputs.append(total)
        return normalised(torch.stack(outputs, 1), f"branches.{number}.1").clamp(min=0)

    maps = [branch(number) for number in range(settings["branches"])]
    s = sum(maps).sum((2, 3)) / (height * width)
    z = normalised(torch.einsum("hc,bc->bh", weights["squeeze.weight"], s), "norm").clamp(min=0)
    asks = [torch.exp(z @ rows.T) for rows in weights["select.weight"].split(x.shape[1])]
    return sum(u * (ask / sum(asks))[:, :, None, None] for u, ask in zip(maps, asks, strict=True))
