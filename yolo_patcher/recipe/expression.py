"""Arithmetic that a recipe may contain: evaluated from its syntax tree, bounded in size, and never executed."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, reduce

from yolo_patcher.errors import PatcherError

Number = int | float | bool
Value = Number | str

MAX_LENGTH = 500
MAX_NODES = 200
MAX_EXPONENT = 16
MAX_VALUE = 2**63
MAX_DIVIDED = 2**16

_ARITHMETIC: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Number, Number], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_UNARY: dict[type[ast.unaryop], Callable[[Number], Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}


def _divisor(number: Number, most: Number) -> Number:
    """Give the largest divisor of a number that is not above another."""
    if not 1 <= number < MAX_DIVIDED or number % 1 or most < 1:
        raise PatcherError("recipe", f"divisor({format_value(number)}, {format_value(most)}) is undefined")
    number = int(number)
    return next(one for one in range(min(number, int(most)), 0, -1) if number % one == 0)


_FUNCTIONS: dict[str, Callable[[Number, Number], Number]] = {"min": min, "max": max, "divisor": _divisor}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def evaluate(text: str, names: Mapping[str, Value]) -> Number:
    """Compute an expression.

    Args:
        text: numbers, `True`, `False`, names, `+ - * // % **`, comparisons, `and or not`, `min(...)`, `max(...)`,
            `divisor(n, most)`, the largest divisor of n that is not above another number, and a choice held against a
            text: `variant == "paper"`.
        names: the value of each name; that of a choice is a text.

    Raises:
        PatcherError: `recipe`, it is no such expression, a name is unknown, a choice is taken for a number, or a value
            is too large or undefined.
    """
    try:
        return _value(_parse(text).tree, names)
    except ZeroDivisionError:
        raise PatcherError("recipe", f"'{text}' divides by zero") from None
    except OverflowError:
        raise PatcherError("recipe", f"'{text}' is out of range") from None


def names_used(text: str) -> frozenset[str]:
    """Give the names in an expression that stand for numbers, known or not; raises as `evaluate` does."""
    return _parse(text).numbers


def choices_used(text: str) -> frozenset[tuple[str, str]]:
    """Give each name in an expression that is held against a text, with that text; raises as `evaluate` does."""
    return _parse(text).choices


def render(template: str, names: Mapping[str, Value]) -> str:
    """Replace each `{expression}` of a message by its value, `{variant}` by what is chosen; raises as `evaluate`."""

    def written(match: re.Match[str]) -> str:
        value = names.get(match[1])
        return value if isinstance(value, str) else format_value(evaluate(match[1], names))

    _check_braces(template)
    return _PLACEHOLDER.sub(written, template)


def placeholders(template: str) -> tuple[str, ...]:
    """Give the expressions between a message's braces; raises as `evaluate` does, for the braces alone."""
    _check_braces(template)
    return tuple(_PLACEHOLDER.findall(template))


def format_value(value: object) -> str:
    """Write a value as a user types it: `true` for a bool, `0.5` for a float; read again, it is the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


@contextmanager
def located(path: str, line: int | None = None) -> Iterator[None]:
    """Say in which file, and where, the expression stands that an error is about."""
    try:
        yield
    except PatcherError as error:
        error.path = error.path or path
        error.line = error.line or line
        raise


def _check_braces(template: str) -> None:
    if set("{}") & set(_PLACEHOLDER.sub("", template)):
        raise PatcherError("recipe", f"unbalanced braces in '{template}'")


@dataclass(frozen=True)
class _Expression:
    """An expression's tree, and the names in it: those of numbers, and those of choices with the texts held against."""

    tree: ast.expr
    numbers: frozenset[str]
    choices: frozenset[tuple[str, str]]


