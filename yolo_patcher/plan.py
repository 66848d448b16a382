"""Plan a patch: from recipes, positions and a model to the bytes of every file before and after; nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from yolo_patcher.channels import channels, scales
from yolo_patcher.checkout import Snapshot
from yolo_patcher.codegen.branch import Branch, add_branches
from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.dialects import Dialect
from yolo_patcher.errors import PatcherError
from yolo_patcher.graph import levels
from yolo_patcher.model_yaml import ModelYaml
from yolo_patcher.models import ChosenModel
from yolo_patcher.naming import choose_name
from yolo_patcher.patch import FileChange, Patch
from yolo_patcher.positions import Place, Selector, locate
from yolo_patcher.recipe import Recipe
from yolo_patcher.site import Site
from yolo_patcher.surgery import NewRow, patched_model, renumber


@dataclass(frozen=True)
class Insertion:
    """One recipe of a request, with its hyper-parameters and its positions."""

    recipe: Recipe
    settings: Mapping[str, object]
    positions: tuple[Selector, ...]

    @property
    def slug(self) -> str:
        """The insertion as a part of a file name: `sae-head-backbone`."""
        return "-".join([self.recipe.name, *(selector.slug for selector in self.positions)])


@dataclass(frozen=True)
class Plan:
    """The whole intended change.

    Attributes:
        patch: what it does.
        changes: every file that changes, sorted by path; empty when the checkout has it all already.
        model: the patched model.
        base_load: what loads the base model at the planned scale.
        base_content: the base model's bytes.
        notes: what the user should know: adapted defaults, a renamed class, what was chosen for them.
        warnings: what is built as published but may not do what the user hopes.
    """

    patch: Patch
    changes: tuple[FileChange, ...]
    model: ModelYaml
    base_load: str
    base_content: bytes
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Remarks:
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def plan_patch(
    dialect: Dialect,
    site: Site,
    chosen: ChosenModel,
    insertions: Sequence[Insertion],
    *,
    output: str | None = None,
    ours: frozenset[str] = frozenset(),
) -> Plan:
    """Plan a patch.

    Args:
        dialect: the checkout's shape.
        site: the checkout's parts.
        chosen: the base model and its scale.
        insertions: what goes where.
        output: the new model YAML's name, beside the base; None to make one from the request.
        ours: classes that the base may hold from earlier patches; like the new ones they keep their input's size.

    Raises:
        PatcherError: `usage`, when a position fits nothing or a module can't take the channels there; `refused`, when
            a file that would be created exists with another content; `checkout` and `model` as the parts do.
    """
    base = chosen.model
    remarks = _Remarks()
    if chosen.how:
        remarks.notes.append(f"The model is {base.path}, {chosen.how}; --model names another.")
    model_path = output_path(base.path, insertions, output)
    patch_id = _patch_id(base.path, model_path, insertions)
    level = levels(base, ours | {one.recipe.class_name for one in insertions})
    width = channels(base, site.parse_model, scales(base)[chosen.scale])
    places = [_places(one, base, level, remarks) for one in insertions]
    edits = Edits()
    classes = _add_classes(dialect, site, edits, insertions, places, width, patch_id, remarks)
    new_rows = [
        NewRow(place, classes[one.recipe.name], one.recipe.row_arguments(one.settings), _level_comment(level, place))
        for one, its_places in zip(insertions, places, strict=True)
        for place in its_places
    ]
    header = f"yolo-patcher {patch_id}: {_summary(insertions, classes)} of {PurePosixPath(base.path).name}"
    patched = patched_model(base, new_rows, header, relative=site.parse_model.image_first)
    contents = {**edits.contents(), model_path: patched.source.encode()}
    patch = Patch(
        id=patch_id,
        recipes=tuple(one.recipe.name for one in insertions),
        positions=tuple(selector.text for one in insertions for selector in one.positions),
        rows=renumber(base, new_rows).inserted,
        base=base.path,
        model=model_path,
        load=dialect.load_name(site, model_path, chosen.scale),
        scale=chosen.scale,
        classes=classes,
    )
    return Plan(
        patch,
        _changes(site.snapshot, contents, created={*edits.created, model_path}),
        patched,
        dialect.load_name(site, base.path, chosen.scale),
        site.snapshot.require(base.path),
        tuple(remarks.notes),
        tuple(remarks.warnings),
    )


def output_path(base: str, insertions: Sequence[Insertion], output: str | None) -> str:
    """Give the path of the new model YAML: beside its base, named after the request or as the user said.

    Raises:
        PatcherError: `usage`, when the name that the user gave is not a plain file name.
    """
    path = PurePosixPath(base)
    if output is None:
        return str(path.with_name(f"{path.stem}-{'-'.join(one.slug for one in insertions)}.yaml"))
    name = output if output.endswith((".yaml", ".yml")) else f"{output}.yaml"
    if PurePosixPath(name).name != name or "\\" in name or name.startswith(".") or not name.isprintable():
        raise PatcherError(
            "usage",
            f"--output {output!r} is not a plain file name",
            help="The new model YAML is written beside its base; give its name without a folder.",
        )
    return str(path.with_name(name))


def _patch_id(base: str, model: str, insertions: Sequence[Insertion]) -> str:
    request = [
        [one.recipe.name, one.recipe.version, dict(one.settings), [selector.text for selector in one.positions]]
        for one in insertions
    ]
    key = json.dumps([request, base, model], sort_keys=True).encode()
    return f"{'-'.join(one.slug for one in insertions)}-{hashlib.sha256(key).hexdigest()[:6]}"


def _places(one: Insertion, base: ModelYaml, level: Mapping[int, int | None], remarks: _Remarks) -> tuple[Place, ...]:
    found = [place for selector in one.positions for place in locate(selector, base, level)]
    places = tuple(dict.fromkeys(found))
    if len(places) < len(found):
        remarks.notes.append(f"Positions that name the same place hold one {one.recipe.class_name}.")
    return tuple(sorted(places, key=lambda place: (place.reads, not place.line)))


def _add_classes(
    dialect: Dialect,
    site: Site,
    edits: Edits,
    insertions: Sequence[Insertion],
    places: Sequence[Sequence[Place]],
    width: Mapping[int, int | None],
    patch_id: str,
    remarks: _Remarks,
) -> dict[str, str]:
    """Choose each class's name and add the edits for its definition, its import and its branch."""
    classes: dict[str, str] = {}
    missing: list[NewClass] = []
    known: list[str] = []
    branches: list[Branch] = []
    for one, its_places in zip(insertions, places, strict=True):
        adapted = _channel_remarks(one, its_places, width, remarks)
        if one.recipe.name in classes:
            continue
        name = choose_name(dialect, site, one.recipe, taken=set(classes.values()))
        classes[one.recipe.name] = name.name
        if name.reason:
            remarks.notes.append(name.reason)
        marker = f"yolo-patcher {patch_id}"
        branches.append(Branch(name.name, marker))
        if name.defined:
            known.append(name.name)
            continue
        because = f"; {'; '.join(adapted)}" if adapted else ""
        about = f"{marker} (recipe {one.recipe.name} {one.recipe.version}{because})"
        missing.append(NewClass(name.name, name.code, one.recipe.title, about, name.module))
    if missing or known:
        dialect.place_classes(site, edits, missing, known)
    edits.add(site.parse_model.source, add_branches(site.parse_model, branches))
    return classes


