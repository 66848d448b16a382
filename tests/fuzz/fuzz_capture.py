"""Run the command line in this process, and catch what it prints."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO

import typer.main

from yolo_patcher.cli.main import run

# The parser is half of a short command's time; it is the same for each, and keeps nothing from one to the next.
typer.main.get_command = functools.cache(typer.main.get_command)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it printed; `error` is an exception that left it."""

    code: int
    stdout: bytes
    stderr: str
    error: str = ""


class HangError(BaseException):
    """Raised by an alarm in a command that takes too long; nothing in the program catches it."""


def capture(argv: Sequence[str]) -> Ended:
    """Run a command with every warning shown, as a Python may be told to."""
    import traceback

    code, error = -1, ""
    streams = sys.stdout, sys.stderr
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, warnings.catch_warnings():
        warnings.simplefilter("always")
        sys.stdout, sys.stderr = _text(out), _text(err)
        try:
            code = run(list(argv))
        except BaseException as exception:
            error = "".join(traceback.format_exception(exception))
            if isinstance(exception, KeyboardInterrupt):
                raise
        finally:
            written = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = streams
            for stream in written:
                stream.close()
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read().decode("utf-8", "replace"), error)


def _text(file: IO[bytes]) -> TextIOWrapper:
    # As `main` sets it: what an encoding lacks is no reason to fail.
    return TextIOWrapper(os.fdopen(os.dup(file.fileno()), "wb"), "utf-8", errors="replace", write_through=True)
