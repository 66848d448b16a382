"""The expressions that run while a class is defined: bases, defaults, constants and annotations that do nothing."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterator, Mapping

from yolo_patcher.recipe.inert_names import ANNOTATIONS, GENERIC, VALUES

Fault = tuple[str, int]
"""What is wrong with an expression, and in which line."""

_LONGEST_TEXT = 200


def meaning(node: ast.expr, names: Mapping[str, str]) -> str:
    """Give what a dotted name stands for, as `torch.nn.ReLU`; empty when it is no name or an unknown one.

    Args:
        node: the expression.
        names: what plain names stand for.
    """
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            owner = meaning(value, names)
            return f"{owner}.{attribute}" if owner else ""
        case _:
            return ""


def value_faults(node: ast.expr, what: str, names: Mapping[str, str]) -> Iterator[Fault]:
    """Find what would run, or is not known to do nothing, in a default or a constant of a class."""
    match node:
        case ast.Constant():
            pass
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float() | complex())):
            pass
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                yield from value_faults(item, what, names)
        case ast.Dict(keys=keys, values=items) if all(isinstance(key, ast.Constant) for key in keys):
            for item in items:
                yield from value_faults(item, what, names)
        case ast.Name() | ast.Attribute():
            yield from _unknown(node, what, names, VALUES)
        case _:
            yield f"{what} is computed when the class is imported", node.lineno


def annotation_faults(node: ast.expr, what: str, names: Mapping[str, str]) -> Iterator[Fault]:
    """Find what would run, or is not known to do nothing, in an annotation, also in one that is a text."""
    match node:
        case ast.Constant(value=None):
            pass
        case ast.Constant(value=str() as text):
            inner = _expression(text)
            if inner is None or next(annotation_faults(inner, what, names), None) is not None:
                yield f"{what} is a text that names no type", node.lineno
        case ast.BinOp(left=left, op=ast.BitOr(), right=right) if not _is_no_union(left, right):
            for side in (left, right):
                yield from annotation_faults(side, what, names)
        case ast.Subscript(value=owner, slice=inside) if meaning(owner, names) in GENERIC:
            for item in inside.elts if isinstance(inside, ast.Tuple) else [inside]:
                yield from _argument_faults(item, what, names)
        case ast.Subscript(value=owner, slice=inside) if meaning(owner, names) == "typing.Literal":
            items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            if not all(isinstance(item, ast.Constant) for item in items):
                yield f"{what} is computed when the class is imported", node.lineno
        case ast.Name() | ast.Attribute():
            yield from _unknown(node, what, names, ANNOTATIONS)
        case _:
            yield f"{what} is computed when the class is imported", node.lineno


def _is_no_union(left: ast.expr, right: ast.expr) -> bool:
    """Tell whether `|` would fail between two things that may stand in an annotation alone."""
    values = [side.value for side in (left, right) if isinstance(side, ast.Constant)]
    return values == [None, None] or any(isinstance(value, str) for value in values)


def _argument_faults(node: ast.expr, what: str, names: Mapping[str, str]) -> Iterator[Fault]:
    """Find the same between the brackets of a type, where `...` and a list of types may stand as well."""
    match node:
        case ast.Constant(value=value) if value is ...:
            pass
        case ast.List(elts=items):
            for item in items:
                yield from annotation_faults(item, what, names)
        case ast.Tuple(elts=[]):
            pass
        case _:
            yield from annotation_faults(node, what, names)


def _expression(text: str) -> ast.expr | None:
    """Parse the text of an annotation as Python would, were it asked for."""
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _unknown(node: ast.expr, what: str, names: Mapping[str, str], known: Collection[str]) -> Iterator[Fault]:
    if meaning(node, names) not in known:
        yield f"{what} is {ast.unparse(node)}, which is not known to do nothing on import", node.lineno
