"""`verify`: run the checks again on what a checkout holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from yolo_patcher.dialects import recognise
from yolo_patcher.errors import EXIT_CODES, PatcherError
from yolo_patcher.opening import open_checkout
from yolo_patcher.outcome import Outcome
from yolo_patcher.prove import verify_record
from yolo_patcher.screen import Screen
from yolo_patcher.state import read_state
from yolo_patcher.verification_view import progress_text, show_verification
from yolo_patcher.verify.options import HowToVerify
from yolo_patcher.verify.results import Verification


def verify(repo: Path, ids: Sequence[str], how: HowToVerify, screen: Screen) -> Outcome:
    """Verify applied patches: those named, or all.

    Raises:
        PatcherError: `usage`, when a patch is not there; `checkout` and `verify`, when no check could run.
    """
    opened = open_checkout(repo)
    dialect, site = recognise(opened.snapshot, opened.package)
    records = {one.id: one for one in read_state(site.snapshot)}
    unknown = [one for one in ids if one not in records]
    if unknown:
        raise PatcherError(
            "usage",
            f"the checkout holds no patch {', '.join(unknown)}",
            help=f"It holds {', '.join(records) or 'none'}.",
        )
    answers: dict[str, Verification] = {}
    for name in ids or records:
        load = records[name].patch.load
        report = partial(_report, screen, load)
        try:
            answers[name] = verify_record(dialect, site, records[name], how, report)
        finally:
            screen.progress_done()
    failed = any(answer.status == "failed" for answer in answers.values())
    document: dict[str, object] = {
        "checkout": {"dialect": dialect.NAME, "version": site.version},
        "patches": [{"id": name, "verify": answer.as_json()} for name, answer in answers.items()],
    }
    return Outcome(document, lambda shown: _show(shown, answers), EXIT_CODES["verify"] if failed else 0)


def _report(screen: Screen, load: str, event: Mapping[str, object]) -> None:
    screen.progress(progress_text(event, load))


def _show(screen: Screen, answers: dict[str, Verification]) -> None:
    if not answers:
        screen.line("The checkout holds no patch; nothing to verify.")
    for name, answer in answers.items():
        screen.line(name, "bold")
        show_verification(screen.out, answer)
        if screen.verbose:
            for check in answer.failures:
                screen.line(check.trace)
