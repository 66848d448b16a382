"""What layers and operations are called in a drawing: short, with what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

_ADAPTIVE = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


def layer_text(layer: Any) -> str:
    """Give a layer's name and its numbers: `Conv2d 64→16, 3×3, groups 4`."""
    name = type(layer).__name__
    if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
        parts = [f"{layer.in_channels}→{layer.out_channels}", "×".join(map(str, layer.kernel_size))]
        parts += _unless(layer, "stride", 1) + _unless(layer, "dilation", 1)
        depthwise = layer.groups == layer.in_channels == layer.out_channels and layer.groups > 1
        parts += ["depthwise"] if depthwise else [f"groups {layer.groups}"] if layer.groups > 1 else []
        return f"{name} {', '.join(parts)}"
    if isinstance(layer, nn.Linear):
        return f"{name} {layer.in_features}→{layer.out_features}"
    if isinstance(layer, nn.GroupNorm):
        return f"{name} {layer.num_groups} groups"
    if isinstance(layer, _ADAPTIVE):
        return f"{name} {layer.output_size}"
    if isinstance(layer, nn.AvgPool2d | nn.MaxPool2d):
        return f"{name} {layer.kernel_size}, stride {layer.stride}"
    return name


def _unless(layer: Any, name: str, usual: int) -> list[str]:
    values = getattr(layer, name)
    return [] if all(value == usual for value in values) else [f"{name} {'×'.join(map(str, values))}"]


def operation_text(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Give an operation's name, with the dimensions that it works on where these matter."""
    if name in ("mean", "sum", "amax", "amin", "max", "min", "var", "std", "softmax", "norm"):
        dims = kwargs.get("dim", args[1] if len(args) > 1 else None)
        if isinstance(dims, int | list | tuple):
            return f"{name} over {_dims(dims, args[0].dim())}"
    if name == "getitem":
        return "part"
    return {"pow": "power", "scaled_dot_product_attention": "attention"}.get(name, name.replace("_", " "))


def _dims(dims: Any, rank: int) -> str:
    names = {4: ("B", "C", "H", "W")}.get(rank)
    places = [dim % rank for dim in (dims if isinstance(dims, list | tuple) else [dims])]
    return ", ".join(names[place] if names else f"dimension {place}" for place in places)