@lru_cache(maxsize=1024)
def _parse(text: str) -> _Expression:
    if len(text) > MAX_LENGTH:
        raise PatcherError("recipe", f"an expression of {len(text)} characters is too long (at most {MAX_LENGTH})")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise PatcherError("recipe", f"'{text}' is not an expression") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise PatcherError("recipe", f"an expression of {len(nodes)} parts is too long (at most {MAX_NODES})")
    chosen = {id(node): pair for node in nodes if isinstance(node, ast.Compare) and (pair := _choice(node))}
    compared = [node for node in nodes if isinstance(node, ast.Compare) and id(node) in chosen]
    texts = {id(node.comparators[0]) for node in compared}
    for node in nodes:
        if id(node) not in texts and not _is_allowed(node):
            raise PatcherError(
                "recipe",
                f"'{text}' may not contain {type(node).__name__}",
                help="Write numbers, names, + - * // % **, comparisons, and, or, not, min(...), max(...) and"
                " divisor(n, most).",
            )
    others = {id(node.func) for node in nodes if isinstance(node, ast.Call)} | {id(node.left) for node in compared}
    numbers = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in others)
    return _Expression(tree, numbers, frozenset(chosen.values()))


def _choice(node: ast.AST) -> tuple[str, str] | None:
    """Give the name and the text of `variant == "paper"` or `variant != "paper"`."""
    match node:
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str() as text)]
        ):
            return name, text
    return None


def _is_allowed(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=int() | float() as constant):
            return abs(constant) < MAX_VALUE
        case ast.Call(func=ast.Name(id=name)):
            starred = any(isinstance(argument, ast.Starred) for argument in node.args)
            enough = len(node.args) == 2 if name == "divisor" else len(node.args) >= 2
            return name in _FUNCTIONS and enough and not node.keywords and not starred
        case (
            ast.Name() | ast.Compare() | ast.BoolOp() | ast.BinOp() | ast.UnaryOp() | ast.boolop() | ast.expr_context()
        ):
            return True
    return type(node) in _ARITHMETIC or type(node) in _COMPARISONS or type(node) in _UNARY


def _value(node: ast.expr, names: Mapping[str, Value]) -> Number:
    match node:
        case ast.Constant(value=bool() | int() | float() as constant):
            return constant
        case ast.Name(id=name):
            value = _named(name, names)
            if isinstance(value, str):
                raise PatcherError("recipe", f"'{name}' is a choice and no number", help=f'Write {name} == "{value}".')
            return value
        case ast.UnaryOp():
            return _UNARY[type(node.op)](_value(node.operand, names))
        case ast.BinOp():
            return _arithmetic(type(node.op), _value(node.left, names), _value(node.right, names))
        case ast.BoolOp(op=ast.And()):
            return all(_value(part, names) for part in node.values)
        case ast.BoolOp():
            return any(_value(part, names) for part in node.values)
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=str() as text)]):
            return (_named(name, names) == text) is isinstance(op, ast.Eq)
        case ast.Compare():
            values = [_value(part, names) for part in (node.left, *node.comparators)]
            steps = zip(node.ops, values, values[1:], strict=False)
            return all(_COMPARISONS[type(op)](left, right) for op, left, right in steps)
        case ast.Call(func=ast.Name(id=name)):
            return reduce(_FUNCTIONS[name], [_value(part, names) for part in node.args])
    raise AssertionError(ast.dump(node))


def _named(name: str, names: Mapping[str, Value]) -> Value:
    if name not in names:
        raise PatcherError("recipe", f"unknown name '{name}'", help=f"Known names: {', '.join(sorted(names))}.")
    return names[name]


def _arithmetic(op: type[ast.operator], left: Number, right: Number) -> Number:
    if op is ast.Pow and not (isinstance(right, int) and 0 <= right <= MAX_EXPONENT):
        raise PatcherError("recipe", f"an exponent must be an integer from 0 to {MAX_EXPONENT}, not {right}")
    value = _ARITHMETIC[op](left, right)
    if not math.isfinite(value) or abs(value) >= MAX_VALUE:
        raise OverflowError
    return value
