"""`apply`: plan, verify on a staged copy, commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yolo_patcher.access import check_access
from yolo_patcher.catalogue import all_recipes
from yolo_patcher.dialects import recognise
from yolo_patcher.diff import count_lines, hunks, unified_diff
from yolo_patcher.errors import PatcherError
from yolo_patcher.models import choose_model
from yolo_patcher.opening import open_checkout
from yolo_patcher.outcome import Outcome
from yolo_patcher.patch import FileChange
from yolo_patcher.plan import Plan, plan_patch
from yolo_patcher.request import read_insertions
from yolo_patcher.screen import Screen
from yolo_patcher.site import Site
from yolo_patcher.state import PatchRecord, read_state, record
from yolo_patcher.verification_view import progress_text, show_verification
from yolo_patcher.verify.options import HowToVerify
from yolo_patcher.verify.results import Verification


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
    opened = open_checkout(options.repo)
    dialect, site = recognise(opened.snapshot, opened.package)
    patches = read_state(site.snapshot)
    chosen = choose_model(site, options.model, options.scale)
    ours = {recipe.class_name for recipe in all_recipes(tuple(options.more))}
    ours |= {name for one in patches for name in one.patch.classes.values()}
    plan = plan_patch(dialect, site, chosen, insertions, output=options.output, ours=frozenset(ours))
    for note in plan.notes:
        screen.remark(note)
    for warning in plan.warnings:
        screen.warn(warning)
    check_access(site.snapshot.root, plan.changes)
    verification = Verification.skipped()
    if options.verify and plan.changes and not options.check:
        verification = _verified(site, plan, options.how, screen, dialect.NAME)
    written = bool(plan.changes) and not options.dry_run and not options.check
    if written:
        _commit(site, plan, patches)
    diff = unified_diff(plan.changes)
    return Outcome(
        _document(dialect.NAME, site, plan, diff, verification, options),
        lambda shown: _show(shown, plan, diff, verification, options),
        1 if options.check and plan.changes else 0,
    )


def _verified(site: Site, plan: Plan, how: HowToVerify, screen: Screen, dialect: str) -> Verification:
    from yolo_patcher.prove import verify_plan

    screen.progress(f"Staging a copy of the checkout for {plan.patch.load}")
    try:
        answer = verify_plan(site, plan, how, lambda event: screen.progress(progress_text(event, plan.patch.load)))
    finally:
        screen.progress_done()
    if answer.status == "failed":
        raise VerifyFailedError(plan, site, dialect, answer)
    return answer


class VerifyFailedError(PatcherError):
    """A patch that does not pass its checks; nothing was written."""

    def __init__(self, plan: Plan, site: Site, dialect: str, verification: Verification) -> None:
        failed = ", ".join(f"{check.name}: {check.detail}" for check in verification.failures)
        super().__init__(
            "verify",
            f"{plan.patch.load} does not pass: {failed}",
            help="Nothing was written. -v shows the traceback; --no-verify applies it all the same.",
        )
        self.verification = verification
        self.document: dict[str, object] = {
            "checkout": {"dialect": dialect, "version": site.version},
            "patch": plan.patch.as_json(),
            "verify": verification.as_json(),
        }


def _commit(site: Site, plan: Plan, patches: Sequence[PatchRecord]) -> None:
    from yolo_patcher.commit import commit

    new = record(plan.patch, plan.changes)
    kept = []
    for one in patches:
        if one.patch.model == plan.patch.base:
            # The new model has the rows of its base, so it needs their classes as well.
            new = replace(new, patch=replace(new.patch, classes={**one.patch.classes, **new.patch.classes}))
        if one.id != new.id:
            kept.append(one)
            continue
        changed = {file.path for file in new.files}
        new = replace(new, files=(*(file for file in one.files if file.path not in changed), *new.files))
    commit(site.snapshot.root, plan.changes, [*kept, new])


def _document(
    dialect: str, site: Site, plan: Plan, diff: str, verification: Verification, options: ApplyOptions
) -> dict[str, object]:
    return {
        "dry_run": options.dry_run or options.check,
        "changed": bool(plan.changes),
        "checkout": {"dialect": dialect, "version": site.version},
        "patch": plan.patch.as_json(),
        "files": [change.as_json() for change in plan.changes],
        "diff": diff,
        "verify": verification.as_json(),
        "notes": list(plan.notes),
        "warnings": list(plan.warnings),
    }


def _show(screen: Screen, plan: Plan, diff: str, verification: Verification, options: ApplyOptions) -> None:
    patch = plan.patch
    if not plan.changes:
        screen.line(f"{patch.id} is already applied; nothing to do.")
        return
    if options.dry_run or options.check:
        screen.diff(diff)
        if verification.status != "skipped":
            show_verification(screen.err, verification)
        screen.remark(f"{patch.id}: {len(plan.changes)} files would change; nothing was written.")
        return
    _show_changes(screen, plan)
    if verification.status == "skipped":
        screen.warn("the patch was not verified.")
    else:
        show_verification(screen.out, verification)
    screen.line(f"Applied {patch.id}.", "bold green")
    screen.line(f"Train it with {patch.load}; take it out with: yolo-patcher revert {patch.id}")


def _show_changes(screen: Screen, plan: Plan) -> None:
    """Show the edits of existing files, and the new model YAML against its base."""
    for change in plan.changes:
        added, removed = count_lines(change)
        sign = {"create": "A", "modify": "M", "delete": "D"}[change.action]
        screen.line(f"{sign} {change.path}  +{added}" + (f" -{removed}" if removed else ""), "bold")
        if change.path == plan.patch.model:
            base = FileChange(change.path, plan.base_content, change.after)
            screen.diff(_hunks(base))
        elif change.action == "modify" or screen.verbose:
            screen.diff(_hunks(change))


def _hunks(change: FileChange) -> str:
    old, new = ((content or b"").decode("utf-8", "surrogateescape") for content in (change.before, change.after))
    return "".join(hunks(old.splitlines(keepends=True), new.splitlines(keepends=True)))
