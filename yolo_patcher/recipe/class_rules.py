"""What a stranger's class may hold: methods, and statements that do nothing when the class is merely imported.

What its methods do is not restricted: they run in the verify process, and afterwards wherever the user trains.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

MAX_DEPTH = 100
MAX_INTEGER = 2**64

_DECORATORS = frozenset({"staticmethod", "classmethod", "property"})
# What Python calls when a class is made or named, and not when it is used.
_CALLED_EARLY = frozenset({"__init_subclass__", "__class_getitem__", "__set_name__", "__prepare__"})
_INERT = (
    ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Dict, ast.UnaryOp, ast.expr_context,
    ast.unaryop,
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and in which line."""

    problem: str
    line: int
    help: str = ""


def find_fault(text: str, tree: ast.Module, node: ast.ClassDef, imported: Collection[str]) -> Fault | None:
    """Give the first thing about a class that is not allowed, or None.

    Args:
        text: the template, which compiles.
        tree: its syntax tree.
        node: the class in it.
        imported: the names that the template's imports bind.
    """
    checks = (
        _header(node, imported),
        _body(node),
        _insides(node),
        _names(text, node, imported),
        _indents(text.split("\n"), node),
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


def _header(node: ast.ClassDef, imported: Collection[str]) -> Iterator[Fault]:
    if node.decorator_list:
        yield Fault("the class has a decorator", node.lineno)
    if node.keywords:
        yield Fault("the class has a keyword among its bases", node.keywords[0].value.lineno)
    for base in node.bases:
        if not _is_dotted(base) or _root(base) not in imported:
            yield Fault("a base of the class is no name that the template imports", base.lineno, "Write nn.Module.")


def _is_dotted(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_dotted(node.value))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _body(node: ast.ClassDef) -> Iterator[Fault]:
    for number, statement in enumerate(node.body):
        match statement:
            case ast.FunctionDef():
                yield from _method(statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield from _class_value(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield from _inert(annotation, "an annotation", also=ast.BitOr)
                if value is not None:
                    yield from _class_value(name, value)
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


def _method(method: ast.FunctionDef) -> Iterator[Fault]:
    if method.name in _CALLED_EARLY:
        yield Fault(f"the class defines {method.name}", method.lineno, "Python calls it when the class is imported.")
    for decorator in method.decorator_list:
        if not (isinstance(decorator, ast.Name) and decorator.id in _DECORATORS):
            yield Fault("a method has a decorator", decorator.lineno, f"Allowed: {', '.join(sorted(_DECORATORS))}.")
    arguments = method.args
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if default is not None:
            yield from _inert(default, f"a default of {method.name}")
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for annotation in (method.returns, *(one.annotation for one in every if one is not None)):
        if annotation is not None:
            yield from _inert(annotation, f"an annotation of {method.name}", also=ast.BitOr)


def _class_value(name: str, value: ast.expr) -> Iterator[Fault]:
    if name.startswith("__") and name != "__constants__":
        yield Fault(f"the class sets {name}", value.lineno)
    yield from _inert(value, f"the value of {name}")


def _inert(value: ast.expr, what: str, also: type[ast.operator] | None = None) -> Iterator[Fault]:
    """Find what would compute something while the class is defined; `also` is an operator that may stand there."""
    for node in ast.walk(value):
        operator = node.op if isinstance(node, ast.BinOp) else node
        if not isinstance(node, _INERT) and not (also and isinstance(operator, also)):
            yield Fault(
                f"{what} is computed when the class is imported",
                getattr(node, "lineno", value.lineno),
                "Write a number, a text, True, False, None, a name, or a tuple of them.",
            )


def _insides(node: ast.ClassDef) -> Iterator[Fault]:
    for inner in ast.walk(node):
        match inner:
            case ast.ClassDef() if inner is not node:
                yield Fault("the class holds another class", inner.lineno)
            case ast.Constant(value=int() as value) if abs(value) >= MAX_INTEGER:
                yield Fault("an integer is too large", inner.lineno)


def _indents(lines: Sequence[str], node: ast.ClassDef) -> Iterator[Fault]:
    """Find what a file's own indent would put elsewhere: generated code is rewritten from four spaces."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.stmt):
            before = lines[inner.lineno - 1][: inner.col_offset]
            if before.isspace() and (before.strip(" ") or len(before) % 4):
                yield Fault("a line is not indented by four spaces, or eight, twelve ...", inner.lineno)


def _names(text: str, node: ast.ClassDef, imported: Collection[str]) -> Iterator[Fault]:
    known = {node.name, *imported}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(text, "template", "exec")
    for name in _globals(table):
        if name not in known and not hasattr(builtins, name):
            uses = [one.lineno for one in ast.walk(node) if isinstance(one, ast.Name) and one.id == name]
            line = min(uses, default=node.lineno)
            yield Fault(f"the class uses {name}, which it does not import", line, "Import it at the top.")


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        yield from sorted(symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        yield from _globals(child)
