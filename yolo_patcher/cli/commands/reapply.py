"""`reapply`: put the recorded patches on again, after an upgrade or on a fresh clone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yolo_patcher.cli.commands.apply import tell, verified
from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.access import check_access
from yolo_patcher.commit.diff import unified_diff
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import changes_to, way_to
from yolo_patcher.revert.export import EXPORT_PATH
from yolo_patcher.revert.reapply import Reapplied, plan_reapply
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import Verification


@dataclass(frozen=True)
class ReapplyOptions:
    """The options of `reapply`."""

    repo: Path = Path()
    dry_run: bool = False
    verify: bool = True
    more: Sequence[Path] = ()
    how: HowToVerify = field(default_factory=HowToVerify)


def reapply(options: ReapplyOptions, screen: Screen) -> Outcome:
    """Put the patches of the checkout's state, and those of its `yolo-patcher.toml`, on again.

    Raises:
        PatcherError: `usage`, when none is recorded; `conflict`, when an edit stands where a patch does; as `apply`.
    """
    opened = open_recovered(options.repo, screen)
    snapshot = opened.snapshot
    done = plan_reapply(snapshot, opened.package, tuple(options.more))
    if not done.planned:
        raise PatcherError(
            "usage",
            "no patch is recorded for this checkout",
            help=f"There is no patch in .yolo-patcher and no {EXPORT_PATH}; `yolo-patcher apply` puts one on.",
        )
    for note in done.notes:
        screen.remark(note)
    changes = changes_to(snapshot, done.planned[-1].after())
    check_access(snapshot.root, changes)
    answers: list[Verification] = []
    if changes and options.verify:
        for number, one in enumerate(done.planned):
            tell(screen, one.plan)
            answers.append(verified(one, options.how, screen))
            done = done.counted(number, answers[-1].row_params)
    if changes and not options.dry_run:
        from yolo_patcher.commit.writer import commit

        commit(snapshot.root, way_to(snapshot, done.planned), "reapply")
    return Outcome(
        _document(done, changes, answers, options.dry_run),
        lambda shown: _show(shown, done, changes, answers, options.dry_run),
    )


def _document(
    done: Reapplied, changes: Sequence[FileChange], answers: Sequence[Verification], dry_run: bool
) -> dict[str, object]:
    last = done.planned[-1]
    shown = [*answers, *[Verification.skipped()] * (len(done.planned) - len(answers))]
    return {
        "dry_run": dry_run,
        "changed": bool(changes),
        "checkout": {"dialect": last.dialect.NAME, "version": last.site.version},
        "patches": [
            {**one.plan.patch.as_json(), "verify": answer.as_json()}
            for one, answer in zip(done.planned, shown, strict=True)
        ],
        "files": [change.as_json() for change in changes],
        "diff": unified_diff(changes),
        "notes": list(done.notes),
    }


def _show(
    screen: Screen, done: Reapplied, changes: Sequence[FileChange], answers: Sequence[Verification], dry_run: bool
) -> None:
    ids = ", ".join(one.plan.patch.id for one in done.planned)
    if not changes:
        screen.line(f"{ids}: all in place; nothing to do.")
        return
    if dry_run:
        screen.diff(unified_diff(changes))
        screen.remark(f"{ids}: {len(changes)} files would change; nothing was written.")
        return
    for change in changes:
        screen.line(f"{ {'create': 'A', 'modify': 'M', 'delete': 'D'}[change.action] } {change.path}")
    for one, answer in zip(done.planned, answers, strict=False):
        passed = sum(check.status == "passed" for check in answer.checks)
        screen.line(f"{one.plan.patch.load}: {answer.status} ({passed} checks)")
    if not answers:
        screen.warn("the patches were not verified.")
    screen.line(f"Reapplied {ids}.", "bold green")
