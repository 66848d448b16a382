"""The terminal: results on stdout, remarks and progress on stderr, plain text where there is no terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from yolo_patcher.cli.text import printable, printable_console

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold green": "1;32"}
_PLAIN_WIDTH = 120


class Screen:
    """Prints for a person.

    Args:
        quiet: print no remarks and no progress, for `--json`.
        brief: print only warnings beside what the command is asked for, for `-q`.
        verbose: print more, for `-v`.

    Attributes:
        recovered: what was said of an interrupted commit, for the JSON document.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False, brief: bool = False) -> None:
        self.quiet = quiet
        self.brief = brief
        self.verbose = verbose
        self.recovered = ""

    @cached_property
    def out(self) -> Console:
        """The console of the result, for tables."""
        return printable_console(sys.stdout, None if sys.stdout.isatty() else _PLAIN_WIDTH)

    @cached_property
    def err(self) -> Console:
        """The console of remarks, for tables."""
        return printable_console(sys.stderr)

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line of the result."""
        sys.stdout.write(_styled(printable(text), style, sys.stdout) + "\n")

    def block(self, text: str) -> None:
        """Print lines of the result that were made elsewhere: a drawing, a traceback."""
        for line in text.removesuffix("\n").split("\n"):
            self.line(line)

    def remark(self, text: str, style: str = "dim") -> None:
        """Print a remark to stderr."""
        if not self.brief:
            self._say(text, style)

    def warn(self, text: str) -> None:
        """Print a warning to stderr."""
        self._say(f"Warning: {text}", "yellow")

    def _say(self, text: str, style: str) -> None:
        if not self.quiet:
            with suppress(OSError):
                sys.stderr.write(_styled(printable(text), style, sys.stderr) + "\n")

    def diff(self, text: str) -> None:
        """Print a diff as a result: for the eye on a terminal, byte for byte elsewhere."""
        if not sys.stdout.isatty():
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
            sys.stdout.buffer.flush()
            return
        for line in text.removesuffix("\n").split("\n"):
            bold = line.startswith(("diff ", "--- ", "+++ ", "new file", "deleted file"))
            style = "bold" if bold else _COLOURS.get(line[:1], "")
            self.line(line.removesuffix("\r").encode("utf-8", "replace").decode(), style)

    def progress(self, text: str) -> None:
        """Show what is being done, on a terminal only; the next text takes its place."""
        if not self.quiet and not self.brief and _is_terminal(sys.stderr):
            width = max(10, shutil.get_terminal_size().columns - 1)
            with suppress(OSError):
                sys.stderr.write(f"\r\x1b[2K{printable(text)[:width]}")
                sys.stderr.flush()

    @contextmanager
    def progressing(self, text: str = "") -> Iterator[None]:
        """Take the line of progress away at the end, however that comes; `text` is what it shows first."""
        if text:
            self.progress(text)
        try:
            yield
        finally:
            self.progress_done()

    def progress_done(self) -> None:
        """Take the line of progress away."""
        if not self.quiet and _is_terminal(sys.stderr):
            with suppress(OSError):
                sys.stderr.write("\r\x1b[2K")
                sys.stderr.flush()


def has_colour(stream: TextIO) -> bool:
    """Tell whether a stream takes colours: a terminal that is not dumb, and no wish for none (`NO_COLOR`)."""
    return _is_terminal(stream) and not os.environ.get("NO_COLOR")


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _styled(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and has_colour(stream) else text
