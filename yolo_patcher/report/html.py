"""HTML for notebooks: tables and diffs with styles of their own, since no notebook's styles can be counted on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yolo_patcher.commit.patch import FileChange

_COLOURS = {"+": "#1a7f37", "-": "#cf222e", "@": "#0969da"}


def _escaped(text: str) -> str:
    # With its table of entities; a diff is made in every dry run, and coloured in notebooks only.
    from html import escape

    return escape(text)


def heading(text: str) -> str:
    """Give a heading."""
    return f"<p><b>{_escaped(text)}</b></p>"


def paragraph(text: str) -> str:
    """Give a paragraph of plain text."""
    return f"<p>{_escaped(text)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], marked: Iterable[int] = ()) -> str:
    """Give a table.

    Args:
        header: the titles of the columns.
        rows: the cells, as plain values.
        marked: the numbers of the rows that stand out.
    """
    strong = frozenset(marked)
    titles = "".join(f'<th style="text-align:left">{_escaped(title)}</th>' for title in header)
    body = "".join(
        f"<tr{' style=font-weight:bold' if number in strong else ''}>"
        + "".join(f'<td style="text-align:left">{_escaped(str(cell))}</td>' for cell in row)
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def diff_of(changes: Sequence[FileChange]) -> Diff:
    """Give changes as one diff."""
    from yolo_patcher.commit.diff import unified_diff

    return Diff(unified_diff(changes))


class Diff(str):
    """A unified diff that `git apply` takes, coloured in a notebook; bytes that are no UTF-8 are lone surrogates."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = []
        for line in self.encode("utf-8", "replace").decode().removesuffix("\n").split("\n"):
            bold = line.startswith(("diff ", "--- ", "+++ ", "new file", "deleted file"))
            colour = _COLOURS.get(line[:1])
            style = "font-weight:bold" if bold else f"color:{colour}" if colour else ""
            lines.append(f'<span style="{style}">{_escaped(line)}</span>' if style else _escaped(line))
        return f'<pre style="line-height:1.3">{chr(10).join(lines)}</pre>'
