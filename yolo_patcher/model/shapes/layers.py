"""What torch's own layers make of a shape, by their names in `torch.nn`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from yolo_patcher.model.shapes.tensors import Size, flattened, size, viewed, with_dim
from yolo_patcher.model.shapes.values import UNKNOWN, CannotTell, Tensor


class Arguments:
    """The arguments of a call, asked for by place or name.

    Args:
        args: those by place.
        settings: those by name.
    """

    def __init__(self, args: Sequence[object], settings: Mapping[str, object]) -> None:
        self._args = args
        self._settings = settings

    def get(self, place: int, name: str, default: object = None) -> object:
        """Give an argument."""
        return self._args[place] if place < len(self._args) else self._settings.get(name, default)

    def rest(self, place: int) -> list[object]:
        """Give the arguments by place from one on."""
        return list(self._args[place:])

    def pair(self, place: int, name: str, default: object) -> tuple[Size, Size]:
        """Give an argument that is one number for both sides, or one for each."""
        value = self.get(place, name, default)
        if isinstance(value, list | tuple):
            return (size(value[0]), size(value[-1])) if 0 < len(value) < 3 else (None, None)
        return size(value), size(value)


def windowed(dim: Size, kernel: Size, stride: Size, padding: Size, dilation: Size = 1, up: bool = False) -> Size:
    """Give the size that a window leaves of a dimension; `up` where the last window may stand out."""
    if dim is None or kernel is None or stride is None or padding is None or dilation is None or stride < 1:
        return None
    left = dim + 2 * padding - dilation * (kernel - 1) - 1
    return -(-left // stride) + 1 if up else left // stride + 1


def _with_map(tensor: object, change: Callable[[Size, int], Size], channels: Size | None = None) -> object:
    """Change height and width, and set the channels where the layer says some."""
    if not isinstance(tensor, Tensor) or len(tensor.dims) not in (3, 4):
        return UNKNOWN
    height, width = (change(dim, side) for side, dim in enumerate(tensor.dims[-2:]))
    kept = tensor.dims[-3] if channels == -1 else channels
    return Tensor((*tensor.dims[:-3], kept, height, width))


def convolution(tensor: object, args: Arguments) -> object:
    """Give what `Conv2d` makes of a shape."""
    kernel, stride = args.pair(2, "kernel_size", None), args.pair(3, "stride", 1)
    dilation = args.pair(5, "dilation", 1)
    if args.get(4, "padding", 0) == "same":
        return _with_map(
            tensor, lambda dim, side: dim if stride[side] == 1 else None, size(args.get(1, "out_channels"))
        )
    padding = args.pair(4, "padding", 0)

    def change(dim: Size, side: int) -> Size:
        return windowed(dim, kernel[side], stride[side], padding[side], dilation[side])

    return _with_map(tensor, change, size(args.get(1, "out_channels")))


def _transposed(tensor: object, args: Arguments) -> object:
    kernel, stride, padding = (args.pair(2, "kernel_size", None), args.pair(3, "stride", 1), args.pair(4, "padding", 0))
    extra, dilation = args.pair(5, "output_padding", 0), args.pair(8, "dilation", 1)

    def change(dim: Size, side: int) -> Size:
        parts = (dim, kernel[side], stride[side], padding[side], extra[side], dilation[side])
        if any(part is None for part in parts):
            return None
        length, window, step, border, more, spread = (part or 0 for part in parts)
        return (length - 1) * step - 2 * border + spread * (window - 1) + more + 1

    return _with_map(tensor, change, size(args.get(1, "out_channels")))


def pooled(tensor: object, args: Arguments, *, average: bool) -> object:
    """Give what a pooling makes of a shape, called as the layer is made."""
    kernel = args.pair(0, "kernel_size", None)
    step = args.get(1, "stride")
    stride = kernel if step is None else args.pair(1, "stride", None)
    padding = args.pair(2, "padding", 0)
    dilation = (1, 1) if average else args.pair(3, "dilation", 1)
    up = args.get(*((3, "ceil_mode") if average else (5, "ceil_mode")), False) is True

    def change(dim: Size, side: int) -> Size:
        return windowed(dim, kernel[side], stride[side], padding[side], dilation[side], up)

    return _with_map(tensor, change, -1)


def adaptive(tensor: object, args: Arguments) -> object:
    """Give what a pooling to a given size makes of a shape."""
    value = args.get(0, "output_size")
    wanted = list(value) if isinstance(value, list | tuple) and len(value) == 2 else [value, value]
    return _with_map(tensor, lambda dim, side: dim if wanted[side] is None else size(wanted[side]), -1)


def resized(tensor: object, wanted: object, factor: object) -> object:
    """Give the shape of an interpolation to a size, or by a factor."""
    if wanted is not None:
        both = list(wanted) if isinstance(wanted, list | tuple) else [wanted, wanted]
        if len(both) != 2:
            return UNKNOWN
        if not isinstance(tensor, Tensor):
            return Tensor((None, None, size(both[0]), size(both[1])))
        return _with_map(tensor, lambda dim, side: size(both[side]), -1)
    factors = list(factor) if isinstance(factor, list | tuple) else [factor, factor]

    def change(dim: Size, side: int) -> Size:
        by = factors[side]
        return math.floor(dim * by) if dim is not None and isinstance(by, int | float) else None

    return _with_map(tensor, change, -1)


def padded(tensor: object, borders: object) -> object:
    """Give the shape with borders: left, right, top, bottom, or one number for all."""
    if isinstance(borders, int) and not isinstance(borders, bool):
        borders = [borders] * 4
    if not isinstance(tensor, Tensor) or not isinstance(borders, list | tuple) or len(borders) % 2:
        return UNKNOWN
    dims = list(tensor.dims)
    for number in range(len(borders) // 2):
        dim, parts = dims[-1 - number], [size(one) for one in borders[2 * number : 2 * number + 2]]
        dims[-1 - number] = None if dim is None or None in parts else dim + sum(part or 0 for part in parts)
    return Tensor(tuple(dims))


def shuffled(tensor: object, factor: object, *, up: bool) -> object:
    """Give what `PixelShuffle` (up) or `PixelUnshuffle` makes of a shape."""
    by = size(factor)
    if by is None or by < 1 or not isinstance(tensor, Tensor) or len(tensor.dims) < 3:
        return UNKNOWN
    depth = tensor.dims[-3]
    channels = None if depth is None else depth // by**2 if up else depth * by**2
    changed = _with_map(tensor, lambda dim, side: None if dim is None else dim * by if up else dim // by)
    return with_dim(changed, len(tensor.dims) - 3, channels) if isinstance(changed, Tensor) else UNKNOWN


def _linear(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor) or not tensor.dims:
        return UNKNOWN
    return with_dim(tensor, len(tensor.dims) - 1, size(args.get(1, "out_features")))


def _flatten(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    first, last = size(args.get(0, "start_dim", 1)), size(args.get(1, "end_dim", -1))
    if first is None or last is None:
        raise CannotTell
    return flattened(tensor, first % len(tensor.dims), last % len(tensor.dims))


def _line(tensor: object, args: Arguments) -> object:
    """`Conv1d`."""
    if not isinstance(tensor, Tensor) or len(tensor.dims) not in (2, 3):
        return UNKNOWN
    kernel, stride = args.pair(2, "kernel_size", None)[0], args.pair(3, "stride", 1)[0]
    padding, dilation = args.pair(4, "padding", 0)[0], args.pair(5, "dilation", 1)[0]
    length = windowed(tensor.dims[-1], kernel, stride, padding, dilation)
    return Tensor((*tensor.dims[:-2], size(args.get(1, "out_channels")), length))


def _unflatten(tensor: object, args: Arguments) -> object:
    shape = args.get(1, "unflattened_size")
    place = size(args.get(0, "dim"))
    if not isinstance(tensor, Tensor) or place is None or not isinstance(shape, list | tuple):
        return UNKNOWN
    place %= len(tensor.dims)
    inner = viewed(Tensor((tensor.dims[place],)), shape)
    assert isinstance(inner, Tensor)
    return Tensor((*tensor.dims[:place], *inner.dims, *tensor.dims[place + 1 :]))


def _kept(tensor: object, args: Arguments) -> object:
    return tensor


_KEPT = (
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "CELU", "Dropout", "Dropout1d", "Dropout2d", "ELU", "GELU",
    "GroupNorm", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "InstanceNorm2d", "LayerNorm", "LeakyReLU",
    "LocalResponseNorm", "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RMSNorm", "ReLU", "ReLU6", "SELU", "SiLU",
    "Sigmoid", "Softmax", "Softmax2d", "Softplus", "Softsign", "SyncBatchNorm", "Tanh", "Tanhshrink", "Threshold",
    "ChannelShuffle", "AlphaDropout", "FeatureAlphaDropout",
)  # fmt: skip

LAYERS: Mapping[str, Callable[[object, Arguments], object]] = {
    **dict.fromkeys(_KEPT, _kept),
    "AdaptiveAvgPool2d": adaptive,
    "AdaptiveMaxPool2d": adaptive,
    "AvgPool2d": lambda tensor, args: pooled(tensor, args, average=True),
    "Conv1d": _line,
    "Conv2d": convolution,
    "ConvTranspose2d": _transposed,
    "Flatten": _flatten,
    "Linear": _linear,
    "MaxPool2d": lambda tensor, args: pooled(tensor, args, average=False),
    "PixelShuffle": lambda tensor, args: shuffled(tensor, args.get(0, "upscale_factor"), up=True),
    "PixelUnshuffle": lambda tensor, args: shuffled(tensor, args.get(0, "downscale_factor"), up=False),
    "Unflatten": _unflatten,
    "Upsample": lambda tensor, args: resized(tensor, args.get(0, "size"), args.get(1, "scale_factor")),
    "UpsamplingBilinear2d": lambda tensor, args: resized(tensor, args.get(0, "size"), args.get(1, "scale_factor")),
    "UpsamplingNearest2d": lambda tensor, args: resized(tensor, args.get(0, "size"), args.get(1, "scale_factor")),
    **dict.fromkeys(
        ("ConstantPad2d", "ReflectionPad2d", "ReplicationPad2d", "ZeroPad2d"),
        lambda tensor, args: padded(tensor, args.get(0, "padding")),
    ),
}
"""The layers of `torch.nn` by name; of one that is not here nothing is known."""
