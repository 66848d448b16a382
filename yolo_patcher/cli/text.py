"""Text as a terminal may have it: every line that a command prints goes through here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def printable(text: str, keep: str = "\t") -> str:
    r"""Write out what can't be printed: a name from a checkout may hold what moves a cursor, or hides a line.

    Args:
        text: what a file, an argument or another program said.
        keep: characters that stay as they are; `"\n\t"` for a text of several lines.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in keep else _written_out(one) for one in text)


def files(count: int) -> str:
    """Give a number of files in words: `1 file`, `2 files`."""
    return f"{count} file" if count == 1 else f"{count} files"


def _written_out(one: str) -> str:
    return one.encode("unicode_escape", "replace").decode()


def printable_console(stream: TextIO, width: int | None = None) -> Console:
    """Give a console of `rich` that prints tables, and in them nothing that can't be printed."""
    from collections.abc import Iterable

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class PrintableConsole(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for one in super().render(renderable, options):
                # What the console itself says to the terminal is a control, not text.
                yield one if one.control else Segment(printable(one.text, "\n\t"), one.style)

    return PrintableConsole(file=stream, highlight=False, width=width, emoji=False)
