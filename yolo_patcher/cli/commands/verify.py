"""`verify`: run the checks again on what a checkout holds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.errors import EXIT_CODES

if TYPE_CHECKING:
    from yolo_patcher.api import HowToVerify, PatchRecord, Verification, VerifiedPatches


@dataclass(frozen=True)
class VerifyOptions:
    """The options of `verify`."""

    repo: Path
    ids: Sequence[str] = ()
    how: HowToVerify | None = None
    scales: Sequence[str] = ()
    tries: Sequence[str] = ()
    model: str | None = None
    report: Path | None = None
    more: Sequence[Path] = ()


def verify(options: VerifyOptions, screen: Screen) -> Outcome:
    """Verify applied patches, those named or all; with some to try, these and the patches that are named.

    Raises:
        PatcherError: as `api.verify_applied`.
    """

    def show(record: PatchRecord, answer: Verification) -> None:
        screen.progress_done()
        if not screen.quiet:
            _show(screen, record, answer)

    if options.how is not None:
        options.how.refuse_unknown()
    with screen.progressing():
        done = api.verify_applied(
            open_recovered(options.repo, screen),
            *options.ids,
            how=options.how,
            scales=options.scales,
            tries=options.tries,
            model=options.model,
            report=options.report,
            more=options.more,
            on_progress=lambda step: screen.progress(str(step)),
            on_verified=show,
        )
    return Outcome(done.as_json(), lambda shown: _close(shown, done), EXIT_CODES["verify"] if done.failed else 0)


def _show(screen: Screen, record: PatchRecord, answer: Verification) -> None:
    screen.line(f"{record.id}: {record.patch.load}", "bold")
    sys.stdout.flush()
    api.print_value(answer, screen.out)
    if screen.verbose:
        for check in answer.failures:
            screen.block(check.trace)


def _close(screen: Screen, done: VerifiedPatches) -> None:
    """Say what the single results, which were shown as they came, come to."""
    if not done.records:
        screen.line("The checkout holds no patch; nothing to verify.")
    if len(done.records) > 1:
        failed = ", ".join(one.patch.load for one in done.failed)
        screen.line(f"{len(done.records)} verified, {len(done.failed)} failed{': ' if failed else ''}{failed}", "bold")
        sys.stdout.flush()
        api.print_value(done, screen.out)
    if done.report is not None:
        screen.line(f"Report: {done.report}")
