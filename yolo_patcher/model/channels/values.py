"""The names that a branch of `parse_model`'s chain can see, and what expressions over them are worth."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from yolo_patcher.model.channels.module import RowModule, Unknown

UNKNOWN = object()
"""In the place of a value that can't be told from the text."""

_LONGEST = 1000
_FAILURES = (Unknown, TypeError, ValueError, ArithmeticError, LookupError)


class Values:
    """The values of names; a name whose value can't be told is not among them.

    Args:
        module: the row's module.
        names: the values to begin with; their lists are changed as the text says.
    """

    def __init__(self, module: RowModule, names: dict[str, object]) -> None:
        self.module = module
        self.names = names

    def perhaps(self, node: ast.expr) -> object:
        """Give an expression's value, or `UNKNOWN`; then what the expression may change is forgotten as well."""
        try:
            if isinstance(node, ast.Tuple | ast.List):
                return [value for one in node.elts for value in self._parts(one)]
            return self.of(node)
        except _FAILURES:
            self.forget(node)
            return UNKNOWN

    def _parts(self, node: ast.expr) -> list[object]:
        """Give what an element is in a list: its value, or `UNKNOWN`, and with a star all that it stands before."""
        if not isinstance(node, ast.Starred):
            return [self.perhaps(node)]
        value = self.of(node.value)
        if not isinstance(value, list):
            raise Unknown
        return value

    def of(self, node: ast.expr) -> object:
        """Give an expression's value.

        Raises:
            Unknown: it can't be told; or whatever computing it raises.
        """
        value = self._value(node)
        if value is UNKNOWN:
            raise Unknown
        return value

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Attribute():
                return self._attribute(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.BoolOp():
                return self._boolean(node)
            case ast.Call():
                return self._call(node)
            case ast.Compare():
                return self._compare(node)
            case ast.Constant():
                return node.value
            case ast.GeneratorExp() | ast.ListComp():
                return self._generator(node)
            case ast.IfExp():
                return self.of(node.body if self.of(node.test) else node.orelse)
            case ast.List() | ast.Tuple() | ast.Set():
                return self._sequence(node)
            case ast.Name():
                return self._lookup(node)
            case ast.NamedExpr():
                return self._named(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.UnaryOp():
                return self._unary(node)
            case _:
                return UNKNOWN

    def store(self, target: ast.expr, value: object) -> None:
        """Give a target of an assignment a value, which may be `UNKNOWN`."""
        if isinstance(target, ast.Name):
            self.names.pop(target.id, None)
            if value is not UNKNOWN:
                self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, list) and _fits(target.elts, value):
            for one, its_value in zip(target.elts, value, strict=True):
                self.store(one, its_value)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            place = self._part(target.slice) if isinstance(target.slice, ast.Slice) else self.perhaps(target.slice)
            if not _put(self.names.get(target.value.id), place, value):
                self.forget(target)
        else:
            self.forget(target)

    def change(self, node: ast.Call) -> bool:
        """Do what a method of a list that a name holds does to it; tell whether that was understood."""
        of, arguments = node.func, [self.perhaps(one) for one in node.args]
        if not isinstance(of, ast.Attribute) or not isinstance(of.value, ast.Name) or node.keywords:
            return False
        held = self.names.get(of.value.id)
        if not isinstance(held, list) or any(isinstance(one, ast.Starred) for one in node.args):
            return False
        match of.attr, arguments:
            case "append", [value]:
                held.append(value)
            case "extend", [list() as more] if len(held) + len(more) <= _LONGEST:
                held.extend(more)
            case "insert", [int() as place, value]:
                held.insert(place, value)
            case "pop", [] if held:
                held.pop()
            case "pop", [int() as place] if held:
                held.pop(place)
            case _:
                return False
        return True

    def forget(self, node: ast.AST) -> None:
        """Take away all that code may bind or change."""
        bound, changed = _touched(node)
        for name in changed:
            value = self.names.pop(name, None)
            if isinstance(value, list):
                self.names = {other: its for other, its in self.names.items() if its is not value}
        for name in bound:
            self.names.pop(name, None)

    def _lookup(self, node: ast.Name) -> object:
        value = self.names.get(node.id)
        return UNKNOWN if value is None else value

    def _attribute(self, node: ast.Attribute) -> object:
        return self.module.class_name() if node.attr == "__name__" and self.module.is_meant(node.value) else UNKNOWN

    def _subscript(self, node: ast.Subscript) -> object:
        container = self.of(node.value)
        if isinstance(node.slice, ast.Slice):
            part = self._part(node.slice)
            return container[part] if isinstance(container, list) and isinstance(part, slice) else UNKNOWN
        place = self.of(node.slice)
        return container[place] if isinstance(container, list) and isinstance(place, int) else UNKNOWN

    def _part(self, node: ast.Slice) -> object:
        ends = [None if end is None else self.perhaps(end) for end in (node.lower, node.upper)]
        known = node.step is None and all(end is None or isinstance(end, int) for end in ends)
        return slice(*ends) if known else UNKNOWN

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> object:
        return [self.of(one) for one in node.elts]

    def _generator(self, node: ast.GeneratorExp | ast.ListComp) -> object:
        (loop,) = node.generators
        items = self.of(loop.iter)
        if not isinstance(items, list) or not isinstance(loop.target, ast.Name) or loop.ifs:
            return UNKNOWN
        hidden, results = self.names.get(loop.target.id, UNKNOWN), []
        for item in items:
            self.store(loop.target, item)
            results.append(self.of(node.elt))
        self.store(loop.target, hidden)
        return results

    def _call(self, node: ast.Call) -> object:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "isinstance" and len(node.args) == 2 and isinstance(node.args[1], ast.Name):
            kind = _TYPES.get(node.args[1].id)
            if kind is str and self.module.is_meant(node.args[0]):
                return False  # timm's models by name: a row that is none of parse_model's own modules
            return UNKNOWN if kind is None else isinstance(self.of(node.args[0]), kind)
        if name not in _CALLS or node.keywords:
            return UNKNOWN
        return _CALLS[name](*[self.of(argument) for argument in node.args])

    def _compare(self, node: ast.Compare) -> object:
        if self.module.is_meant(node.left):
            return self.module.decide(node)
        kind, right = type(node.ops[0]), node.comparators[0]
        if len(node.ops) != 1 or kind not in _COMPARISONS:
            return UNKNOWN
        if isinstance(right, ast.Name) and right.id in self.names and self.names[right.id] is None:
            return kind is ast.NotEq if kind in (ast.Eq, ast.NotEq) else UNKNOWN
        left = self.of(node.left)
        if kind in (ast.In, ast.NotIn) and self._is_description(right):
            return self.module.is_described_by(str(left)) == (kind is ast.In)
        among = self.of(right)
        if isinstance(among, list) and any(one is UNKNOWN for one in among):
            return UNKNOWN
        return _COMPARISONS[kind](left, among)

    def _is_description(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[argument]):
                return self.module.is_meant(argument)
            case _:
                return False

    def _binary(self, node: ast.BinOp) -> object:
        left, right = self.of(node.left), self.of(node.right)
        rule = _ARITHMETIC.get(type(node.op))
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        return rule(left, right) if rule and numbers else UNKNOWN

    def _boolean(self, node: ast.BoolOp) -> object:
        value: object = UNKNOWN
        for operand in node.values:
            value = self.of(operand)
            if bool(value) != isinstance(node.op, ast.And):
                break
        return value

    def _unary(self, node: ast.UnaryOp) -> object:
        value = self.of(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) and isinstance(value, int | float) else UNKNOWN

    def _named(self, node: ast.NamedExpr) -> object:
        value = self.of(node.value)
        self.store(node.target, value)
        return value


def _put(container: object, place: object, value: object) -> bool:
    """Put a value into a list; tell whether it is known where."""
    match container, place, value:
        case list(), slice(), list():
            container[place] = value
        case list(), int(), _ if -len(container) <= place < len(container):
            container[place] = value
        case _:
            return False
    return True


def _fits(targets: Sequence[ast.expr], values: Sequence[object]) -> bool:
    return len(targets) == len(values) and not any(isinstance(one, ast.Starred) for one in targets)


@lru_cache(maxsize=4096)
def _touched(node: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """Give the names that code binds, and those whose object it may change."""
    parts = list(ast.walk(node))
    bound = frozenset(name for part in parts for name in _bound(part))
    return bound, frozenset(name for part in parts for name in _changed(part))


def _bound(node: ast.AST) -> Iterator[str]:
    """Give the names that a node binds: as a target, as a pattern, by an import or a definition."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    for field in ("name", "asname", "rest"):
        name = getattr(node, field, None)
        if isinstance(name, str):
            yield name


def _changed(node: ast.AST) -> Iterator[str]:
    """Give the names whose object a node may change: stored into, called a method of, or handed to a function."""
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        yield from _roots(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _roots(node.func)
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in _HARMLESS):
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _roots(argument) if isinstance(argument, ast.Name | ast.Subscript) else ()


def _roots(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _make_divisible(value: float, divisor: int) -> int:
    return math.ceil(value / divisor) * divisor


_CALLS: Mapping[str, Callable[..., object]] = {
    "make_divisible": _make_divisible, "min": min, "max": max, "sum": sum, "round": round, "int": int, "len": len,
    "set": list, "frozenset": list,
}  # fmt: skip
_TYPES: Mapping[str, type] = {"int": int, "float": float, "list": list, "str": str}
_HARMLESS = frozenset({*_CALLS, *_TYPES, "isinstance", "print", "repr", "tuple", "type"})
_ARITHMETIC: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip
