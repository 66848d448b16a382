"""The terminal: results on stdout, remarks and progress on stderr, plain text where there is no terminal."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_PLAIN_WIDTH = 120


class Screen:
    """Prints for a person.

    Args:
        quiet: print no remarks and no progress, for `--json`.
        verbose: print more, for `-v`.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose

    @cached_property
    def out(self) -> Console:
        """The console of the result."""
        from rich.console import Console

        width = None if sys.stdout.isatty() else _PLAIN_WIDTH
        return Console(file=sys.stdout, highlight=False, soft_wrap=False, width=width, emoji=False)

    @cached_property
    def err(self) -> Console:
        """The console of remarks and progress."""
        from rich.console import Console

        return Console(file=sys.stderr, highlight=False, soft_wrap=True, emoji=False)

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line of the result, as it is."""
        self.out.print(text, style=style or None, markup=False, soft_wrap=True)

    def remark(self, text: str, style: str = "dim") -> None:
        """Print a remark to stderr."""
        if not self.quiet:
            self.err.print(text, style=style, markup=False)

    def warn(self, text: str) -> None:
        """Print a warning to stderr."""
        self.remark(f"Warning: {text}", "yellow")

    def diff(self, text: str) -> None:
        """Print a diff as a result: with colours on a terminal, byte for byte elsewhere."""
        if not self.out.is_terminal or self.out.no_color:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
            sys.stdout.buffer.flush()
            return
        for line in text.splitlines():
            bold = line.startswith(("diff ", "--- ", "+++ ", "new file", "deleted file"))
            style = "bold" if bold else _COLOURS.get(line[:1], "")
            self.line(line.encode("utf-8", "replace").decode(), style)

    def progress(self, text: str) -> None:
        """Show what is being done, on a terminal only; the next text takes its place."""
        if not self.quiet and self.err.is_terminal:
            width = max(10, self.err.width - 1)
            sys.stderr.write(f"\r\x1b[2K{text[:width]}")
            sys.stderr.flush()

    def progress_done(self) -> None:
        """Take the line of progress away."""
        if not self.quiet and self.err.is_terminal:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
