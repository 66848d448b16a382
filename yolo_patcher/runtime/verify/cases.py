"""Verify a plan, or what a checkout holds, on a staged copy, in the user's Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.site import Site
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.plan.plan import Plan
from yolo_patcher.runtime.staging import Staged, staged
from yolo_patcher.runtime.verify.applied import applied_yaml
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.our_lines import Lines, lines_of_plan, lines_of_record
from yolo_patcher.runtime.verify.results import CHECKS, Case, Row, Verification
from yolo_patcher.runtime.verify.run import check_base, run_probe

Progress = Callable[[dict[str, object]], None]


def verify_plan(site: Site, plan: Plan, how: HowToVerify, progress: Progress | None = None) -> Verification:
    """Verify a plan on a staged copy of the checkout.

    Raises:
        PatcherError: `checkout`, when the model was broken before; `verify` and `usage`, when no check could run.
    """
    contents = {change.path: change.after for change in plan.changes}
    ours = lines_of_plan(plan.changes)
    new = frozenset(plan.patch.rows)
    with staged(site, contents) as copy:
        case = _case(site, copy.root, plan.base_load, plan.patch.load, plan.model, new)
        (answer,) = _run(site, copy, [case], how, progress, ours)
    return answer


def _run(
    site: Site,
    copy: Staged,
    cases: Sequence[Case],
    how: HowToVerify,
    progress: Progress | None,
    ours: Mapping[str, Lines],
    on_answer: Callable[[int, Verification], None] | None = None,
) -> tuple[Verification, ...]:
    """Run cases, and name the files that a failure is about where the copy lacks them."""

    def take(number: int, answer: Verification) -> None:
        if on_answer is not None:
            on_answer(number, _with_missed(answer, copy))

    try:
        answers = _run_or_blame(site, copy.root, cases, how, progress, ours, take)
    except PatcherError as error:
        error.help = "\n".join(filter(None, (error.help, copy.missed(error.message))))
        raise
    return tuple(_with_missed(answer, copy) for answer in answers)


def _with_missed(answer: Verification, copy: Staged) -> Verification:
    checks = [
        replace(check, detail=f"{check.detail} {missed}")
        if check.status == "failed" and (missed := copy.missed(check.detail))
        else check
        for check in answer.checks
    ]
    return replace(answer, checks=tuple(checks))


def _run_or_blame(
    site: Site,
    root: Path,
    cases: Sequence[Case],
    how: HowToVerify,
    progress: Progress | None,
    ours: Mapping[str, Lines],
    on_answer: Callable[[int, Verification], None],
) -> tuple[Verification, ...]:
    """Run cases; when the patched tree can't even build its base, find out whether the checkout ever could."""
    try:
        answers = run_probe(
            root,
            site.module,
            cases,
            python=how.python,
            device=how.device,
            timeout=how.timeout,
            on_event=progress,
            on_answer=on_answer,
            our_lines=ours,
            sandbox=how.sandbox,
        )
    except PatcherError as error:
        if error.kind != "checkout":
            raise
        _blame(site, cases[0], root, how)
        raise PatcherError("verify", f"the patch breaks the base model: {error.message}", help=error.help) from error
    if any(answer.import_failed for answer in answers):
        _blame(site, cases[0], root, how)
    return answers


def _blame(site: Site, case: Case, staged_root: Path, how: HowToVerify) -> None:
    """Raise when the unpatched checkout fails as well."""
    with staged(site, {}) as copy:
        base = case.base.replace(str(staged_root), str(copy.root))
        unpatched = Case(base, "", case.final, ())
        check_base(
            copy.root,
            site.module,
            unpatched,
            python=how.python,
            device=how.device,
            timeout=how.timeout,
            sandbox=how.sandbox,
        )


def verify_records(
    checkout: Checkout,
    records: Sequence[PatchRecord],
    how: HowToVerify,
    progress: Progress | None = None,
    on_answer: Callable[[int, Verification], None] | None = None,
) -> tuple[Verification, ...]:
    """Verify patches that the checkout holds, on one staged copy of what is there now and in one process.

    Args:
        checkout: the checkout.
        records: the patches, at the scales at which they are built.
        how: how to verify.
        progress: called with each event.
        on_answer: called with the number of each patch and its answer, as soon as it is there.

    Raises:
        PatcherError: as `verify_plan`, and `checkout` when a patch's model YAML is gone. Of several patches, one whose
            base can't be built fails, and the others go on.
    """
    site, ours = checkout.site, dict[str, Lines]()
    for record in records:
        for path, lines in lines_of_record(site, record).items():
            ours[path] = tuple(dict.fromkeys((*ours.get(path, ()), *lines)))
    with staged(site, {}) as copy:
        cases = [_record_case(checkout, copy.root, one, how) for one in records]
        return _run(site, copy, cases, how, progress, ours, on_answer)


def _record_case(checkout: Checkout, root: Path, record: PatchRecord, how: HowToVerify) -> Case:
    patch, site = record.patch, checkout.site
    model = applied_yaml(site, record)
    base_load = checkout.load_name(patch.base, patch.scale)
    case = _case(site, root, base_load, patch.load, model, frozenset(patch.rows))
    return replace(case, checks=(*CHECKS, *how.optional), costs=how.costs)


def _case(site: Site, root: Path, base: str, patched: str, model: ModelYaml, new: frozenset[int]) -> Case:
    rows = tuple(Row(row.sources, row.module, row.index in new) for row in model.rows)
    return Case(_loadable(root, base), _loadable(root, patched), model.final.module, rows)


def _loadable(root: Path, load: str) -> str:
    """Give what the model class takes: a path of the staged tree where users give a path, else the bare name."""
    return str(root / load) if "/" in load else load
