"""Which modules a test of `parse_model` compares a row's module with: `m is X`, `m in {X} | GROUP`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from yolo_patcher.checkout.definitions import Definition, Elsewhere, Meaning, PythonFile

Bound = Mapping[str, ast.expr | ast.ImportFrom | None]
"""What a block binds each of its names to; None where that can't be told."""

_MAKERS = frozenset({"dict", "frozenset", "list", "set", "sorted", "tuple"})
_CHANGERS = frozenset(
    {"add", "append", "clear", "difference_update", "discard", "extend", "insert", "intersection_update", "pop"}
    | {"popitem", "remove", "setdefault", "symmetric_difference_update", "update"}
)
_CHANGED = rf"(?:[-+|&^*]=|\.[ \t]*(?:{'|'.join(sorted(_CHANGERS))})[ \t]*\()"
_DEEPEST = 8
_Seen = frozenset[tuple[str, str]]
"""The names, each with its file, that are being looked up."""


@dataclass(frozen=True)
class Modules:
    """The modules that a test names.

    Attributes:
        names: their names as the file of `parse_model` has them, in the order of the text.
        texts: the strings among them, which a module is compared with before its name is looked up.
        complete: whether these are all; False where a part can't be told from the checkout's text.
    """

    names: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    complete: bool = True

    def __or__(self, more: Modules) -> Modules:
        """Give both."""
        names = tuple(dict.fromkeys((*self.names, *more.names)))
        return Modules(names, self.texts | more.texts, self.complete and more.complete)

    def among(self, names: Iterable[str], *, kept: bool) -> tuple[str, ...]:
        """Give its names that are among others, or those that are not."""
        others = set(names)
        return tuple(name for name in self.names if (name in others) == kept)


_UNKNOWN = Modules(complete=False)


@dataclass(frozen=True, eq=False)
class Scope:
    """Where a name is looked up.

    Attributes:
        bound: what the function, or the class, binds.
        file: the file around it.
        home: the file of `parse_model`, in which a model YAML's names are looked up.
    """

    bound: Bound
    file: PythonFile
    home: PythonFile


def compared_modules(test: ast.Compare, scope: Scope) -> Modules:
    """Give the modules that `m is X`, `m == X`, `m in X`, or the negation of such a test, compares with."""
    compared = test.comparators[0]
    if not isinstance(test.ops[0], ast.In | ast.NotIn):
        return _element(compared, scope)
    try:
        return _contained(compared, scope, frozenset())
    except RecursionError:
        return _UNKNOWN


def bound_in(statements: Sequence[ast.stmt], parameters: Iterable[str] = ()) -> Bound:
    """Give what the statements of a function or of a class bind, however deep they stand.

    Args:
        statements: its body.
        parameters: names that its caller binds.
    """
    found: dict[str, ast.expr | ast.ImportFrom | None] = dict.fromkeys(parameters)
    for name, value in _bindings(statements):
        found[name] = None if name in found else value
    return found


