"""A class of the checkout as its source says it: its bases, its methods, and what its constructor assigns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from yolo_patcher.checkout.definitions import Definition, Elsewhere, Meaning, PythonFile


def meaning_of(file: PythonFile, node: ast.expr) -> Meaning | None:
    """Give what a name or a dotted name means in a file, None where that can't be told."""
    if isinstance(node, ast.Name):
        return file.find(node.id)
    if not isinstance(node, ast.Attribute):
        return None
    if isinstance(node.value, ast.Name):
        module = file.module(node.value.id)
        if module is not None:
            return module.find(node.attr)
    owner = meaning_of(file, node.value)
    return Elsewhere(f"{owner.name}.{node.attr}") if isinstance(owner, Elsewhere) else None


def line_of(definition: Definition) -> Iterator[Definition | Elsewhere]:
    """Give a class and those that it inherits from, nearest first."""
    yield definition
    assert isinstance(definition.node, ast.ClassDef)
    for base in definition.node.bases:
        meaning = meaning_of(definition.file, base)
        if isinstance(meaning, Definition) and isinstance(meaning.node, ast.ClassDef):
            yield from line_of(meaning)
        elif isinstance(meaning, Elsewhere):
            yield meaning


def classes_of(definition: Definition) -> list[Definition]:
    """Give a class of the checkout and those of the checkout that it inherits from, nearest first."""
    return [one for one in line_of(definition) if isinstance(one, Definition)]


def descends(definition: Definition, base: Definition) -> bool:
    """Tell whether a class is another or inherits from it."""
    return any(one.node is base.node for one in classes_of(definition))


def methods(definition: Definition) -> dict[str, tuple[Definition, ast.FunctionDef]]:
    """Give the methods of a class by name, each with the class that defines it."""
    found: dict[str, tuple[Definition, ast.FunctionDef]] = {}
    for owner in classes_of(definition):
        assert isinstance(owner.node, ast.ClassDef)
        for statement in reversed(owner.node.body):
            if isinstance(statement, ast.FunctionDef):
                found.setdefault(statement.name, (owner, statement))
    return found


def ways(definition: Definition) -> dict[str, tuple[Definition, ast.FunctionDef]]:
    """Give the methods by which a module may be called: `forward`, and those that a host puts in its stead."""
    return {name: method for name, method in methods(definition).items() if "forward" in name and name[0] != "_"}


@dataclass(frozen=True, eq=False)
class Value:
    """What a constructor may assign to an attribute.

    Attributes:
        node: the expression.
        method: the constructor.
        file: the file that it stands in.
    """

    node: ast.expr
    method: ast.FunctionDef
    file: PythonFile


@lru_cache(maxsize=1024)
def assigned(definition: Definition) -> Mapping[str, Sequence[Value]]:
    """Give what the constructors of a class and its bases may leave as each attribute."""
    found: dict[str, list[Value]] = {}
    for owner in reversed(classes_of(definition)):
        assert isinstance(owner.node, ast.ClassDef)
        for method in owner.node.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                for statement in method.body:
                    _assign(statement, owner.file, method, found)
    return found


def _assign(statement: ast.stmt, file: PythonFile, method: ast.FunctionDef, found: dict[str, list[Value]]) -> None:
    """Take what a statement of a constructor assigns; what it assigns under a condition is one more that may be."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                before = [] if node is statement else found.get(target.attr, [])
                found[target.attr] = [*before, *([Value(node.value, method, file)] if node.value else [])]


def options(node: ast.expr, method: ast.FunctionDef) -> Iterator[ast.expr]:
    """Give the expressions that may be a value: both of `a if test else b`, and what a local name stands for."""
    if isinstance(node, ast.IfExp):
        yield from options(node.body, method)
        yield from options(node.orelse, method)
        return
    if isinstance(node, ast.Name):
        values = [
            one.value
            for one in ast.walk(method)
            if isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == node.id for to in one.targets)
        ]
        if values:
            for value in values:
                if not any(isinstance(one, ast.Name) and one.id == node.id for one in ast.walk(value)):
                    yield from options(value, method)
            return
    yield node


@lru_cache(maxsize=1024)
def parts(definition: Definition) -> Sequence[Definition]:
    """Give the classes of the checkout that a class may build its attributes of, those of the parts included."""
    pending, found = [definition], [definition]
    while pending:
        current = pending.pop()
        for value in (value for values in assigned(current).values() for value in values):
            for name in _names(value.node, value.method):
                meaning = meaning_of(value.file, name)
                if isinstance(meaning, Definition) and isinstance(meaning.node, ast.FunctionDef | ast.ClassDef):
                    for part in _built(meaning):
                        if all(part.node is not one.node for one in found):
                            found.append(part)
                            pending.append(part)
    return found[1:]


def _built(meaning: Definition) -> Iterator[Definition]:
    """Give a class; of a function, the classes that it may give an object of."""
    if isinstance(meaning.node, ast.ClassDef):
        yield meaning
        return
    for node in ast.walk(meaning.node):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            inner = meaning_of(meaning.file, node.value.func)
            if isinstance(inner, Definition) and isinstance(inner.node, ast.ClassDef):
                yield inner


def _names(value: ast.expr, method: ast.FunctionDef) -> Iterator[ast.expr]:
    """Give the names in a value, in what its local names stand for, and in the defaults of the parameters it names."""
    defaults = _defaults(method)
    pending, seen = [value], set()
    while pending:
        for node in ast.walk(pending.pop()):
            if isinstance(node, ast.Attribute):
                yield node
            if not isinstance(node, ast.Name) or node.id in seen:
                continue
            seen.add(node.id)
            yield node
            pending += [one for one in options(node, method) if one is not node]
            if node.id in defaults:
                pending.append(defaults[node.id])


def _defaults(method: ast.FunctionDef) -> dict[str, ast.expr]:
    wanted = method.args
    names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
    found = dict(zip(names[len(names) - len(wanted.defaults) :], wanted.defaults, strict=True))
    return found | {
        one.arg: value for one, value in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True) if value is not None
    }
