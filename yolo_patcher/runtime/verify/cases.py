"""Verify a plan, or what a checkout holds, on a staged copy, in the user's Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.commit.patch import Asked, Patch, StandIn
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import IMAGE, ModelYaml, read_model_yaml
from yolo_patcher.model.scales import Scale, scales
from yolo_patcher.plan.places import locate, moved
from yolo_patcher.plan.plan import Plan
from yolo_patcher.recipe.selector import INSIDE, PLACES, parse_selector
from yolo_patcher.runtime.python import training_python
from yolo_patcher.runtime.staging import Staged, staged
from yolo_patcher.runtime.verify.applied import applied_yaml, as_base
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.our_lines import Lines, lines_of_plan, lines_of_record
from yolo_patcher.runtime.verify.results import CHECKS, Case, Row, Verification
from yolo_patcher.runtime.verify.run import check_base, run_probe
from yolo_patcher.signature import Signature

Progress = Callable[[dict[str, object]], None]


def verify_plan(
    site: Site,
    plan: Plan,
    how: HowToVerify,
    progress: Progress | None = None,
    asked: Sequence[Asked] = (),
) -> Verification:
    """Verify a plan on a staged copy of the checkout.

    Args:
        site: the checkout.
        plan: the plan.
        how: how to verify.
        progress: called with each event.
        asked: what was asked for, whose settings the built modules must have.

    Raises:
        PatcherError: `checkout`, when the model was broken before; `verify` and `usage`, when no check could run, or a
            check is named that there is not.
    """
    how.refuse_unknown()
    models = _models(site, [plan.base.path])
    contents = {**models, **{change.path: change.after for change in plan.changes}}
    ours = lines_of_plan(plan.changes)
    new = frozenset(plan.patch.rows)
    with staged(site, contents) as copy:
        wanted = _settings(plan.patch, asked)
        case = _case(site, copy.root, plan.base_load, plan.patch, plan.model, new, wanted, plan.mixing)
        case = replace(_with_base(case, site, plan.base, plan.patch), skip=how.skip)
        (answer,) = _run(site, copy, [case], how, progress, ours, models)
    return answer


def _run(
    site: Site,
    copy: Staged,
    cases: Sequence[Case],
    how: HowToVerify,
    progress: Progress | None,
    ours: Mapping[str, Lines],
    models: Mapping[str, bytes | None],
    on_answer: Callable[[int, Verification], None] | None = None,
) -> tuple[Verification, ...]:
    """Run cases, and name the files that a failure is about where the copy lacks them."""
    interpreter = training_python(how.python, site.snapshot.root)
    how = replace(how, python=interpreter.program)

    def told(answer: Verification) -> Verification:
        return replace(_with_missed(answer, copy), interpreter=interpreter)

    def take(number: int, answer: Verification) -> None:
        if on_answer is not None:
            on_answer(number, told(answer))

    try:
        answers = _run_or_blame(site, copy.root, cases, how, progress, ours, models, take)
    except PatcherError as error:
        error.help = "\n".join(filter(None, (error.help, copy.missed(error.message))))
        raise
    return tuple(map(told, answers))


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
    models: Mapping[str, bytes | None],
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
        _blame(site, cases[0], root, how, models)
        raise PatcherError("verify", f"the patch breaks the base model: {error.message}", help=error.help) from error
    if any(answer.import_failed for answer in answers):
        _blame(site, cases[0], root, how, models)
    return answers


def _blame(site: Site, case: Case, staged_root: Path, how: HowToVerify, models: Mapping[str, bytes | None]) -> None:
    """Raise when the unpatched checkout fails as well."""
    with staged(site, models) as copy:
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
    mixing: frozenset[str] = frozenset(),
) -> tuple[Verification, ...]:
    """Verify patches that the checkout holds, on one staged copy of what is there now and in one process.

    Args:
        checkout: the checkout.
        records: the patches, at the scales at which they are built.
        how: how to verify.
        progress: called with each event.
        on_answer: called with the number of each patch and its answer, as soon as it is there.
        mixing: the classes whose recipes say that they mix the positions of a map.

    Raises:
        PatcherError: as `verify_plan`, and `checkout` when a patch's model YAML is gone. Of several patches, one whose
            base can't be built fails, and the others go on.
    """
    how.refuse_unknown()
    site, ours = checkout.site, dict[str, Lines]()
    for record in records:
        for path, lines in lines_of_record(site, record).items():
            ours[path] = tuple(dict.fromkeys((*ours.get(path, ()), *lines)))
    models = _models(site, [path for one in records for path in (one.patch.base, one.patch.model)])
    with staged(site, models) as copy:
        cases = [_record_case(checkout, copy.root, one, how, mixing) for one in records]
        return _run(site, copy, cases, how, progress, ours, models, on_answer)


def _models(site: Site, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Give model YAMLs as they are: one outside the package would not be staged with it."""
    return {path: site.snapshot.read(path) for path in paths if site.snapshot.exists(path)}


