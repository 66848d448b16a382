"""What torch's functions, and the methods of tensors, make of shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from yolo_patcher.model.shapes.layers import LAYERS, Arguments, adaptive, convolution, padded, pooled, resized, shuffled
from yolo_patcher.model.shapes.tensors import (
    axis,
    broadcast,
    chunked,
    flattened,
    joined,
    matmul,
    size,
    sizes,
    split,
    viewed,
    with_dim,
)
from yolo_patcher.model.shapes.values import UNKNOWN, CannotTell, Tensor

_MOST_PARTS = 1024
_LARGEST = 2**40

Operation = Callable[[object, Arguments], object]
"""What is done to a first tensor, with the arguments behind it."""


def _kept(tensor: object, args: Arguments) -> object:
    return tensor


def _combined(tensor: object, args: Arguments) -> object:
    return broadcast(tensor, args.get(0, "other"))


def _reduced(tensor: object, args: Arguments) -> object:
    places = args.get(0, "dim", args.get(0, "axis"))
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    if places is None:
        return Tensor(())
    which = {axis(tensor, one) for one in (places if isinstance(places, list | tuple) else [places])}
    if args.get(1, "keepdim", args.get(1, "keepdims", False)) is True:
        return Tensor(tuple(1 if place in which else dim for place, dim in enumerate(tensor.dims)))
    return Tensor(tuple(dim for place, dim in enumerate(tensor.dims) if place not in which))


def _extreme(tensor: object, args: Arguments) -> object:
    """`max` and `min`: of all, with another tensor, or along a dimension together with the places."""
    first = args.get(0, "dim")
    if isinstance(first, Tensor):
        return broadcast(tensor, first)
    reduced = _reduced(tensor, args)
    return reduced if first is None else (reduced, reduced)


def _listed(args: Arguments) -> object:
    """Give the sizes in `view(2, 3)` and in `view([2, 3])`."""
    first = args.get(0, "shape", args.get(0, "size"))
    return first if isinstance(first, list | tuple) else args.rest(0)


def _viewed(tensor: object, args: Arguments) -> object:
    return viewed(tensor, _listed(args))


def _permuted(tensor: object, args: Arguments) -> object:
    order = _listed(args)
    if not isinstance(tensor, Tensor) or not isinstance(order, list | tuple) or len(order) != len(tensor.dims):
        return UNKNOWN
    return Tensor(tuple(tensor.dims[axis(tensor, place)] for place in order))


def _transposed(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    one, other = axis(tensor, args.get(0, "dim0")), axis(tensor, args.get(1, "dim1"))
    return with_dim(with_dim(tensor, one, tensor.dims[other]), other, tensor.dims[one])


def _matrix_transposed(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor) or len(tensor.dims) < 2:
        return UNKNOWN
    return Tensor((*tensor.dims[:-2], tensor.dims[-1], tensor.dims[-2]))


def _flattened(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor) or not tensor.dims:
        return UNKNOWN
    return flattened(tensor, axis(tensor, args.get(0, "start_dim", 0)), axis(tensor, args.get(1, "end_dim", -1)))


def _unsqueezed(tensor: object, args: Arguments) -> object:
    place = size(args.get(0, "dim"))
    if not isinstance(tensor, Tensor) or place is None:
        return UNKNOWN
    place = place if place >= 0 else place + len(tensor.dims) + 1
    return Tensor((*tensor.dims[:place], 1, *tensor.dims[place:]))


def _squeezed(tensor: object, args: Arguments) -> object:
    given = args.get(0, "dim")
    if not isinstance(tensor, Tensor) or None in tensor.dims:
        return UNKNOWN
    places = range(len(tensor.dims)) if given is None else [axis(tensor, given)]
    gone = {place for place in places if tensor.dims[place] == 1}
    return Tensor(tuple(dim for place, dim in enumerate(tensor.dims) if place not in gone))


def _expanded(tensor: object, args: Arguments) -> object:
    wanted = sizes(_listed(args))
    if not isinstance(tensor, Tensor) or len(wanted) < len(tensor.dims):
        return UNKNOWN
    own = (None,) * (len(wanted) - len(tensor.dims)) + tensor.dims
    return Tensor(tuple(old if new == -1 else new for old, new in zip(own, wanted, strict=True)))


def _repeated(tensor: object, args: Arguments) -> object:
    times = sizes(_listed(args))
    if not isinstance(tensor, Tensor) or len(times) != len(tensor.dims):
        return UNKNOWN
    pairs = zip(tensor.dims, times, strict=True)
    return Tensor(tuple(None if dim is None or by is None or dim * by > _LARGEST else dim * by for dim, by in pairs))


def _chunked(tensor: object, args: Arguments) -> object:
    count = size(args.get(0, "chunks"))
    if not isinstance(tensor, Tensor) or count is None or not 0 < count <= _MOST_PARTS:
        return UNKNOWN
    return tuple(chunked(tensor, count, axis(tensor, args.get(1, "dim", 0))))


def _split(tensor: object, args: Arguments) -> object:
    parts = args.get(0, "split_size_or_sections", args.get(0, "split_size"))
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    place = axis(tensor, args.get(1, "dim", 0))
    if isinstance(parts, list | tuple):
        return tuple(split(tensor, place, sizes(parts)))
    whole, each = tensor.dims[place], size(parts)
    if whole is None or each is None or each < 1 or whole % each or whole // each > _MOST_PARTS:
        return UNKNOWN
    return tuple(split(tensor, place, [each] * (whole // each)))


def _unbound(tensor: object, args: Arguments) -> object:
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    place = axis(tensor, args.get(0, "dim", 0))
    count = tensor.dims[place]
    rest = Tensor((*tensor.dims[:place], *tensor.dims[place + 1 :]))
    return UNKNOWN if count is None or count > _MOST_PARTS else (rest,) * count


def _stacked(tensors: object, args: Arguments) -> object:
    if not isinstance(tensors, list | tuple):
        return UNKNOWN
    place = args.get(0, "dim", 0)
    parts = [_unsqueezed(one, Arguments([place], {})) for one in tensors]
    return joined(parts, place)


def _size(tensor: object, args: Arguments) -> object:
    place = args.get(0, "dim")
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    dims = [UNKNOWN if dim is None else dim for dim in tensor.dims]
    return tuple(dims) if place is None else dims[axis(tensor, place)]


def _interpolated(tensor: object, args: Arguments) -> object:
    return resized(tensor, args.get(0, "size"), args.get(1, "scale_factor"))


def _glu(tensor: object, args: Arguments) -> object:
    halves = _chunked(tensor, Arguments([2, args.get(0, "dim", -1)], {}))
    return halves[0] if isinstance(halves, tuple) else UNKNOWN


def _convolved(tensor: object, args: Arguments) -> object:
    """`F.conv2d(x, weight, bias, stride, padding, dilation, groups)`."""
    weight = args.get(0, "weight")
    if not isinstance(weight, Tensor) or len(weight.dims) != 4:
        return UNKNOWN
    names = {
        "stride": args.get(2, "stride", 1),
        "padding": args.get(3, "padding", 0),
        "dilation": args.get(4, "dilation", 1),
    }
    return convolution(tensor, Arguments([None, weight.dims[0], list(weight.dims[2:])], names))


def _like(tensor: object, args: Arguments) -> object:
    other = args.get(0, "other")
    return other if isinstance(other, Tensor) else tensor


_KEPT = (
    "abs", "alpha_dropout", "batch_norm", "bfloat16", "bool", "celu", "clamp", "clamp_", "clip", "clone",
    "contiguous", "cos", "cpu", "cuda", "cumsum", "data", "detach", "double", "dropout", "dropout2d", "elu", "exp",
    "feature_alpha_dropout", "fill_", "flip", "float", "gelu", "group_norm", "half", "hardsigmoid", "hardswish",
    "hardtanh", "instance_norm", "int", "layer_norm", "leaky_relu", "log", "log_softmax", "logsigmoid", "long",
    "masked_fill", "mish", "nan_to_num", "neg", "normal_", "normalize", "ones_like", "pow", "prelu", "rand_like",
    "randn_like", "reciprocal", "relu", "relu6", "relu_", "requires_grad_", "roll", "round", "rsqrt", "selu",
    "sigmoid", "sigmoid_", "sign", "silu", "sin", "softmax", "softmin", "softplus", "sqrt", "square", "tanh",
    "threshold", "to", "type", "type_as", "uniform_", "zero_", "zeros_like",
)  # fmt: skip
_COMBINED = (
    "add", "add_", "div", "div_", "divide", "maximum", "minimum", "mul", "mul_", "multiply", "sub", "sub_",
    "subtract", "true_divide",
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {
    **dict.fromkeys(_KEPT, _kept),
    **dict.fromkeys(_COMBINED, _combined),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "std", "var", "prod", "norm", "logsumexp", "argmax"), _reduced),
    **dict.fromkeys(("max", "min"), _extreme),
    **dict.fromkeys(("view", "reshape"), _viewed),
    **dict.fromkeys(
        ("matmul", "bmm", "mm"), lambda tensor, args: matmul(tensor, args.get(0, "other", args.get(0, "mat2")))
    ),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transposed),
    **dict.fromkeys(("split",), _split),
    **dict.fromkeys(("interpolate", "upsample"), _interpolated),
    "permute": _permuted,
    "t": _matrix_transposed,
    "flatten": _flattened,
    "unsqueeze": _unsqueezed,
    "squeeze": _squeezed,
    "expand": _expanded,
    "expand_as": _like,
    "view_as": _like,
    "reshape_as": _like,
    "repeat": _repeated,
    "chunk": _chunked,
    "unbind": _unbound,
    "size": _size,
    "glu": _glu,
    "conv2d": _convolved,
    "pad": lambda tensor, args: padded(tensor, args.get(0, "pad")),
    "max_pool2d": lambda tensor, args: pooled(tensor, args, average=False),
    "avg_pool2d": lambda tensor, args: pooled(tensor, args, average=True),
    "adaptive_avg_pool2d": adaptive,
    "adaptive_max_pool2d": adaptive,
    "pixel_shuffle": lambda tensor, args: shuffled(tensor, args.get(0, "upscale_factor"), up=True),
    "pixel_unshuffle": lambda tensor, args: shuffled(tensor, args.get(0, "downscale_factor"), up=False),
    "channel_shuffle": _kept,
    **dict.fromkeys(("cat", "concat", "concatenate"), lambda tensors, args: joined(tensors, args.get(0, "dim", 0))),
    "stack": _stacked,
}
"""What is done to a first tensor (or a list of them), by the name of a function or method of torch."""

_NEW = frozenset({"zeros", "ones", "rand", "randn", "empty", "full"})
_ELEMENT = frozenset({"tensor", "Tensor", "FloatTensor"})


def torch_call(name: str, args: Sequence[object], settings: Mapping[str, object]) -> object:
    """Give the value of a call of a function of torch's own, by its name without the module.

    Raises:
        CannotTell: the arguments do not fit.
    """
    if name in _NEW:
        given = Arguments(args, settings)
        shape = given.get(0, "size")
        return Tensor(tuple(sizes(shape if isinstance(shape, list | tuple) else args)))
    if name == "Parameter":
        return args[0] if args and isinstance(args[0], Tensor) else UNKNOWN
    if name in _ELEMENT:
        value = args[0] if args else None
        return Tensor(()) if isinstance(value, int | float) and name == "tensor" else UNKNOWN
    operation = OPERATIONS.get(name)
    if operation is None:
        return UNKNOWN
    first = args[0] if args else settings.get("input", settings.get("tensors", UNKNOWN))
    return operation(first, Arguments(args[1:], settings))


def is_layer(name: str) -> bool:
    """Tell whether a name is a class of `torch.nn`, as its capital letter says."""
    last = name.rpartition(".")[2]
    return name.startswith("torch.nn.") and (last in LAYERS or last[:1].isupper()) and last != "Parameter"


def layer_call(name: str, tensor: object, args: Sequence[object], settings: Mapping[str, object]) -> object:
    """Give what a layer of torch's own, made with arguments, makes of a value.

    Raises:
        CannotTell: the arguments do not fit.
    """
    layer = LAYERS.get(name)
    if layer is None:
        return UNKNOWN
    try:
        return layer(tensor, Arguments(args, settings))
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise CannotTell from error