def _channel_remarks(
    one: Insertion, places: Sequence[Place], width: Mapping[int, int | None], remarks: _Remarks
) -> list[str]:
    """Collect what the recipe says about the channels at its places, and give the defaults that were adapted."""
    adapted: list[str] = []
    for place in places:
        count = width[place.reads]
        if count is None:
            remarks.notes.append(f"The channels of row {place.reads} can't be told from the YAML; verify checks them.")
            continue
        said = one.recipe.channel_notes(count, one.settings)
        if said.refused:
            raise PatcherError(
                "usage",
                f"{one.recipe.class_name} can't be built on row {place.reads}: {'; '.join(said.refused)}",
                help=f"Choose other hyper-parameters with --set; `yolo-patcher show {one.recipe.name}` lists them.",
            )
        adapted += said.adapted
        remarks.warnings += [f"{one.recipe.name}: {text}" for text in said.warnings]
    remarks.warnings[:] = dict.fromkeys(remarks.warnings)
    remarks.notes += [f"{one.recipe.name}: {text}" for text in dict.fromkeys(adapted)]
    return list(dict.fromkeys(adapted))


def _level_comment(level: Mapping[int, int | None], place: Place) -> str:
    found = level[place.reads]
    return "" if found is None else f"(P{found}/{2**found})"


def _summary(insertions: Sequence[Insertion], classes: Mapping[str, str]) -> str:
    return ", ".join(
        f"{classes[one.recipe.name]} at {' and '.join(selector.text for selector in one.positions)}"
        for one in insertions
    )


def _changes(snapshot: Snapshot, contents: Mapping[str, bytes], created: set[str]) -> tuple[FileChange, ...]:
    changes = []
    for path in sorted(contents):
        before = snapshot.read(path)
        if before == contents[path]:
            continue
        if before is not None and path in created:
            raise PatcherError(
                "refused",
                "the file exists with another content",
                path=path,
                help="Give the new model YAML another name with --output, or move the file away.",
            )
        changes.append(FileChange(path, before, contents[path]))
    return tuple(changes)
