"""Spans of text for syntax-tree nodes, and libcst on just the statement in a span."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from yolo_patcher.checkout.text import SourceText, line_of, line_starts
from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    import libcst

Edit = tuple[int, int, str]
"""`(start, end, new text)`, by offsets in the original text."""

_WRAPPER = "if 1:"


def line_span(source: SourceText, node: ast.stmt) -> tuple[int, int]:
    """Give the span of the whole lines that a statement stands on, without the last newline.

    Raises:
        PatcherError: `checkout`, when the statement shares its first line with another.
    """
    starts = line_starts(source.text)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    end = starts[last + 1] if last + 1 < len(starts) else len(source.text)
    start = starts[first]
    text = source.text[start:end]
    if text[: node.col_offset].strip() or (node.end_col_offset or 0) > len(text.encode()):
        raise PatcherError(
            "checkout",
            "the statement does not stand on lines of its own",
            path=source.path,
            line=node.lineno,
            help="Put it on a line of its own; yolo-patcher has to change it.",
        )
    return start, start + len(text.rstrip("\r\n"))


# A plan changes the same few statements for each of its classes.
@lru_cache(maxsize=4)
def parse_statement(source: SourceText, node: ast.stmt) -> tuple[libcst.Module, libcst.BaseStatement]:
    """Parse the lines of one statement with libcst.

    Parsing the statement alone takes a fraction of the time that its file takes, and leaves the rest untouched.

    Returns:
        A module that holds the statement (below `if 1:` where it is indented), and the statement.
    """
    import libcst

    start, end = line_span(source, node)
    code = source.text[start:end] + source.newline
    if node.col_offset:
        code = _WRAPPER + source.newline + code
    try:
        module = libcst.parse_module(code)
    except libcst.ParserSyntaxError as error:
        raise PatcherError(
            "checkout",
            f"the statement is not understood: {error.message}",
            path=source.path,
            line=node.lineno,
            help="yolo-patcher has to change this statement; check that one kind of indent is used in it throughout.",
        ) from error
    if module.code != code:
        raise _inexact(source, node, 1 if node.col_offset else 0, code, module.code)
    (outer,) = module.body
    if node.col_offset:
        (inner,) = outer.body.body  # type: ignore[union-attr]
        return module, inner  # type: ignore[return-value]
    return module, outer


def _inexact(source: SourceText, node: ast.stmt, lead: int, code: str, again: str) -> PatcherError:
    """Say where libcst gives a statement back otherwise: it drops form feeds before code, and a last lone return."""
    pairs = enumerate(zip(code, again, strict=False))
    position = next((n for n, (one, other) in pairs if one != other), min(len(code), len(again)))
    line = node.lineno + max(0, line_of(code, position) - 1 - lead)
    what, remedy = "", "Write the statement without unusual white space; yolo-patcher has to change it."
    if code[position : position + 1] == "\x0c":
        what, remedy = ": a form feed stands before code", "Put the form feed on a line of its own, or take it out."
    elif source.newline == "\r":
        what, remedy = ": the lines end with carriage returns alone", "Convert the line ends to LF or CRLF first."
    message = f"the statement can't be written back exactly{what}"
    return PatcherError("checkout", message, path=source.path, line=line, help=remedy)


def replace_statement(
    source: SourceText, node: ast.stmt, module: libcst.Module, old: libcst.CSTNode, new: libcst.CSTNode
) -> Edit:
    """Give the edit that puts a changed statement in the place of the parsed one."""
    start, end = line_span(source, node)
    code = statement_code(source, node, module.deep_replace(old, new))  # type: ignore[arg-type]
    return start, end, code.removesuffix(source.newline)


def statement_code(source: SourceText, node: ast.stmt, module: libcst.Module) -> str:
    """Give the text of the statement in a module that `parse_statement` gave, or that was made of such."""
    return module.code[len(_WRAPPER) + len(source.newline) :] if node.col_offset else module.code
