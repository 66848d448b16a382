"""`reapply`: put the recorded patches on again, after an upgrade or on a fresh clone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.commands.apply import tell
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.cli.text import files

if TYPE_CHECKING:
    from yolo_patcher.api import HowToVerify, Reapplication


@dataclass(frozen=True)
class ReapplyOptions:
    """The options of `reapply`."""

    repo: Path = Path()
    dry_run: bool = False
    verify: bool = True
    more: Sequence[Path] = ()
    how: HowToVerify | None = None


def reapply(options: ReapplyOptions, screen: Screen) -> Outcome:
    """Put the patches of the checkout's state, and those of its `yolo-patcher.toml`, on again.

    Raises:
        PatcherError: as `api.plan_reapply` and `api.reapply`.
    """
    planned = api.plan_reapply(open_recovered(options.repo, screen), more=options.more)
    for note in planned.notes:
        screen.remark(note)
    with screen.progressing():
        done = api.reapply(
            planned,
            verified=options.verify,
            how=options.how,
            dry_run=options.dry_run,
            on_patch=lambda proposal: tell(screen, proposal),
            on_progress=lambda step: screen.progress(str(step)),
        )
    return Outcome(
        done.as_json(dry_run=options.dry_run),
        lambda shown: _show(shown, done, options.dry_run),
        done=f"Reapplied {', '.join(done.ids)}" if done.committed else "",
        diff=(lambda: done.diff) if options.dry_run else None,
    )


def _show(screen: Screen, done: Reapplication, dry_run: bool) -> None:
    ids = ", ".join(done.ids)
    if not done.changes:
        screen.line(f"{ids}: all in place; nothing to do.")
        return
    if dry_run:
        screen.diff(done.diff)
        screen.remark(f"{ids}: {files(len(done.changes))} would change; nothing was written.")
        return
    for change in done.changes:
        screen.line(f"{ {'create': 'A', 'modify': 'M', 'delete': 'D'}[change.action] } {change.path}")
    verified = [pair for pair in zip(done.planned, done.verifications, strict=True) if pair[1].status != "skipped"]
    for one, answer in verified:
        passed = sum(check.status in ("passed", "warned") for check in answer.checks)
        screen.line(f"{one.plan.patch.load}: {answer.status} ({passed} checks)")
    if not verified:
        screen.warn("the patches were not verified.")
    screen.line(f"Reapplied {ids}.", "bold green")
