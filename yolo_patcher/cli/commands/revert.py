"""`revert`: put back the bytes that were there before, keep later edits, or refuse and change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.cli.text import files

if TYPE_CHECKING:
    from yolo_patcher.api import Reverted


def revert(
    repo: Path, ids: Sequence[str], everything: bool, dry_run: bool, screen: Screen, more: Sequence[Path] = ()
) -> Outcome:
    """Take patches out of a checkout; arguments and errors as for `api.revert`."""
    checkout = open_recovered(repo, screen)
    done = api.revert(checkout, *ids, everything=everything, dry_run=dry_run, more=more)
    gone = ", ".join(one.id for one in done.patches)
    return Outcome(
        done.as_json(dry_run=dry_run),
        lambda shown: _show(shown, done, dry_run),
        done=f"Reverted {gone}" if done.committed else "",
        diff=(lambda: done.diff) if dry_run else None,
    )


def _show(screen: Screen, done: Reverted, dry_run: bool) -> None:
    if not done.patches:
        screen.line("The checkout holds no patch; nothing to do.")
        return
    for note in done.notes:
        screen.remark(note)
    if dry_run:
        screen.diff(done.diff)
        screen.remark(f"{files(len(done.changes))} would change; nothing was written.")
        return
    for change in done.changes:
        screen.line(f"{'D' if change.action == 'delete' else 'M'} {change.path}")
    screen.line(f"Reverted {', '.join(one.id for one in done.patches)}.", "bold green")
