"""Run a command for the command line: print what comes of it, and end with its exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from yolo_patcher.cli.outcome import Outcome
    from yolo_patcher.cli.screen import Screen
    from yolo_patcher.runtime.verify.options import HowToVerify


class CommandExitError(Exception):
    """Carries a command's exit code past the parser."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_command(command: str, as_json: bool, verbose: bool, work: Callable[[Screen], Outcome]) -> NoReturn:
    """Run a command, print its outcome as a document or as text, and end with its exit code."""
    from yolo_patcher.cli.screen import Screen

    screen = Screen(quiet=as_json, verbose=verbose)
    outcome = work(screen)
    if as_json:
        from yolo_patcher.cli.errors import print_document

        recovered = {"recovered": screen.recovered} if screen.recovered else {}
        print_document({"schema": 1, "command": command, "ok": outcome.code == 0, **outcome.document, **recovered})
    else:
        outcome.show(screen)
    raise CommandExitError(outcome.code)


def how_to_verify(python: str | None, device: str, timeout: float, costs: int | None = None) -> HowToVerify:
    """Give the options of a verification; its files are imported here, for commands that have one."""
    from yolo_patcher.runtime.verify.options import HowToVerify

    return HowToVerify(python, device, timeout, costs)
