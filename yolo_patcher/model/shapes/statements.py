"""Run the statements in the source of a class; where a test can't be told, both of its ways are gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Elsewhere
from yolo_patcher.model.shapes.expressions import Expressions, Frame
from yolo_patcher.model.shapes.python import binary, items_of, truth
from yolo_patcher.model.shapes.values import UNKNOWN, CannotTell, Function, Instance, Layer, Layers, either


@dataclass(frozen=True)
class End:
    """How a list of statements ended before its last: by `return`, with a value, or by `break` or `continue`."""

    kind: str
    value: object = None


class _Raised(CannotTell):
    """The source raises an error."""


class Statements(Expressions):
    """Run statements."""

    def run(self, statements: Sequence[ast.stmt], frame: Frame) -> End | None:
        """Run statements; None when they come to their last.

        Raises:
            CannotTell: what they do is not understood.
        """
        for place, statement in enumerate(statements):
            if isinstance(statement, ast.If):
                decided = truth(self.value(statement.test, frame))
                if decided is UNKNOWN:
                    return self._both(statement, statements[place + 1 :], frame)
                end = self.run(statement.body if decided else statement.orelse, frame)
            else:
                end = self._one(statement, frame)
            if end is not None:
                return end
        return None

    def _one(self, statement: ast.stmt, frame: Frame) -> End | None:
        match statement:
            case ast.Assign(targets=targets, value=assigned):
                value = self.value(assigned, frame)
                for target in targets:
                    self.store(target, value, frame)
            case ast.Expr(value=expression):
                self.value(expression, frame)
            case ast.Return(value=returned):
                return End("return", None if returned is None else self.value(returned, frame))
            case ast.AugAssign(target=target, op=operation, value=added):
                value = binary(type(operation), self.value(target, frame), self.value(added, frame))
                self.store(target, value, frame)
            case ast.AnnAssign(target=target, value=ast.expr() as assigned):
                self.store(target, self.value(assigned, frame), frame)
            case ast.For():
                return self._loop(statement, frame)
            case ast.Break():
                return End("break")
            case ast.Continue():
                return End("continue")
            case ast.With(body=body):
                return self.run(body, frame)
            case ast.Try(body=body, finalbody=last):
                return self.run([*body, *last], frame)
            case ast.Raise():
                raise _Raised
            case ast.FunctionDef(name=name):
                frame.names[name] = Function(frame.file, statement, frame.names, frame.of, frame.owner)
            case ast.Import(names=aliases):
                for alias in aliases:
                    first = alias.name.split(".", 1)[0]
                    frame.names[alias.asname or first] = Elsewhere(alias.name if alias.asname else first)
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    found = frame.file.imported(statement, alias.name)
                    frame.names[alias.asname or alias.name] = UNKNOWN if found is None else self.worth(found)
            case ast.Pass() | ast.Assert() | ast.Global() | ast.Nonlocal() | ast.Delete() | ast.AnnAssign():
                pass
            case _:
                self._forget(statement, frame)
        return None

    def _loop(self, statement: ast.For, frame: Frame) -> End | None:
        items = items_of(self.value(statement.iter, frame))
        if items is None:
            self._forget(statement, frame)
            return None
        for item in items:
            self.store(statement.target, item, frame)
            end = self.run(statement.body, frame)
            if end is not None and end.kind == "return":
                return end
            if end is not None and end.kind == "break":
                return None
        return self.run(statement.orelse, frame)

    def _both(self, statement: ast.If, rest: Sequence[ast.stmt], frame: Frame) -> End | None:
        """Run both ways of a test and what follows, and keep what they have in common."""
        names, attributes = dict(frame.names), dict(frame.of.attributes) if frame.of else {}
        ends: list[End | None] = []
        after: list[tuple[dict[str, object], dict[str, object]]] = []
        for body in (statement.body, statement.orelse):
            frame.names = _copied(names)
            if frame.of:
                frame.of.attributes = _copied(attributes)
            try:
                ends.append(self.run([*body, *rest], frame))
            except _Raised:
                continue
            after.append((frame.names, frame.of.attributes if frame.of else {}))
        if not ends:
            raise _Raised
        frame.names = _common([names for names, _ in after])
        if frame.of:
            frame.of.attributes = _common([attributes for _, attributes in after])
        if len({None if end is None else end.kind for end in ends}) > 1:
            raise CannotTell("the ways end differently")
        first = ends[0]
        return first and End(first.kind, either([end.value for end in ends if end]))

    def store(self, target: ast.expr, value: object, frame: Frame) -> None:
        """Give a target of an assignment a value."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, frame)
            case ast.Attribute(value=of, attr=name):
                owner = self.value(of, frame)
                if isinstance(owner, Instance):
                    owner.attributes[name] = value
                elif isinstance(owner, Layer):
                    raise CannotTell("a layer is changed")
            case ast.Subscript(value=of, slice=place):
                owner, where = self.value(of, frame), self.value(place, frame)
                _put(owner.items if isinstance(owner, Layers) else owner, where, value)

    def _unpack(self, targets: Sequence[ast.expr], value: object, frame: Frame) -> None:
        items = items_of(value)
        stars = [place for place, one in enumerate(targets) if isinstance(one, ast.Starred)]
        if items is not None and stars:
            place, behind = stars[0], len(targets) - stars[0] - 1
            middle = items[place : len(items) - behind]
            items = [*items[:place], middle, *items[len(items) - behind :]]
        if items is None or len(items) != len(targets):
            items = [UNKNOWN] * len(targets)
        for one, its_value in zip(targets, items, strict=True):
            self.store(one.value if isinstance(one, ast.Starred) else one, its_value, frame)

    def _forget(self, statement: ast.stmt, frame: Frame) -> None:
        """Take away all that a statement may bind or change."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Return):
                raise CannotTell("a return that may not be reached")
            for owner, name in _changed(node):
                if owner == "":
                    frame.names[name] = UNKNOWN
                elif isinstance(of := frame.names.get(owner), Instance):
                    of.attributes[name] = UNKNOWN


def _put(items: object, where: object, value: object) -> None:
    match items, where:
        case dict(), str() | int():
            items[where] = value
        case list(), int() if -len(items) <= where < len(items):
            items[where] = value
        case list(), _:
            items[:] = [UNKNOWN]


def _changed(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Give the names that a node may bind, and the attributes of names that it may change, as (name, attribute)."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield "", node.id
    if isinstance(node, ast.alias):
        yield "", (node.asname or node.name).split(".", 1)[0]
    place: ast.expr | None = None
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        place = node
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        place = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        place = node.func.value
    if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name):
        yield place.value.id, place.attr
    elif isinstance(place, ast.Name) and not isinstance(node, ast.Attribute):
        yield "", place.id


def _copied(values: dict[str, object]) -> dict[str, object]:
    """Give the values with lists of their own, so that one way does not change what the other sees."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, list):
            value = list(value)
        elif isinstance(value, Layers):
            value = Layers(value.called, list(value.items))
        found[name] = value
    return found


def _common(ways: Sequence[dict[str, object]]) -> dict[str, object]:
    names = dict.fromkeys(name for way in ways for name in way)
    return {name: either([way.get(name, UNKNOWN) for way in ways]) for name in names}