def _record_case(checkout: Checkout, root: Path, record: PatchRecord, how: HowToVerify, mixing: frozenset[str]) -> Case:
    patch, site = record.patch, checkout.site
    model = applied_yaml(site, record)
    base_load = checkout.load_name(patch.base, patch.scale)
    settings = _settings(patch, record.asked)
    case = _case(site, root, base_load, patch, model, frozenset(patch.rows), settings, mixing)
    base = site.snapshot.read(patch.base)
    if base is not None:
        case = _with_base(case, site, read_model_yaml(decode_yaml(patch.base, base)), patch)
    return replace(case, checks=(*CHECKS, *how.optional), costs=how.costs, skip=how.skip)


def _with_base(case: Case, site: Site, base: ModelYaml, patch: Patch) -> Case:
    """Give a case with what is known of its base: the levels, and the edges that the patch's positions move there."""
    known = _levels(site, base, patch)
    level = {IMAGE: 0, **dict(enumerate(known))}
    try:
        selectors = [one for one in map(parse_selector, patch.positions) if PLACES[one.place].readers is not None]
        places = [place for one in selectors for place in locate(one, base, level).places]
    except PatcherError:
        # The base was edited since, so that a position means nothing there; what leads through new rows is told.
        return replace(case, base_levels=known)
    return replace(case, base_levels=known, moved=moved(base, places))


def _case(
    site: Site,
    root: Path,
    base: str,
    patch: Patch,
    model: ModelYaml,
    new: frozenset[int],
    settings: Mapping[str, tuple[Mapping[str, object], ...]],
    mixing: frozenset[str],
) -> Case:
    level = _levels(site, model, patch)
    changed = {number: one for one in patch.stand_ins for number in one.rows}
    rows = []
    for row in model.rows:
        stands = changed.get(row.index)
        row_is_new = row.index in new or stands is not None
        its = _within(patch, stands) if stands else {row.module}
        rows.append(
            Row(
                row.sources,
                row.module,
                row_is_new,
                level[row.index],
                {name: asked for name, asked in settings.items() if name in its} if row_is_new else {},
                row.module in mixing,
                stands.base if stands else "",
                stands is not None and stands.place == INSIDE,
                stands is not None and stands.other_channels,
            )
        )
    return Case(_loadable(root, base), _loadable(root, patch.load), model.final.module, tuple(rows))


def _settings(patch: Patch, asked: Sequence[Asked]) -> dict[str, tuple[Mapping[str, object], ...]]:
    """Give, by class, the settings that were asked for, one mapping for each request of it."""
    found: dict[str, tuple[Mapping[str, object], ...]] = {}
    for one in asked:
        for name, recipe in patch.recipe_classes.items():
            if recipe == one.recipe:
                found[name] = (*found.get(name, ()), one.settings)
    return found


def _within(patch: Patch, stands: StandIn) -> set[str]:
    """Give the classes whose settings show in a row of a class that stands for another."""
    return {stands.class_name, *(patch.classes[one] for one in stands.recipes if one in patch.classes)}


def _levels(site: Site, model: ModelYaml, patch: Patch) -> tuple[int | None, ...]:
    """Give the level of each row at the scale of a patch; None where it can't be told."""
    known = dict.fromkeys(patch.classes.values(), Signature())
    size = scales(model).get(patch.scale) or Scale("", 1, 1, math.inf)
    level = levels_of(site, as_base(model, patch), size, known).level
    return tuple(level[row.index] for row in model.rows)


def _loadable(root: Path, load: str) -> str:
    """Give what the model class takes: a path of the staged tree where users give a path, else the bare name."""
    return str(root / load) if "/" in load else load
