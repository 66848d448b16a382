"""Print what the program has to say at its end: a JSON document, or an error of one screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from yolo_patcher import __version__
from yolo_patcher.cli.screen import has_colour
from yolo_patcher.cli.text import printable
from yolo_patcher.errors import PatcherError

_MOST_LINES = 20
_LONGEST_LINE = 300
UNWRITTEN = "unwritten"
"""The reason of an error that stdout itself has caused, so that nothing more can be said there."""


def print_document(document: Mapping[str, object]) -> None:
    """Print one JSON document to stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_error(error: PatcherError, command: str, as_json: bool, trace: str = "") -> None:
    """Print an error: what, where, why and what to do; as a document for scripts.

    Args:
        error: the error.
        command: the command that failed.
        as_json: whether stdout shall hold the JSON document.
        trace: a traceback to print as well.
    """
    if as_json:
        print_document({"schema": 1, "command": command, "ok": False, "error": error.as_json(), **error.document})
        return
    where = "" if error.path is None else error.path if error.line is None else f"{error.path}:{error.line}"
    lines = [f"Error: {error.message}."]
    if where:
        lines.append(f"  at {where}")
    lines += [f"Help: {line}" if not number else f"      {line}" for number, line in enumerate(error.help.splitlines())]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "  ..."]
    text = "\n".join(map(_shortened, lines)).encode("utf-8", "replace").decode()
    if has_colour(sys.stderr):
        text = text.replace("Error:", "\x1b[1;31mError:\x1b[0m", 1).replace("Help:", "\x1b[1;36mHelp:\x1b[0m", 1)
    # Where nobody can be told, the exit code is all that is left to tell.
    with suppress(OSError):
        if trace:
            sys.stderr.write(printable(trace.rstrip(), "\n\t") + "\n")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _shortened(line: str) -> str:
    shown = printable(line)
    return shown if len(shown) <= _LONGEST_LINE else f"{shown[:_LONGEST_LINE]} ..."


def unwritten(error: OSError, done: str) -> PatcherError:
    """Give the error for a result that can't be printed.

    Args:
        error: what the system said.
        done: what was done to the checkout before; empty when nothing was.
    """
    said = f"stdout can't be written: {error.strerror or error}"
    help = "`yolo-patcher status` tells what is applied." if done else "The checkout is as it was."
    return PatcherError("io", f"{done}, but {said}" if done else said, help=help, reason=UNWRITTEN)


def bug(error: BaseException) -> PatcherError:
    """Turn an unexpected exception into an error with a report to paste."""
    import platform
    import traceback

    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in reversed(frames))
    return PatcherError(
        "internal",
        f"this is a bug of yolo-patcher: {type(error).__name__}: {error}",
        help="Please report it with these lines and the command that you ran:\n"
        f"yolo-patcher {__version__}, Python {platform.python_version()}, {platform.system()}\n{places}",
    )
