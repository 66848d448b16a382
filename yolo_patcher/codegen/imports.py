"""Add names to an import list, to `__all__`, and a relative import to a package's `__init__.py`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from yolo_patcher.codegen.spans import Edit, parse_statement, replace_statement
from yolo_patcher.errors import PatcherError
from yolo_patcher.source_text import SourceText, line_starts

if TYPE_CHECKING:
    import libcst

_LINE_LENGTH = 120


def add_to_import(source: SourceText, node: ast.ImportFrom, names: Sequence[str]) -> list[Edit]:
    """Give the edits that add names at the end of a `from X import ...` list; none for names that it has."""
    import libcst

    new = [name for name in names if name not in {alias.asname or alias.name for alias in node.names}]
    if not new or node.names[0].name == "*":
        return []
    module, line = parse_statement(source, node)
    assert isinstance(line, libcst.SimpleStatementLine)
    statement = line.body[0]
    assert isinstance(statement, libcst.ImportFrom)
    present = statement.names
    assert not isinstance(present, libcst.ImportStar)
    aliases = [libcst.ImportAlias(libcst.Name(name)) for name in new]

    def with_breaks(breaks: bool) -> Edit:
        changed = statement.with_changes(names=_extended(present, aliases, breaks))
        return replace_statement(source, node, module, statement, changed)

    return [_fitting(with_breaks)]


def add_to_all(source: SourceText, node: ast.Assign, names: Sequence[str]) -> list[Edit]:
    """Give the edits that add names at the end of `__all__`; none for names that it has.

    Raises:
        PatcherError: `checkout`, when `__all__` is not a plain list or tuple of strings.
    """
    import libcst

    if not isinstance(node.value, ast.List | ast.Tuple) or not node.value.elts:
        raise PatcherError("checkout", "__all__ is not a plain list of names", path=source.path, line=node.lineno)
    present = {item.value for item in node.value.elts if isinstance(item, ast.Constant)}
    new = [name for name in names if name not in present]
    if not new:
        return []
    module, line = parse_statement(source, node)
    assert isinstance(line, libcst.SimpleStatementLine)
    statement = line.body[0]
    assert isinstance(statement, libcst.Assign)
    container = statement.value
    assert isinstance(container, libcst.List | libcst.Tuple)
    last = container.elements[-1].value
    quote = last.quote if isinstance(last, libcst.SimpleString) else '"'
    elements = [libcst.Element(libcst.SimpleString(f"{quote}{name}{quote}")) for name in new]

    def with_breaks(breaks: bool) -> Edit:
        changed = container.with_changes(elements=_extended(container.elements, elements, breaks))
        return replace_statement(source, node, module, container, changed)

    return [_fitting(with_breaks)]


def _fitting(edit: Any) -> Edit:
    """Prefer the form without a line break, unless a line would grow too long."""
    joined: Edit = edit(False)
    if max(len(line) for line in joined[2].splitlines()) <= _LINE_LENGTH:
        return joined
    broken: Edit = edit(True)
    return broken


def _extended(items: Sequence[Any], new: Sequence[Any], breaks: bool) -> list[Any]:
    """Append items to a comma-separated list, spaced as the list is; a trailing comma stays the last."""
    import libcst

    commas = [item.comma for item in items[:-1] if isinstance(item.comma, libcst.Comma)]
    wrapped = [comma for comma in commas if _breaks(comma)]
    plain = libcst.Comma(whitespace_after=libcst.SimpleWhitespace(" "))
    one_per_line = bool(commas) and len(wrapped) == len(commas)
    between = _without_comments(wrapped[-1]) if wrapped and (one_per_line or breaks) else plain
    separators = [between, *[between if one_per_line else plain] * (len(new) - 1)]
    joined = [*items, *new]
    start, last = len(items) - 1, items[-1].comma
    ending = last.whitespace_after if isinstance(last, libcst.Comma) else None
    if between is not plain and isinstance(ending, libcst.ParenthesizedWhitespace):
        # A comment behind the item that was the last one stays behind it.
        first_line = ending.first_line
        separators[0] = between.with_deep_changes(between.whitespace_after, first_line=first_line)
        last = last.with_deep_changes(ending, first_line=libcst.TrailingWhitespace())
    for offset, separator in enumerate(separators):
        joined[start + offset] = joined[start + offset].with_changes(comma=separator)
    joined[-1] = joined[-1].with_changes(comma=last)
    return joined


def _breaks(comma: libcst.Comma) -> bool:
    import libcst

    return isinstance(comma.whitespace_after, libcst.ParenthesizedWhitespace)


def _without_comments(comma: libcst.Comma) -> libcst.Comma:
    """Give the same break of the line, without the comments and empty lines in it."""
    import libcst

    bare = {"first_line": libcst.TrailingWhitespace(), "empty_lines": []}
    return comma.with_deep_changes(comma.whitespace_after, **bare)


def add_relative_imports(source: SourceText, tree: ast.Module, new: Sequence[tuple[str, str]]) -> list[Edit]:
    """Give the edits that add `from .module import name` among a package's relative imports, in their order.

    Args:
        source: the package's `__init__.py`.
        tree: its syntax tree.
        new: each module with the name to import from it.

    Raises:
        PatcherError: `checkout`, when the package has no relative import to stand beside.
    """
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module]
    if not imports:
        raise PatcherError("checkout", "the package imports none of its own modules", path=source.path, line=1)
    starts = line_starts(source.text)
    edits = []
    for module, name in sorted(new):
        later = [node for node in imports if (node.module or "") > module]
        line = later[0].lineno - 1 if later else imports[-1].end_lineno or imports[-1].lineno
        offset = starts[line] if line < len(starts) else len(source.text)
        text = f"from .{module} import {name}{source.newline}"
        if offset == len(source.text) and not source.text.endswith(("\n", "\r")):
            text = source.newline + text.removesuffix(source.newline)
        edits.append((offset, offset, text))
    return edits
