"""Which names a Python file of the checkout binds at its top level, and which file an import of it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import decode_python
from yolo_patcher.errors import PatcherError


def bound_names(tree: ast.Module) -> set[str]:
    """Give the names that a module's top level binds, star imports left out."""
    return {name for statement in top_level(tree) for name in _binds(statement)}


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Walk a module's statements, those inside top-level `if` and `try` blocks included."""
    pending: list[ast.stmt] = list(reversed(tree.body))
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
            handlers = getattr(statement, "handlers", [])
            inner += [child for handler in handlers for child in handler.body]
            pending += reversed(inner)


def _binds(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".", 1)[0]
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def meanings(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Give the names that an import binds, each with the dotted name of what it then means; a relative one has dots."""
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            yield alias.asname or alias.name, f"{'.' * statement.level}{statement.module or ''}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            first = alias.name.split(".", 1)[0]
            yield first, first


def bindings(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Give the names that a module's top level binds, what an import makes of each (else empty), and the line."""
    for statement in top_level(tree):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((name, meaning, statement.lineno) for name, meaning in meanings(statement))
        else:
            yield from ((name, "", statement.lineno) for name in _binds(statement))


def imported_file(snapshot: Snapshot, importer: str, statement: ast.ImportFrom) -> str | None:
    """Give the file of the checkout that a `from X import ...` reads, or None when it is none of the checkout's.

    Args:
        snapshot: the checkout.
        importer: the path of the file that holds the statement.
        statement: the import.
    """
    parts = tuple((statement.module or "").split(".")) if statement.module else ()
    folder = PurePosixPath(importer).parents[statement.level - 1] if statement.level else PurePosixPath()
    base = folder.joinpath(*parts)
    # As Python has it: a package comes before a module of the same name, which an older version may have left behind.
    for candidate in (f"{base}/__init__.py", f"{base}.py"):
        if snapshot.exists(candidate):
            return candidate
    return None


def visible_names(
    snapshot: Snapshot, path: str, tree: ast.Module, seen: frozenset[str] = frozenset()
) -> tuple[set[str], bool]:
    """Give the names that are visible in a file, star imports followed inside the checkout.

    Args:
        snapshot: the checkout.
        path: the file.
        tree: its syntax tree.
        seen: the files whose star imports led here.

    Returns:
        The names, and whether they are all of them: False when a star import leads out of the checkout.
    """
    names = bound_names(tree)
    complete = True
    for statement in top_level(tree):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            source = imported_file(snapshot, path, statement)
            if source is None:
                complete = False
            elif source not in seen:
                more, all_of_them = _exported(snapshot, source, seen | {path})
                names |= more
                complete &= all_of_them
    return names, complete


def _exported(snapshot: Snapshot, path: str, seen: frozenset[str]) -> tuple[set[str], bool]:
    try:
        tree = parse_python(decode_python(path, snapshot.require(path)))
    except PatcherError:
        return set(), True
    listed = all_list(tree)
    if listed is not None and isinstance(listed.value, ast.Tuple | ast.List):
        return {str(item.value) for item in listed.value.elts if isinstance(item, ast.Constant)}, True
    names, complete = visible_names(snapshot, path, tree, seen)
    return {name for name in names if not name.startswith("_")}, complete


def all_list(tree: ast.Module) -> ast.Assign | None:
    """Give the assignment of `__all__`, or None."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in statement.targets
        ):
            return statement
    return None


def all_assignments(tree: ast.Module) -> Iterator[ast.stmt]:
    """Give every statement at a module's top level that sets or extends `__all__`."""
    return (one for one in top_level(tree) if "__all__" in _binds(one) or _extends_all(one))


def _extends_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("__all__.")


def is_plain_list(assignments: Sequence[ast.stmt]) -> bool:
    """Tell whether what sets `__all__` is nothing, or one plain list."""
    return not assignments or (
        len(assignments) == 1
        and isinstance(assignments[0], ast.Assign)
        and isinstance(assignments[0].value, ast.List | ast.Tuple)
        and bool(assignments[0].value.elts)
    )


def class_definition(tree: ast.Module, name: str) -> ast.ClassDef | None:
    """Give the top-level class of a name, or None."""
    for statement in top_level(tree):
        if isinstance(statement, ast.ClassDef) and statement.name == name:
            return statement
    return None
