"""`revert`: put back the bytes that were there before, keep later edits, or refuse and change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.access import check_access
from yolo_patcher.commit.diff import unified_diff
from yolo_patcher.revert.revert import RevertPlan, plan_revert
from yolo_patcher.revert.unrecorded.adopt import adopt


def revert(
    repo: Path, ids: Sequence[str], everything: bool, dry_run: bool, screen: Screen, more: Sequence[Path] = ()
) -> Outcome:
    """Take patches out of a checkout.

    Raises:
        PatcherError: `refused` or `conflict`, when an edit stands where the patch does, or a patch without a record
            can't be taken out with certainty; nothing was changed then.
    """
    opened = open_recovered(repo, screen)
    snapshot = opened.snapshot
    plan = plan_revert(snapshot, ids, everything, adopted=adopt(snapshot, opened.package, more))
    check_access(snapshot.root, plan.changes)
    if plan.reverted and not dry_run:
        from yolo_patcher.commit.writer import commit

        commit(snapshot.root, plan.transition(snapshot), "revert")
    document: dict[str, object] = {
        "dry_run": dry_run,
        "changed": bool(plan.reverted),
        "patches": [one.id for one in plan.reverted],
        "remaining": [one.id for one in plan.state.patches],
        "files": [change.as_json() for change in plan.changes],
        "diff": unified_diff(plan.changes),
        "notes": list(plan.notes),
    }
    return Outcome(document, lambda shown: _show(shown, plan, dry_run))


def _show(screen: Screen, plan: RevertPlan, dry_run: bool) -> None:
    if not plan.reverted:
        screen.line("The checkout holds no patch; nothing to do.")
        return
    for note in plan.notes:
        screen.remark(note)
    if dry_run:
        screen.diff(unified_diff(plan.changes))
        screen.remark(f"{len(plan.changes)} files would change; nothing was written.")
        return
    for change in plan.changes:
        screen.line(f"{'D' if change.action == 'delete' else 'M'} {change.path}")
    screen.line(f"Reverted {', '.join(one.id for one in plan.reverted)}.", "bold green")
