"""`apply`: plan, verify on a staged copy, commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.access import check_access
from yolo_patcher.commit.diff import count_lines, hunks, split_lines, unified_diff
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import holds
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.plan import Plan
from yolo_patcher.plan.planned import Planned, Request, changes_to, plan_again, plan_request, way_to
from yolo_patcher.plan.request import read_insertions
from yolo_patcher.report.checks import progress_text, show_verification
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import Verification


@dataclass(frozen=True)
class ApplyOptions:
    """The options of `apply`, as the contract names them."""

    recipes: Sequence[str]
    repo: Path = Path()
    positions: Sequence[str] = ()
    model: str | None = None
    scale: str | None = None
    settings: Sequence[str] = ()
    output: str | None = None
    dry_run: bool = False
    check: bool = False
    verify: bool = True
    more: Sequence[Path] = ()
    how: HowToVerify = field(default_factory=HowToVerify)


def apply(options: ApplyOptions, screen: Screen) -> Outcome:
    """Put recipes into a checkout.

    Raises:
        PatcherError: of every kind that the steps raise; the checkout is then as it was.
    """
    insertions = read_insertions(options.recipes, options.positions, options.settings, tuple(options.more))
    opened = open_recovered(options.repo, screen)
    snapshot = opened.snapshot
    state = holds(snapshot)
    request = Request(insertions, options.model, options.scale, options.output)
    planned = plan_request(snapshot, opened.package, state, request, options.more)
    if planned.plan.changes and state.find(planned.plan.patch.id):
        planned = plan_again(snapshot, opened.package, planned, request, options.more)
    changes = changes_to(snapshot, planned.after())
    verify = options.verify and bool(changes) and not options.check
    if verify:
        from yolo_patcher.check.base_wiring import with_base_findings

        planned = with_base_findings(planned)
    result = _Result(planned, changes)
    tell(screen, planned.plan)
    check_access(snapshot.root, result.changes)
    if verify:
        result = replace(result, verification=verified(planned, options.how, screen))
    if result.changes and not options.dry_run and not options.check:
        from yolo_patcher.commit.writer import commit

        commit(snapshot.root, way_to(snapshot, [result.counted]), "apply")
    diff = unified_diff(result.changes)
    return Outcome(
        _document(result, diff, options),
        lambda shown: _show(shown, result, diff, options),
        1 if options.check and result.changes else 0,
    )


@dataclass(frozen=True)
class _Result:
    planned: Planned
    changes: tuple[FileChange, ...]
    verification: Verification = field(default_factory=Verification.skipped)

    @property
    def counted(self) -> Planned:
        """The plan, with the parameters that were counted in its record."""
        return self.planned.counted(self.verification.row_params)


def tell(screen: Screen, plan: Plan) -> None:
    """Show what a plan remarks."""
    for note in plan.notes:
        screen.remark(note)
    for warning in plan.warnings:
        screen.warn(warning)


def verified(planned: Planned, how: HowToVerify, screen: Screen) -> Verification:
    """Verify a plan.

    Raises:
        VerifyFailedError: when it does not pass.
        PatcherError: as `verify_plan`.
    """
    from yolo_patcher.runtime.verify.cases import verify_plan

    load = planned.plan.patch.load
    screen.progress(f"Staging a copy of the checkout for {load}")
    try:
        answer = verify_plan(planned.site, planned.plan, how, lambda event: screen.progress(progress_text(event, load)))
    finally:
        screen.progress_done()
    if answer.status == "failed":
        raise VerifyFailedError(planned, answer)
    return answer


class VerifyFailedError(PatcherError):
    """A patch that does not pass its checks; nothing was written."""

    def __init__(self, planned: Planned, verification: Verification) -> None:
        patch = planned.plan.patch
        failed = ", ".join(f"{check.name}: {check.detail}" for check in verification.failures)
        super().__init__(
            "verify",
            f"{patch.load} does not pass: {failed}",
            help="Nothing was written. -v shows the traceback; --no-verify applies it all the same.",
        )
        self.verification = verification
        self.document: dict[str, object] = {
            "checkout": {"dialect": planned.dialect.NAME, "version": planned.site.version},
            "patch": patch.as_json(),
            "verify": verification.as_json(),
        }


def _document(result: _Result, diff: str, options: ApplyOptions) -> dict[str, object]:
    planned = result.planned
    return {
        "dry_run": options.dry_run or options.check,
        "changed": bool(result.changes),
        "checkout": {"dialect": planned.dialect.NAME, "version": planned.site.version},
        "patch": planned.plan.patch.as_json(),
        "files": [change.as_json() for change in result.changes],
        "diff": diff,
        "verify": result.verification.as_json(),
        "notes": list(planned.plan.notes),
        "warnings": list(planned.plan.warnings),
    }


def _show(screen: Screen, result: _Result, diff: str, options: ApplyOptions) -> None:
    plan, verification = result.planned.plan, result.verification
    patch = plan.patch
    if not result.changes:
        screen.line(f"{patch.id} is already applied; nothing to do.")
        return
    if options.dry_run or options.check:
        screen.diff(diff)
        if verification.status != "skipped":
            show_verification(screen.err, verification)
        screen.remark(f"{patch.id}: {len(result.changes)} files would change; nothing was written.")
        return
    show_changes(screen, plan, result.changes)
    if verification.status == "skipped":
        screen.warn("the patch was not verified.")
    else:
        show_verification(screen.out, verification)
    screen.line(f"Applied {patch.id}.", "bold green")
    screen.line(f"Train it with {patch.load}; take it out with: yolo-patcher revert {patch.id}")


def show_changes(screen: Screen, plan: Plan, changes: Sequence[FileChange]) -> None:
    """Show the edits of existing files, and the new model YAML against its base."""
    for change in changes:
        added, removed = count_lines(change)
        sign = {"create": "A", "modify": "M", "delete": "D"}[change.action]
        screen.line(f"{sign} {change.path}  +{added}" + (f" -{removed}" if removed else ""), "bold")
        if change.path == plan.patch.model:
            base = FileChange(change.path, plan.base.source.encode(), change.after)
            screen.diff(_hunks(base))
        elif change.action == "modify" or screen.verbose:
            screen.diff(_hunks(change))


def _hunks(change: FileChange) -> str:
    old, new = ((content or b"").decode("utf-8", "surrogateescape") for content in (change.before, change.after))
    return "".join(hunks(split_lines(old), split_lines(new)))
