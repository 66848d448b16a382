"""What a stranger's class may hold: methods, and a short list of what does nothing when the class is merely imported.

The list is closed: what is not known to be inert is refused. What the methods do is not restricted: they run in the
verify process, and afterwards wherever the user trains.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.recipe.class_values import annotation_faults, meaning, value_faults
from yolo_patcher.recipe.inert_names import BASES, BUILTIN_TYPES, DECORATORS, METHODS

MAX_DEPTH = 100
MAX_INTEGER = 2**64
OLDEST = (3, 7)
"""The Python whose syntax a class may use; the parser tells no older one apart."""

_PLAIN = "Write a number, a text, True, False, None, a class of nn, or a tuple of them."
_TYPES = "Write a type of Python's, of typing by its own name, Tensor, or a class of nn."


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and in which line."""

    problem: str
    line: int
    help: str = ""


def find_fault(text: str, node: ast.ClassDef, imported: Mapping[str, str]) -> Fault | None:
    """Give the first thing about a class that is not allowed, or None.

    Args:
        text: the template, which compiles.
        node: the class in it.
        imported: the names that the template's imports bind, and what each means.
    """
    bound = set(_bound(node))
    names = {name: meant for name, meant in {**BUILTIN_TYPES, **imported}.items() if name not in bound}
    checks = (
        _header(node, imported),
        _body(node, names, bound),
        _insides(node),
        _unknown(text, node, imported),
        _indents(text.split("\n"), node),
        _newer(text),
    )
    for check in checks:
        fault = next(check, None)
        if fault is not None:
            return fault
    return None


def too_deep(tree: ast.AST) -> int | None:
    """Give the line at which a tree is nested more than `MAX_DEPTH` deep, or None; it needs no stack itself."""
    pending = [(tree, 0, 1)]
    while pending:
        node, depth, line = pending.pop()
        line = getattr(node, "lineno", line)
        if depth > MAX_DEPTH:
            return line
        pending += [(child, depth + 1, line) for child in ast.iter_child_nodes(node)]
    return None


def hides(name: str) -> bool:
    """Tell whether an import as that name would hide what Python itself calls so, in the whole file."""
    return name.startswith("__") or hasattr(builtins, name)


def python_names(text: str) -> frozenset[str]:
    """Give the names that a template takes from Python itself."""
    return frozenset(name for name in _globals(text) if hasattr(builtins, name))


