"""Plan a patch: from recipes, positions and a model to the bytes of every file before and after; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.marker import Header
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import FileChange, Patch, StandIn, Step
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import ChosenModel
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.classes import ChosenClass, choose_classes, class_contents, refuse_other_content
from yolo_patcher.plan.fits import maps_of
from yolo_patcher.plan.places import Place
from yolo_patcher.plan.remarks import Remarks
from yolo_patcher.plan.renumber import NewRow, Renumbering, renumber
from yolo_patcher.plan.request import Insertion, Request
from yolo_patcher.plan.stand_ins import Wanted, wanted_classes
from yolo_patcher.plan.where import Recipes, where
from yolo_patcher.plan.yaml_text import patched_model
from yolo_patcher.recipe.selector import REPLACE
from yolo_patcher.signature import Signatures

_NONE: Signatures = {}


@dataclass(frozen=True)
class Plan:
    """The whole intended change.

    Attributes:
        patch: what it does.
        changes: every file that changes, sorted by path; empty when the checkout has it all already.
        steps: the same, part by part: each class, then the model YAML; those that change nothing are left out.
        model: the patched model.
        base_load: what loads the base model at the planned scale.
        base: the base model.
        notes: what the user should know: adapted defaults, a renamed class, what was chosen for them.
        warnings: what is built as published but may not do what the user hopes.
        mixing: the new classes whose recipes say that they mix the positions of a map.
    """

    patch: Patch
    changes: tuple[FileChange, ...]
    steps: tuple[Step, ...]
    model: ModelYaml
    base_load: str
    base: ModelYaml
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    mixing: frozenset[str] = frozenset()


def plan_patch(
    checkout: Checkout,
    chosen: ChosenModel,
    request: Request,
    *,
    signatures: Signatures = _NONE,
    recipes: Recipes = tuple,
    names: Collection[str] | None = None,
) -> Plan:
    """Plan a patch.

    Args:
        checkout: the checkout.
        chosen: the base model and its scale.
        request: what goes where; its model and its scale are those that were chosen.
        signatures: what is known of classes that the base may hold from earlier patches.
        recipes: gives the recipes that are told to fit where another does not.
        names: the names that new classes may have; None for any.

    Raises:
        PatcherError: `usage`, when a position fits nothing or a module can't take the channels there; `refused`, when
            a file that would be created exists with another content; `checkout` and `model` as the parts do.
    """
    base, site, insertions = chosen.model, checkout.site, request.insertions
    remarks = Remarks()
    if chosen.how:
        remarks.notes.append(f"The model is {base.path}, {chosen.how}; --model names another.")
    remarks.notes += _other_parse_models(site, insertions)
    model_path = request.output_path(base.path)
    patch_id = request.patch_id(base.path, model_path)
    load = _loadable(checkout, chosen, model_path)
    size = scales(base)[chosen.scale]
    known = {**signatures, **{one.recipe.class_name: one.recipe.signature for one in insertions}}
    level = levels_of(site, base, size, known).level
    maps = maps_of(site, base, size, level)
    wheres = [where(site, one, maps, recipes, remarks) for one in insertions]
    wanted = wanted_classes(base, [own for one in wheres for own in one.own])
    placed = [(one, its.places) for one, its in zip(insertions, wheres, strict=True)]
    chosen_classes = choose_classes(site, placed, wanted, maps, patch_id, remarks, names)
    new_rows = [
        NewRow(
            place,
            chosen_classes.own[one.recipe.name],
            one.recipe.row_arguments(one.settings),
            _level_comment(level, place),
        )
        for one, places in placed
        for place in places
    ]
    header = Header(patch_id, request.words(), PurePosixPath(base.path).name)
    patched = patched_model(
        base, new_rows, header.text(), relative=site.parse_model.image_first, modules=chosen_classes.modules
    )
    steps = _steps(site, chosen_classes.every, model_path, patched.source.encode())
    numbers = renumber(base, new_rows)
    patch = Patch(
        id=patch_id,
        recipes=tuple(one.recipe.name for one in insertions),
        positions=tuple(selector.text for one in insertions for selector in one.positions),
        rows=tuple(sorted(numbers.inserted)),
        base=base.path,
        model=model_path,
        load=load,
        scale=chosen.scale,
        classes=chosen_classes.own,
        stand_ins=tuple(_recorded(name, one, numbers) for name, one in chosen_classes.stand_ins),
    )
    mixing = {one.recipe.name for one in insertions if one.recipe.mixes_positions}
    return Plan(
        patch,
        tuple(_changes(steps)),
        steps,
        patched,
        checkout.load_name(base.path, chosen.scale),
        base,
        tuple(remarks.notes),
        tuple(remarks.warnings),
        frozenset(name for name, its in patch.recipes_of_classes.items() if mixing.intersection(its)),
    )


def _recorded(name: str, wanted: Wanted, numbers: Renumbering) -> StandIn:
    recipes = tuple(part.recipe.name for part in wanted.parts)
    rows = tuple(numbers.rows[row] for row in wanted.rows)
    other = wanted.place == REPLACE and wanted.parts[0].recipe.signature.channels == "first"
    return StandIn(name, wanted.base, wanted.place, recipes, rows, other)


def _loadable(checkout: Checkout, chosen: ChosenModel, path: str) -> str:
    """Give what loads the new model at the planned scale.

    Raises:
        PatcherError: `usage`, when the repository would build another scale under that name.
    """
    load = checkout.load_name(path, chosen.scale)
    built = checkout.dialect.loaded_scale(load) or next(iter(scales(chosen.model)))
    # Where each scale is a file of its own, the base says it.
    if chosen.scale and built != chosen.scale:
        stem = PurePosixPath(chosen.model.path).stem
        raise PatcherError(
            "usage",
            f"{load} would be built at scale {built}, not at {chosen.scale}, which only a name can say",
            path=path,
            help=f"Begin the name of --output as the base's, `{stem}`, without a scale, or plan for --scale {built}.",
        )
    return load


def _other_parse_models(site: Site, insertions: Sequence[Insertion]) -> Iterator[str]:
    """Say which files of the checkout will not know the modules."""
    names = " and ".join(dict.fromkeys(one.recipe.class_name for one in insertions))
    for path in site.other_parse_models:
        what = "TensorFlow export" if path.endswith("/tf.py") else "what builds models with it"
        yield f"{path} has a parse_model of its own, which stays as it is: {what} does not know {names}."


def _level_comment(level: Mapping[int, int | None], place: Place) -> str:
    found = level[place.reads]
    return "" if found is None else f"(P{found}/{2**found})"


def _steps(site: Site, classes: Sequence[ChosenClass], model_path: str, model: bytes) -> tuple[Step, ...]:
    """Give the patch part by part; each class begins with the files that the classes before it leave."""
    steps: list[Step] = []
    there: dict[str, bytes] = {}
    for number, one in enumerate(classes, 1):
        code = class_contents(site, classes[:number])
        steps.append(_step(site.snapshot, "class", one.name, there, code))
        there = code
    refuse_other_content(site, model_path, model)
    steps.append(_step(site.snapshot, "model", model_path, {}, {model_path: model}))
    return tuple(step for step in steps if step.changes)


def _step(snapshot: Snapshot, kind: str, name: str, there: Mapping[str, bytes], contents: Mapping[str, bytes]) -> Step:
    changes = []
    for path in sorted(contents):
        before = there[path] if path in there else snapshot.read(path)
        if before != contents[path]:
            changes.append(FileChange(path, before, contents[path]))
    return Step(kind, name, tuple(changes))


def _changes(steps: Sequence[Step]) -> Iterator[FileChange]:
    """Put the steps of each file together."""
    by_path: dict[str, list[FileChange]] = {}
    for step in steps:
        for change in step.changes:
            by_path.setdefault(change.path, []).append(change)
    for path, its in sorted(by_path.items()):
        yield FileChange(path, its[0].before, its[-1].after)