def _bindings(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr | ast.ImportFrom | None]]:
    pending = list(statements)
    while pending:
        statement = pending.pop()
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.Assign(targets=targets):
                yield from ((name, None) for target in targets for name in _stored(target))
            case ast.AugAssign(target=target) | ast.For(target=target):
                yield from ((name, None) for name in _stored(target))
            case ast.ImportFrom(names=aliases):
                yield from ((alias.asname or alias.name, statement) for alias in aliases)
            case ast.Import(names=aliases):
                yield from ((alias.asname or alias.name.split(".", 1)[0], None) for alias in aliases)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, None
                continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))) if attr in _CHANGERS:
                yield name, None
        pending += [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
        pending += [node for handler in getattr(statement, "handlers", ()) for node in handler.body]


def _stored(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _contained(node: ast.expr, scope: Scope, seen: _Seen) -> Modules:
    """Give the modules in a container."""

    def all_of(parts: Iterable[ast.expr]) -> Modules:
        return _joined(_contained(part, scope, seen) for part in parts)

    match node:
        case ast.Set(elts=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return _joined(_part(part, scope, seen) for part in parts)
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return _joined(_element(key, scope) if key else _contained(value, scope, seen) for key, value in pairs)
        case ast.Call(func=ast.Name(id=maker), args=parts, keywords=[]) if maker in _MAKERS and len(parts) < 2:
            return all_of(parts)
        case ast.Call(func=ast.Attribute(value=first, attr="union"), args=parts, keywords=[]):
            return all_of([first, *parts])
        case ast.Call(func=ast.Attribute(value=first, attr="keys" | "copy"), args=[], keywords=[]):
            return all_of([first])
        case ast.BinOp(op=ast.BitOr() | ast.Add()):
            return all_of(_summands(node))
        case ast.BinOp(left=left, op=ast.Sub() | ast.BitAnd() as operator, right=right):
            kept, those = _contained(left, scope, seen), _contained(right, scope, seen)
            if not those.complete:
                return _UNKNOWN
            return Modules(kept.among(those.names, kept=isinstance(operator, ast.BitAnd)), kept.texts, kept.complete)
        case ast.Name(id=name):
            return _named(name, scope, seen)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return _attribute(name, attribute, scope, seen)
    return _UNKNOWN


def _joined(parts: Iterable[Modules]) -> Modules:
    return reduce(Modules.__or__, parts, Modules())


def _summands(node: ast.expr) -> list[ast.expr]:
    """Give the parts of a sum, which to the syntax tree is as deep as it has parts."""
    found = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.Add):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _part(node: ast.expr, scope: Scope, seen: _Seen) -> Modules:
    return _contained(node.value, scope, seen) if isinstance(node, ast.Starred) else _element(node, scope)


def _element(node: ast.expr, scope: Scope) -> Modules:
    """Give the one module that an expression is."""
    if isinstance(node, ast.Constant):
        return Modules(texts=frozenset({node.value})) if isinstance(node.value, str) else Modules()
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        # A module equals no container.
        return Modules()
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return _UNKNOWN
    means_that = scope.file is scope.home or _same(scope.file.find(root.id), scope.home.find(root.id))
    return Modules((ast.unparse(node),)) if means_that else _UNKNOWN


def _same(first: Meaning | None, second: Meaning | None) -> bool:
    if isinstance(first, Definition) and isinstance(second, Definition):
        return first.node is second.node
    return isinstance(first, Elsewhere) and isinstance(second, Elsewhere) and first.name == second.name


def _named(name: str, scope: Scope, seen: _Seen) -> Modules:
    """Give the modules in a container that a name means."""
    here = (scope.file.source.path, name)
    if here in seen or len(seen) > _DEEPEST:
        return _UNKNOWN
    seen |= {here}
    if name in scope.bound:
        value = scope.bound[name]
        if isinstance(value, ast.ImportFrom):
            alias = next(alias for alias in value.names if (alias.asname or alias.name) == name)
            return _defined(scope.file.imported(value, alias.name), scope, seen)
        return _UNKNOWN if value is None else _contained(value, scope, seen)
    if re.search(rf"\b{name}[ \t]*{_CHANGED}", scope.file.source.text):
        return _UNKNOWN
    return _defined(scope.file.find(name), scope, seen)


def _defined(meaning: Meaning | None, scope: Scope, seen: _Seen) -> Modules:
    if not isinstance(meaning, Definition) or not isinstance(meaning.node, ast.expr):
        return _UNKNOWN
    # What an `if` chose, or a statement below changed, is not told by one assignment.
    bindings = re.findall(
        rf"^[ \t]*{meaning.name}[ \t]*(?:(?::[^=\n]*)?=(?!=)|{_CHANGED})", meaning.file.source.text, re.MULTILINE
    )
    if len(bindings) != 1:
        return _UNKNOWN
    return _contained(meaning.node, Scope({}, meaning.file, scope.home), seen)


def _attribute(name: str, attribute: str, scope: Scope, seen: _Seen) -> Modules:
    """Give the modules in a container that a class, or another file of the checkout, binds."""
    if name in scope.bound:
        return _UNKNOWN
    module = scope.file.module(name)
    if module is not None:
        return _named(attribute, Scope({}, module, scope.home), seen)
    meaning = scope.file.find(name)
    if not isinstance(meaning, Definition) or not isinstance(meaning.node, ast.ClassDef):
        return _UNKNOWN
    changed = rf"\.{attribute}[ \t]*=(?!=)|\b{attribute}[ \t]*{_CHANGED}"
    bound = bound_in(meaning.node.body)
    texts = {file.source.path: file.source.text for file in (meaning.file, scope.file)}
    if attribute not in bound or any(re.search(changed, text) for text in texts.values()):
        return _UNKNOWN
    return _named(attribute, Scope(bound, meaning.file, scope.home), seen)