def _bound(node: ast.ClassDef) -> Iterator[str]:
    """Give the names that the class's body binds, in any way there is."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        else:
            yield from (inner.id for inner in ast.walk(statement) if isinstance(inner, ast.Name) and _stores(inner))


def _stores(name: ast.Name) -> bool:
    return not isinstance(name.ctx, ast.Load)


def _header(node: ast.ClassDef, imported: Mapping[str, str]) -> Iterator[Fault]:
    if node.decorator_list:
        yield Fault("the class has a decorator", node.lineno)
    if node.keywords:
        yield Fault("the class has a keyword among its bases", node.keywords[0].value.lineno)
    if len(node.bases) > 1:
        yield Fault("the class has more than one base", node.bases[1].lineno, "Write nn.Module.")
    for base in node.bases:
        if meaning(base, imported) not in BASES:
            yield Fault("a base of the class is no class of torch.nn that is known", base.lineno, "Write nn.Module.")


def _body(node: ast.ClassDef, names: Mapping[str, str], bound: set[str]) -> Iterator[Fault]:
    for number, statement in enumerate(node.body):
        match statement:
            case ast.FunctionDef():
                yield from _method(statement, node.name, names, bound)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield from _class_value(name, value, names)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield from _annotation(annotation, "an annotation", node.name, names)
                if value is not None:
                    yield from _class_value(name, value, names)
            case ast.Pass():
                pass
            case ast.Expr(value=ast.Constant()) if number == 0:
                pass
            case _:
                yield Fault(
                    "the class holds a statement that is neither a method nor a constant",
                    statement.lineno,
                    "Move what it does into __init__.",
                )


def _method(method: ast.FunctionDef, own: str, names: Mapping[str, str], bound: set[str]) -> Iterator[Fault]:
    if method.name.startswith("__") and method.name.endswith("__") and method.name not in METHODS:
        yield Fault(
            f"the class defines {method.name}",
            method.lineno,
            "Python may call it when the class is imported; those that it calls for objects alone are allowed.",
        )
    for decorator in method.decorator_list:
        if not (isinstance(decorator, ast.Name) and decorator.id in DECORATORS):
            yield Fault("a method has a decorator", decorator.lineno, f"Allowed: {', '.join(sorted(DECORATORS))}.")
        elif decorator.id in bound:
            yield Fault(f"a method has the decorator {decorator.id}, which the class binds anew", decorator.lineno)
    arguments = method.args
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if default is not None:
            for problem, line in value_faults(default, f"a default of {method.name}", names):
                yield Fault(problem, line, _PLAIN)
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for annotation in (method.returns, *(one.annotation for one in every if one is not None)):
        if annotation is not None:
            yield from _annotation(annotation, f"an annotation of {method.name}", own, names)


def _annotation(annotation: ast.expr, what: str, own: str, names: Mapping[str, str]) -> Iterator[Fault]:
    # The class's own name means nothing before the class is there, so it stands in a text.
    if not (isinstance(annotation, ast.Constant) and annotation.value == own):
        for problem, line in annotation_faults(annotation, what, names):
            yield Fault(problem, line, _TYPES)


def _class_value(name: str, value: ast.expr, names: Mapping[str, str]) -> Iterator[Fault]:
    if name.startswith("__") and name != "__constants__":
        yield Fault(f"the class sets {name}", value.lineno)
    for problem, line in value_faults(value, f"the value of {name}", names):
        yield Fault(problem, line, _PLAIN)


def _insides(node: ast.ClassDef) -> Iterator[Fault]:
    for inner in ast.walk(node):
        match inner:
            case ast.ClassDef() if inner is not node:
                yield Fault("the class holds another class", inner.lineno)
            case ast.Constant(value=int() as value) if abs(value) >= MAX_INTEGER:
                yield Fault("an integer is too large", inner.lineno)
            case ast.ClassDef() | ast.FunctionDef() if getattr(inner, "type_params", None):
                yield Fault("a definition has type parameters", inner.lineno)


def _indents(lines: Sequence[str], node: ast.ClassDef) -> Iterator[Fault]:
    """Find what a file's own indent would put elsewhere: generated code is rewritten from four spaces."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.stmt):
            before = lines[inner.lineno - 1][: inner.col_offset]
            if before.isspace() and (before.strip(" ") or len(before) % 4):
                yield Fault("a line is not indented by four spaces, or eight, twelve ...", inner.lineno)


def _unknown(text: str, node: ast.ClassDef, imported: Mapping[str, str]) -> Iterator[Fault]:
    known = {node.name, *imported}
    for name in _globals(text):
        if name not in known and not hasattr(builtins, name):
            uses = [one.lineno for one in ast.walk(node) if isinstance(one, ast.Name) and one.id == name]
            line = min(uses, default=node.lineno)
            yield Fault(f"the class uses {name}, which it does not import", line, "Import it at the top.")


def _globals(text: str) -> list[str]:
    """Give the names that a template's class and functions look up outside of themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(text, "template", "exec")
    return list(_global_symbols(table))


def _global_symbols(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        yield from sorted(symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        yield from _global_symbols(child)


def _newer(text: str) -> Iterator[Fault]:
    """Find syntax that the oldest Python which trains such models lacks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text, feature_version=OLDEST)
    except SyntaxError as error:
        yield Fault(f"the class is written for a newer Python: {error.msg}", error.lineno or 1)
