"""Python's own operators and functions on what is known of values."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from yolo_patcher.model.shapes.tensors import broadcast, matmul
from yolo_patcher.model.shapes.values import UNKNOWN, Either, Function, Instance, Layer, Layers, Tensor

FAILURES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_LONGEST = 256
_LONGEST_LIST = 4096
_LONGEST_TEXT = 1000
_MOST_BITS = 128

_ARITHMETIC: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.LShift: operator.lshift, ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip


def is_plain(value: object) -> bool:
    """Tell whether a value is known whole: a number, text, None, or a list of such."""
    if isinstance(value, list | tuple):
        return all(is_plain(one) for one in value)
    return value is None or isinstance(value, bool | int | float | str)


def binary(kind: type[ast.operator], left: object, right: object) -> object:
    """Give the value of an operator; of tensors, the shape."""
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return matmul(left, right) if kind is ast.MatMult else broadcast(left, right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple) and kind is ast.Add:
        if len(left) + len(right) > _LONGEST_LIST:
            return UNKNOWN
        return [*left, *right] if isinstance(left, list) else (*left, *right)
    if kind is ast.Mult and isinstance(left, list | tuple) and isinstance(right, int):
        return left * right if len(left) * right <= _LONGEST else UNKNOWN
    if kind is ast.Mult and isinstance(right, list | tuple) and isinstance(left, int):
        return binary(kind, right, left)
    if kind is ast.Pow and isinstance(left, int | float) and isinstance(right, int | float):
        return left**right if abs(right) < 64 and abs(left) < 2**32 else UNKNOWN
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    texts = (
        kind is ast.Add and isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < _LONGEST_TEXT
    )
    if kind not in _ARITHMETIC or not (numbers or texts):
        return UNKNOWN
    if any(isinstance(one, int) and one.bit_length() > _MOST_BITS for one in (left, right)):
        return UNKNOWN
    if kind is ast.LShift and isinstance(right, int) and right > _MOST_BITS:
        return UNKNOWN
    return _ARITHMETIC[kind](left, right)


def compare(kind: type[ast.cmpop], left: object, right: object) -> object:
    """Decide a comparison, or give `UNKNOWN`."""
    if left is UNKNOWN or right is UNKNOWN or isinstance(left, Either) or isinstance(right, Either):
        return UNKNOWN
    if kind in (ast.Is, ast.IsNot):
        constants = (None, True, False)
        if any(right is one for one in constants) or any(left is one for one in constants) or left is right:
            return (left is right) == (kind is ast.Is)
        return UNKNOWN
    if not is_plain(left) or not is_plain(right):
        return UNKNOWN
    return _COMPARISONS[kind](left, right)


def truth(value: object) -> object:
    """Tell whether a value counts as true, or give `UNKNOWN`."""
    if isinstance(value, Instance | Layer | Function):
        return True
    if isinstance(value, Layers):
        return bool(value.items)
    if value is None or isinstance(value, bool | int | float | str | list | tuple | dict):
        return bool(value)
    return UNKNOWN


def items_of(value: object) -> list[object] | None:
    """Give what a loop goes through; None where that can't be told."""
    if isinstance(value, Layers):
        return list(value.items)
    if isinstance(value, list | tuple | dict):
        return list(value)
    return None


def _range(*args: object) -> object:
    numbers = [one for one in args if isinstance(one, int)]
    if len(numbers) != len(args) or len(range(*numbers)) > _LONGEST:
        return UNKNOWN
    return list(range(*numbers))


def _zip(*args: object) -> object:
    lists = [items_of(one) for one in args]
    return UNKNOWN if None in lists else [tuple(row) for row in zip(*lists, strict=False)]


def _enumerate(value: object, start: object = 0) -> object:
    items = items_of(value)
    return UNKNOWN if items is None or not isinstance(start, int) else list(enumerate(items, start))


def _reversed(value: object) -> object:
    items = items_of(value)
    return UNKNOWN if items is None else items[::-1]


def _len(value: object) -> object:
    if isinstance(value, Tensor):
        return value.dims[0] if value.dims and value.dims[0] is not None else UNKNOWN
    items = items_of(value)
    return len(value) if isinstance(value, str) else UNKNOWN if items is None else len(items)


def _list(value: object = ()) -> object:
    items = items_of(value)
    return UNKNOWN if items is None else items


def _tuple(value: object = ()) -> object:
    items = items_of(value)
    return UNKNOWN if items is None else tuple(items)


def _sum(value: object, start: object = 0) -> object:
    items = items_of(value)
    if items is None:
        return UNKNOWN
    total = start
    for item in items:
        total = item if total == 0 and isinstance(item, Tensor) else binary(ast.Add, total, item)
    return total


def _numbers(function: Callable[..., object]) -> Callable[..., object]:
    """Give a function of numbers as one that gives `UNKNOWN` for anything else."""

    def on_known(*args: object) -> object:
        return function(*args) if all(is_plain(one) for one in args) else UNKNOWN

    return on_known


BUILTINS: Mapping[str, Callable[..., object]] = {
    "range": _range, "zip": _zip, "enumerate": _enumerate, "reversed": _reversed, "len": _len, "list": _list,
    "tuple": _tuple, "sum": _sum, "iter": _list,
    **{
        function.__name__: _numbers(function)
        for function in (abs, all, any, bool, float, int, max, min, round, sorted, str)
    },
    "print": lambda *args: None,
}  # fmt: skip
"""Functions of Python's own by name."""

ELSEWHERE: Mapping[str, Callable[..., object]] = {
    **{
        f"math.{name}": _numbers(getattr(math, name))
        for name in ("ceil", "floor", "log", "log2", "sqrt", "gcd", "prod", "log10", "pow", "exp")
    },
    **{f"operator.{name}": _numbers(getattr(operator, name)) for name in ("add", "mul", "sub", "floordiv")},
    "copy.copy": lambda value: value,
    "copy.deepcopy": lambda value: value,
    "itertools.repeat": lambda value, times=None: (
        [value] * times if isinstance(times, int) and times <= _LONGEST else UNKNOWN
    ),
}
"""Functions of the standard library by their full names."""


def list_method(owner: list[object], name: str, args: Sequence[object]) -> object:
    """Call a method of a list."""
    match name, args:
        case "append", [value]:
            owner.append(value)
        case "extend", [value]:
            more = items_of(value)
            if more is None or len(owner) + len(more) > _LONGEST_LIST:
                owner[:] = [UNKNOWN]
                return UNKNOWN
            owner.extend(more)
        case "insert", [int() as place, value]:
            owner.insert(place, value)
        case "pop", []:
            return owner.pop()
        case "pop", [int() as place]:
            return owner.pop(place)
        case "copy", []:
            return list(owner)
        case "reverse", []:
            owner.reverse()
        case "index", [value] if is_plain(value):
            return owner.index(value)
        case _:
            owner[:] = [UNKNOWN]
            return UNKNOWN
    return None
