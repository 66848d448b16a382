"""What a module's `forward` makes of its input: which of its own modules it calls on what, and what it adds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_ELEMENTWISE = frozenset({"relu", "silu", "gelu", "leaky_relu", "hardswish", "sigmoid", "tanh", "dropout", "mish"})


@dataclass(frozen=True)
class Given:
    """A parameter of the method."""

    name: str


@dataclass(frozen=True)
class Called:
    """What one of the module's own modules, or methods, makes of a value."""

    name: str
    of: Value


@dataclass(frozen=True)
class Plus:
    """A sum."""

    left: Value
    right: Value


@dataclass(frozen=True)
class Joined:
    """Maps put one behind the other, as `torch.cat` does."""

    of: tuple[Value, ...]


@dataclass(frozen=True)
class Choice:
    """One of two values, by a test."""

    of: tuple[Value, Value]


@dataclass(frozen=True)
class Other:
    """Anything else, told apart by where it stands."""

    place: int = 0


Value = Given | Called | Plus | Joined | Choice | Other


@dataclass
class Trace:
    """What a method does.

    Attributes:
        returned: the values that it may return.
        sums: the sums that it makes, in their order.
    """

    returned: list[Value] = field(default_factory=list)
    sums: list[Plus] = field(default_factory=list)


@lru_cache(maxsize=1024)
def trace(method: ast.FunctionDef) -> Trace:
    """Read a method; of two ways by a test both are read, and a loop once."""
    arguments = [one.arg for one in (*method.args.posonlyargs, *method.args.args)][1:]
    found = Trace()
    _run(method.body, {name: Given(name) for name in arguments}, found)
    return found


def alternatives(value: Value) -> Iterator[Value]:
    """Give the values that a value may be."""
    if isinstance(value, Choice):
        for one in value.of:
            yield from alternatives(one)
    else:
        yield value


def _run(statements: Sequence[ast.stmt], names: dict[str, Value], found: Trace) -> None:
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                names[name] = _value(value, names, found)
            case ast.Assign(targets=targets, value=value):
                _value(value, names, found)
                for node in (node for target in targets for node in ast.walk(target)):
                    if isinstance(node, ast.Name):
                        names[node.id] = Other(id(node))
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                total = Plus(names.get(name, Other(id(statement))), _value(value, names, found))
                names[name] = total
                found.sums.append(total)
            case ast.Return(value=value) if value is not None:
                found.returned.append(_value(value, names, found))
            case ast.If(test=test, body=body, orelse=orelse):
                _value(test, names, found)
                other = dict(names)
                _run(body, names, found)
                _run(orelse, other, found)
                _join(names, other)
            case ast.For(body=body) | ast.With(body=body) | ast.Try(body=body):
                _run(body, names, found)
            case ast.Expr(value=value):
                _value(value, names, found)


def _join(names: dict[str, Value], other: Mapping[str, Value]) -> None:
    for name, value in other.items():
        if names.setdefault(name, value) != value:
            names[name] = Choice((names[name], value))


def _value(node: ast.expr, names: Mapping[str, Value], found: Trace) -> Value:
    match node:
        case ast.Name(id=name):
            return names.get(name, Other(id(node)))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            total = Plus(_value(left, names, found), _value(right, names, found))
            found.sums.append(total)
            return total
        case ast.IfExp(body=body, orelse=orelse):
            return Choice((_value(body, names, found), _value(orelse, names, found)))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[first, *_]):
            return Called(name, _value(first, names, found))
        case ast.Call(
            func=ast.Attribute(attr="cat" | "concat"), args=[ast.Tuple(elts=items) | ast.List(elts=items), *_]
        ):
            return Joined(tuple(_value(item, names, found) for item in items))
        case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in _ELEMENTWISE:
            return _value(first, names, found)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _value(child, names, found)
    return Other(id(node))
