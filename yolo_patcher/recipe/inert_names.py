"""Names that do nothing when a class that stands on them is imported, known one by one; none else is trusted.

torch, typing and Python offer far more than this, and some of it acts: a metaclass when a class is made of it, a module
when it is imported, a class when it is subscripted.
"""

from __future__ import annotations

from collections.abc import Mapping

MODULES = frozenset({"torch", "torch.nn", "torch.nn.functional", "math", "typing"})
"""Modules that a template may import."""

_NN = frozenset({
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d", "AlphaDropout", "AvgPool1d", "AvgPool2d", "AvgPool3d", "BatchNorm1d", "BatchNorm2d",
    "BatchNorm3d", "Bilinear", "CELU", "ChannelShuffle", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "Conv1d",
    "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Dropout", "Dropout2d", "Dropout3d",
    "ELU", "Flatten", "Fold", "GELU", "GLU", "GroupNorm", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh",
    "Identity", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LPPool1d", "LPPool2d", "LayerNorm",
    "LeakyReLU", "Linear", "LocalResponseNorm", "LogSigmoid", "LogSoftmax", "MaxPool1d", "MaxPool2d", "MaxPool3d",
    "Mish", "Module", "ModuleDict", "ModuleList", "MultiheadAttention", "PReLU", "ParameterDict", "ParameterList",
    "PixelShuffle", "PixelUnshuffle", "RReLU", "ReLU", "ReLU6", "ReflectionPad1d", "ReflectionPad2d",
    "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "SELU", "Sequential", "SiLU",
    "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "SyncBatchNorm", "Tanh",
    "Tanhshrink", "Threshold", "Unflatten", "Unfold", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d",
    "ZeroPad2d",
})  # fmt: skip
_ACTIVATIONS = frozenset({
    "celu", "elu", "gelu", "glu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh",
})  # fmt: skip
_TYPES_OF_TORCH = frozenset({"Size", "Tensor", "device", "dtype", "nn.Parameter"})
_DTYPES = frozenset({
    "bfloat16", "bool", "double", "float", "float16", "float32", "float64", "half", "int", "int16", "int32", "int64",
    "int8", "long", "short", "uint8",
})  # fmt: skip
_GENERIC_OF_TYPING = frozenset({
    "Callable", "ClassVar", "Collection", "Dict", "Final", "FrozenSet", "Iterable", "Iterator", "List", "Mapping",
    "Optional", "Sequence", "Set", "Tuple", "Type", "Union",
})  # fmt: skip
_GENERIC_OF_PYTHON = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
_TYPES_OF_PYTHON = _GENERIC_OF_PYTHON | {"bool", "bytes", "complex", "float", "int", "object", "str"}
_OTHERS_OF_TYPING = frozenset({"Any", "Literal", "TYPE_CHECKING", "cast"})
_SPECIAL = frozenset({
    "abs", "add", "and", "bool", "bytes", "call", "contains", "copy", "deepcopy", "del", "delattr", "delitem", "dir",
    "enter", "eq", "exit", "float", "floordiv", "format", "ge", "getattr", "getattribute", "getitem", "getnewargs",
    "getstate", "gt", "hash", "iadd", "imul", "index", "init", "int", "invert", "isub", "iter", "itruediv", "le",
    "len", "lt", "matmul", "mod", "mul", "ne", "neg", "new", "next", "or", "pos", "pow", "radd", "reduce",
    "reduce_ex", "repr", "reversed", "rmul", "rpow", "rsub", "rtruediv", "setattr", "setitem", "setstate", "str",
    "sub", "truediv", "xor",
})  # fmt: skip

IMPORTED: Mapping[str, str] = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "Tensor": "torch.Tensor",
    "math": "math",
    "typing": "typing",
    **{name: f"typing.{name}" for name in sorted(_GENERIC_OF_TYPING | _OTHERS_OF_TYPING)},
}
"""The names that a template's imports may bind, and what each must mean: a host's file has them so, or not at all."""

BUILTIN_TYPES: Mapping[str, str] = {name: f"builtins.{name}" for name in sorted(_TYPES_OF_PYTHON)}
"""Python's own types, by the names that a class has for them."""

BASES = frozenset(f"torch.nn.{name}" for name in _NN)
"""Classes whose metaclass is `type`, and that are not told of their subclasses."""

VALUES = (
    BASES
    | {f"torch.nn.functional.{name}" for name in _ACTIVATIONS}
    | {f"torch.{name}" for name in _DTYPES}
    | {f"math.{name}" for name in ("e", "inf", "nan", "pi")}
)
"""What a default, or a constant of a class, may name."""

GENERIC = frozenset(f"typing.{name}" for name in _GENERIC_OF_TYPING) | {
    f"builtins.{name}" for name in _GENERIC_OF_PYTHON
}
"""What an annotation may subscript."""

ANNOTATIONS = BASES | GENERIC | {"typing.Any", *BUILTIN_TYPES.values()} | {f"torch.{name}" for name in _TYPES_OF_TORCH}
"""What an annotation may name."""

DECORATORS = frozenset({"classmethod", "property", "staticmethod"})

METHODS = frozenset(f"__{name}__" for name in _SPECIAL)
"""Special methods that Python calls for an object, and never while the class itself is made."""
