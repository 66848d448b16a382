"""The values of expressions in the source of a class."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from yolo_patcher.checkout.definitions import Definition, Elsewhere, Meaning, PythonFile
from yolo_patcher.model.shapes.python import BUILTINS, FAILURES, binary, compare, items_of, truth
from yolo_patcher.model.shapes.tensors import indexed
from yolo_patcher.model.shapes.values import UNKNOWN, Function, Instance, Layers, Tensor, TooLong, either

_MOST_STEPS = 20_000
_LONGEST_TEXT = 1000


@dataclass
class Frame:
    """What a running function can see.

    Attributes:
        file: the file that it stands in.
        names: its own names, and those of the functions around it.
        of: the object that it is a method of.
        owner: the class that it is defined in.
    """

    file: PythonFile
    names: dict[str, object]
    of: Instance | None = None
    owner: Definition | None = None


class Expressions:
    """Give the values of expressions, within a number of steps."""

    def __init__(self) -> None:
        self.left = _MOST_STEPS
        self._constants: dict[Definition, object] = {}

    def begin(self) -> None:
        """Begin to count the steps anew."""
        self.left = _MOST_STEPS

    @abstractmethod
    def call(
        self, called: object, args: Sequence[object], settings: Mapping[str, object], frame: Frame | None = None
    ) -> object:
        """Give the value of a call."""

    @abstractmethod
    def attribute(self, owner: object, name: str) -> object:
        """Give an attribute's value."""

    @abstractmethod
    def store(self, target: ast.expr, value: object, frame: Frame) -> None:
        """Give a target of an assignment a value."""

    def value(self, node: ast.expr, frame: Frame) -> object:
        """Give an expression's value, `UNKNOWN` where the text does not say it.

        Raises:
            TooLong: it takes too many steps.
            Unequal: it puts maps together that do not fit.
        """
        self.left -= 1
        if self.left < 0:
            raise TooLong
        rule = _RULES.get(type(node))
        try:
            return rule(self, node, frame) if rule else UNKNOWN
        except FAILURES:
            return UNKNOWN

    def _name(self, node: ast.Name, frame: Frame) -> object:
        if node.id in frame.names:
            return frame.names[node.id]
        return self.meaning(frame.file, node.id)

    def meaning(self, file: PythonFile, name: str) -> object:
        """Give what a name is worth at a file's top level."""
        found = file.find(name)
        if found is None:
            return partial(_builtin, BUILTINS[name]) if name in BUILTINS else Elsewhere(f"builtins.{name}")
        return self.worth(found)

    def worth(self, found: Meaning) -> object:
        """Give the value of what a name means."""
        if isinstance(found, Elsewhere) or isinstance(found.node, ast.ClassDef):
            return found
        if found not in self._constants:
            self._constants[found] = UNKNOWN
            self._constants[found] = self._constant_of(found.file, found.node)
        return self._constants[found]

    def _constant_of(self, file: PythonFile, node: ast.FunctionDef | ast.expr) -> object:
        if isinstance(node, ast.FunctionDef):
            return Function(file, node, {})
        # What a file works out when it is imported, as the version of torch, is of no use here.
        called = node.func if isinstance(node, ast.Call) else None
        if called is not None and isinstance(self.value(called, Frame(file, {})), Function):
            return UNKNOWN
        return self.value(node, Frame(file, {}))

    def _attribute(self, node: ast.Attribute, frame: Frame) -> object:
        return self.attribute(self.value(node.value, frame), node.attr)

    def _constant(self, node: ast.Constant, frame: Frame) -> object:
        return node.value

    def listed(self, nodes: Sequence[ast.expr], frame: Frame) -> list[object]:
        """Give the values of expressions of which some may be starred.

        Raises:
            LookupError: what a star stands before can't be told.
        """
        found: list[object] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items = items_of(self.value(node.value, frame))
                if items is None:
                    raise LookupError
                found += items
            else:
                found.append(self.value(node, frame))
        return found

    def _list(self, node: ast.List, frame: Frame) -> object:
        return self.listed(node.elts, frame)

    def _tuple(self, node: ast.Tuple, frame: Frame) -> object:
        return tuple(self.listed(node.elts, frame))

    def _dict(self, node: ast.Dict, frame: Frame) -> object:
        pairs = [
            (self.value(key, frame) if key else UNKNOWN, value)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        if not all(isinstance(key, str | int) for key, _ in pairs):
            return UNKNOWN
        return {key: self.value(value, frame) for key, value in pairs}

    def _call(self, node: ast.Call, frame: Frame) -> object:
        called = self.value(node.func, frame)
        settings: dict[str, object] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, frame)
            if keyword.arg is not None:
                settings[keyword.arg] = value
            elif isinstance(value, dict):
                settings |= value
            else:
                return UNKNOWN
        return self.call(called, self.listed(node.args, frame), settings, frame)

    def _binary(self, node: ast.BinOp, frame: Frame) -> object:
        return binary(type(node.op), self.value(node.left, frame), self.value(node.right, frame))

    def _unary(self, node: ast.UnaryOp, frame: Frame) -> object:
        value = self.value(node.operand, frame)
        if isinstance(node.op, ast.Not):
            decided = truth(value)
            return UNKNOWN if decided is UNKNOWN else not decided
        if isinstance(value, Tensor):
            return value
        return -value if isinstance(node.op, ast.USub) and isinstance(value, int | float) else UNKNOWN

    def _compare(self, node: ast.Compare, frame: Frame) -> object:
        left, results = self.value(node.left, frame), []
        for kind, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, frame)
            results.append(compare(type(kind), left, right))
            left = right
        if any(result is False for result in results):
            return False
        return UNKNOWN if UNKNOWN in results else True

    def _boolean(self, node: ast.BoolOp, frame: Frame) -> object:
        wanted = isinstance(node.op, ast.Or)
        value: object = UNKNOWN
        unsure = False
        for operand in node.values:
            value = self.value(operand, frame)
            decided = truth(value)
            if decided is wanted:
                return UNKNOWN if unsure and value is not wanted else value
            unsure = unsure or decided is UNKNOWN
        return UNKNOWN if unsure else value

    def _either(self, node: ast.IfExp, frame: Frame) -> object:
        decided = truth(self.value(node.test, frame))
        if decided is UNKNOWN:
            return either([self.value(node.body, frame), self.value(node.orelse, frame)])
        return self.value(node.body if decided else node.orelse, frame)

    def _subscript(self, node: ast.Subscript, frame: Frame) -> object:
        container = self.value(node.value, frame)
        place = self.value(node.slice, frame)
        if isinstance(container, Tensor):
            return indexed(container, list(place) if isinstance(place, tuple) else [place])
        if isinstance(container, Layers):
            chosen = _picked(container.items, place)
            return Layers(container.called, chosen) if isinstance(chosen, list) and isinstance(place, slice) else chosen
        if isinstance(container, dict):
            return container[place]
        return _picked(container, place)

    def _slice(self, node: ast.Slice, frame: Frame) -> object:
        return slice(
            *(None if part is None else self.value(part, frame) for part in (node.lower, node.upper, node.step))
        )

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp, frame: Frame) -> object:
        inner = Frame(frame.file, dict(frame.names), frame.of, frame.owner)
        found: list[object] = []
        return found if self._generate(node.generators, node.elt, inner, found) else UNKNOWN

    def _generate(
        self, loops: Sequence[ast.comprehension], element: ast.expr, frame: Frame, found: list[object]
    ) -> bool:
        """Collect the elements of a comprehension; tell whether all of them are known to be there."""
        if not loops:
            found.append(self.value(element, frame))
            return True
        items = items_of(self.value(loops[0].iter, frame))
        if items is None:
            return False
        for item in items:
            self.store(loops[0].target, item, frame)
            tests = [truth(self.value(test, frame)) for test in loops[0].ifs]
            if UNKNOWN in tests:
                return False
            if all(tests) and not self._generate(loops[1:], element, frame, found):
                return False
        return True

    def _text(self, node: ast.JoinedStr, frame: Frame) -> object:
        parts = []
        for part in node.values:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part, frame)
            if not isinstance(value, str | int) or (isinstance(part, ast.FormattedValue) and part.format_spec):
                return UNKNOWN
            parts.append(str(value))
        text = "".join(parts)
        return text if len(text) < _LONGEST_TEXT else UNKNOWN

    def _lambda(self, node: ast.Lambda, frame: Frame) -> object:
        return Function(frame.file, node, frame.names, frame.of, frame.owner)

    def _named(self, node: ast.NamedExpr, frame: Frame) -> object:
        value = self.value(node.value, frame)
        self.store(node.target, value, frame)
        return value


def _picked(container: object, place: object) -> object:
    if isinstance(container, list | tuple | str) and isinstance(place, int | slice):
        return container[place]
    return UNKNOWN


def _builtin(function: Callable[..., object], *args: object) -> object:
    return function(*args)


_RULES: Mapping[type[ast.expr], Callable[..., object]] = {
    ast.Attribute: Expressions._attribute,
    ast.BinOp: Expressions._binary,
    ast.BoolOp: Expressions._boolean,
    ast.Call: Expressions._call,
    ast.Compare: Expressions._compare,
    ast.Constant: Expressions._constant,
    ast.Dict: Expressions._dict,
    ast.GeneratorExp: Expressions._comprehension,
    ast.IfExp: Expressions._either,
    ast.JoinedStr: Expressions._text,
    ast.Lambda: Expressions._lambda,
    ast.List: Expressions._list,
    ast.ListComp: Expressions._comprehension,
    ast.Name: Expressions._name,
    ast.NamedExpr: Expressions._named,
    ast.Slice: Expressions._slice,
    ast.Subscript: Expressions._subscript,
    ast.Tuple: Expressions._tuple,
    ast.UnaryOp: Expressions._unary,
}
