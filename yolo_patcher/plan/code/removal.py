"""Give the edits that take out what a patch put into a file: lines, names at a list's end, classes at a file's."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from yolo_patcher.checkout.text import SourceText, line_starts
from yolo_patcher.plan.code.spans import Edit

Item = tuple[str, int, int]
"""A name in a list, with its span."""

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[\r\n]*")


def node_span(source: SourceText, node: ast.alias | ast.expr) -> tuple[int, int]:
    """Give the offsets of a node, whose columns count UTF-8 bytes."""
    starts = line_starts(source.text)
    lines = starts[node.lineno - 1], starts[(node.end_lineno or node.lineno) - 1]
    columns = node.col_offset, node.end_col_offset or 0
    first, last = (
        line + len(source.text[line : line + column].encode()[:column].decode("utf-8", "ignore"))
        for line, column in zip(lines, columns, strict=True)
    )
    return first, last


def line_edit(source: SourceText, node: ast.stmt | ast.If) -> Edit:
    """Give the edit that takes out a statement's lines; of an `elif`, those of its own body."""
    starts = [*line_starts(source.text), len(source.text)]
    last = node.body[-1] if isinstance(node, ast.If) else node
    start, end = starts[node.lineno - 1], starts[last.end_lineno or last.lineno]
    if end == len(source.text) and not source.text.endswith(("\n", "\r")):
        start = len(source.text[:start].removesuffix("\n").removesuffix("\r"))
    return start, end, ""


def list_edits(source: SourceText, items: Sequence[Item], names: Collection[str]) -> list[Edit]:
    """Give the edit that takes names out of the end of a list, with a comment before them left where it was."""
    count = len(items)
    while count and items[count - 1][0] in names:
        count -= 1
    if count in (0, len(items)):
        return []
    start, end = items[count - 1][2], items[-1][2]
    white, _, line = source.text[start : items[count][1]].partition(",")
    rest = _NEWLINE.split(line)[0] if _NEWLINE.search(line) else ""
    if source.text[end : end + 1] == ",":
        return [(start, end + 1, f"{white},{rest}")]
    return [(start, end, rest)]


def _first_import(text: str, start: int) -> int:
    """Give where the blank lines and the imports of a class begin that end at an offset."""
    for line in reversed(line_starts(text[:start])):
        content = text[line:start].strip("\r\n")
        if content and not content.endswith("# noqa: E402"):
            break
        start = line
    return start


def tail_edit(text: str, start: int) -> Edit:
    """Give the edit that takes out all from a class at the end of a file on, with the imports that came with it.

    A file that ended with up to three newlines is the same once the class is there; one is what nearly all have.
    """
    body = text[: _first_import(text, start)].rstrip("\r\n")
    blank = _BLANKS.match(text, len(body), start)
    gap = _NEWLINE.findall(blank[0] if blank else "")
    kept = gap if len(gap) > 3 else gap[:1] if text.endswith(("\n", "\r")) else []
    return len(body) + len("".join(kept)), len(text), ""
