"""Add names to an import list, to `__all__`, and a relative import to a package's `__init__.py`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from yolo_patcher.checkout.text import SourceText, line_starts
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.spans import Edit, parse_statement, replace_statement

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
        names, closing = _extended(present, aliases, breaks, statement.rpar)
        changed = statement.with_changes(names=names, rpar=closing)
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
        changed: libcst.CSTNode
        if isinstance(container, libcst.List):
            extended, bracket = _extended(container.elements, elements, breaks, container.rbracket)
            changed = container.with_changes(elements=extended, rbracket=bracket)
        else:
            inner, outer = container.rpar[:1], container.rpar[1:]
            extended, bracket = _extended(container.elements, elements, breaks, inner[0] if inner else None)
            changed = container.with_changes(elements=extended, rpar=[bracket, *outer] if bracket else [])
        return replace_statement(source, node, module, container, changed)

    return [_fitting(with_breaks)]


def _fitting(edit: Any) -> Edit:
    """Prefer the form without a line break, unless a line would grow too long."""
    joined: Edit = edit(False)
    if max(len(line) for line in joined[2].splitlines()) <= _LINE_LENGTH:
        return joined
    broken: Edit = edit(True)
    return broken


def _extended(items: Sequence[Any], new: Sequence[Any], breaks: bool, closing: Any) -> tuple[list[Any], Any]:
    """Append items to a comma-separated list, spaced as the list is; a trailing comma stays the last.

    Args:
        items: what the list holds.
        new: what to append.
        breaks: whether to begin a new line before the first of them.
        closing: the bracket behind the list, None where it has none.

    Returns:
        The items, and the bracket.
    """
    import libcst

    commas = [item.comma for item in items[:-1] if isinstance(item.comma, libcst.Comma)]
    wrapped = [comma for comma in commas if _breaks(comma)]
    plain = libcst.Comma(whitespace_after=libcst.SimpleWhitespace(" "))
    one_per_line = bool(commas) and len(wrapped) == len(commas)
    between = _without_comments(wrapped[-1]) if wrapped and (one_per_line or breaks) else plain
    separators = [between, *[between if one_per_line else plain] * (len(new) - 1)]
    joined = [*items, *new]
    start, last = len(items) - 1, items[-1].comma
    if between is not plain:
        # What stands behind the item that was the last one, a comment or white space, stays behind it.
        ending = closing and closing.whitespace_before
        if isinstance(last, libcst.Comma) and _breaks(last):
            rest = libcst.ensure_type(last.whitespace_after, libcst.ParenthesizedWhitespace).first_line
            separators[0] = between.with_deep_changes(between.whitespace_after, first_line=rest)
            last = _without_comments(last, keep_lines=True)
        elif isinstance(ending, libcst.ParenthesizedWhitespace):
            separators[0] = between.with_deep_changes(between.whitespace_after, first_line=ending.first_line)
            closing = closing.with_deep_changes(ending, first_line=_bare(ending.first_line))
    if isinstance(last, libcst.Comma):
        separators[0] = separators[0].with_changes(whitespace_before=last.whitespace_before)
        last = last.with_changes(whitespace_before=libcst.SimpleWhitespace(""))
    for offset, separator in enumerate(separators):
        joined[start + offset] = joined[start + offset].with_changes(comma=separator)
    joined[-1] = joined[-1].with_changes(comma=last)
    return joined, closing


def _breaks(comma: libcst.Comma) -> bool:
    import libcst

    return isinstance(comma.whitespace_after, libcst.ParenthesizedWhitespace)


def _without_comments(comma: libcst.Comma, *, keep_lines: bool = False) -> libcst.Comma:
    """Give the same break of the line, without the comment on it, and unless told otherwise those on lines below."""
    import libcst

    white = libcst.ensure_type(comma.whitespace_after, libcst.ParenthesizedWhitespace)
    lines = white.empty_lines if keep_lines else []
    bare = comma.with_deep_changes(white, first_line=_bare(white.first_line), empty_lines=lines)
    return bare if keep_lines else bare.with_changes(whitespace_before=libcst.SimpleWhitespace(""))


def _bare(line: libcst.TrailingWhitespace) -> libcst.TrailingWhitespace:
    import libcst

    return libcst.TrailingWhitespace(newline=line.newline)


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


def add_import_lines(
    source: SourceText, tree: ast.Module, supply: ast.ImportFrom | None, wanted: Sequence[tuple[str, str]]
) -> list[Edit]:
    """Give the edit that imports names, each by a line of its own, behind the import that brings the other modules.

    Args:
        source: the file.
        tree: its syntax tree.
        supply: that import; None to stand behind the last one at the margin.
        wanted: each file of the checkout with the name to import from it.

    Raises:
        PatcherError: `checkout`, when the file has no import to stand behind.
    """
    margin = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if supply is None and not margin:
        raise PatcherError("checkout", "the file imports nothing", path=source.path, line=1)
    last: ast.Import | ast.ImportFrom = supply or margin[-1]
    imports = [supply] if supply else [node for node in margin if isinstance(node, ast.ImportFrom)]
    relative = any(node.level for node in imports)
    starts = line_starts(source.text)
    indent = source.text[starts[last.lineno - 1] :][: last.col_offset]
    text = "".join(
        f"{indent}from {dotted(source.path, path, relative)} import {name}{source.newline}" for path, name in wanted
    )
    line = last.end_lineno or last.lineno
    if line == len(starts):
        return [(len(source.text), len(source.text), source.newline + text.removesuffix(source.newline))]
    return [(starts[line], starts[line], text)]


def dotted(importer: str, path: str, relative: bool) -> str:
    """Give the name by which a file imports another of the checkout."""
    module = PurePosixPath(path)
    module = module.parent if module.name == "__init__.py" else module.with_suffix("")
    if not relative:
        return ".".join(module.parts)
    folder = PurePosixPath(importer).parent
    above = next(one for one in (folder, *folder.parents) if module.is_relative_to(one))
    ups = 1 + len(folder.parts) - len(above.parts)
    return "." * ups + ".".join(module.relative_to(above).parts)
