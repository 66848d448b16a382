"""Run a command for the command line: open its checkout, print what comes of it, and end with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from yolo_patcher import api

if TYPE_CHECKING:
    from yolo_patcher.api import Checkout
    from yolo_patcher.cli.screen import Screen


@dataclass(frozen=True)
class Outcome:
    """The result of a command.

    Attributes:
        document: the JSON document without `schema`, `command` and `ok`.
        show: prints the same for people.
        code: the exit code.
        done: what was done to the checkout, as a sentence without its full stop; empty when nothing was.
        diff: gives what `--dry-run` is asked for, all that `-q` prints of it.
    """

    document: Mapping[str, object]
    show: Callable[[Screen], None]
    code: int = 0
    done: str = ""
    diff: Callable[[], str] | None = None


class CommandExitError(Exception):
    """Carries a command's exit code past the parser."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_command(
    command: str, as_json: bool, verbose: bool, work: Callable[[Screen], Outcome], *, quiet: bool = False
) -> NoReturn:
    """Run a command, print its outcome as a document or as text, and end with its exit code."""
    from yolo_patcher.cli.screen import Screen

    screen = Screen(quiet=as_json, verbose=verbose, brief=quiet)
    outcome = work(screen)
    try:
        _print(outcome, command, as_json, screen)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from yolo_patcher.cli.errors import unwritten

        raise unwritten(error, outcome.done) from error
    raise CommandExitError(outcome.code)


def _print(outcome: Outcome, command: str, as_json: bool, screen: Screen) -> None:
    if not as_json:
        if not screen.brief:
            outcome.show(screen)
        elif outcome.diff:
            screen.diff(outcome.diff())
        return
    from yolo_patcher.cli.errors import print_document

    recovered = {"recovered": screen.recovered} if screen.recovered else {}
    print_document({"schema": 1, "command": command, "ok": outcome.code == 0, **outcome.document, **recovered})


def open_recovered(repo: Path, screen: Screen) -> Checkout:
    """Open the folder that `--repo` names, and say in one line when an interrupted commit was finished.

    Raises:
        PatcherError: as `api.open_checkout`.
    """

    def say(text: str) -> None:
        screen.recovered = text
        screen.remark(text, "yellow")

    return api.open_checkout(repo, on_recovery=say)
