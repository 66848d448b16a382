"""Choose the classes that a patch brings into a checkout, and write their definition, import and branch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.marker import branch_marker, class_marker
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import Row
from yolo_patcher.plan.class_names import ClassName, choose_name, choose_stand_in_name
from yolo_patcher.plan.code.branch import Branch, add_branches
from yolo_patcher.plan.code.class_text import home_of_class, place_classes
from yolo_patcher.plan.code.edits import Edits, NewClass
from yolo_patcher.plan.code.stand_in import StandIn, add_stand_ins
from yolo_patcher.plan.fits import Maps
from yolo_patcher.plan.inside import inner_of, inner_widths_of
from yolo_patcher.plan.places import Place
from yolo_patcher.plan.remarks import Remarks
from yolo_patcher.plan.stand_ins import Wanted
from yolo_patcher.plan.variant import variant_of
from yolo_patcher.plan.variant_home import with_home
from yolo_patcher.recipe.class_code import read_class, with_defaults
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import INSIDE, REPLACE
from yolo_patcher.signature import Signature

if TYPE_CHECKING:
    from yolo_patcher.plan.request import Insertion


@dataclass(frozen=True)
class ChosenClass:
    """A class in a checkout.

    Attributes:
        name: its name there.
        branch: its branch in `parse_model`; None for a class that stands for another.
        stand_in: how it stands for another class; None where it does not.
        new: its definition; None where the checkout has the very class already.
    """

    name: str
    branch: Branch | None
    stand_in: StandIn | None
    new: NewClass | None


@dataclass(frozen=True)
class Chosen:
    """The classes of a request in a checkout.

    Attributes:
        every: all of them; a variant comes behind the classes in it.
        own: the name of each recipe's own class, by the recipe's name.
        stand_ins: the classes that stand for others, with what they are for.
    """

    every: tuple[ChosenClass, ...]
    own: Mapping[str, str]
    stand_ins: tuple[tuple[str, Wanted], ...]

    @property
    def modules(self) -> dict[int, str]:
        """The rows of the base that name another class, and its name."""
        return {row: name for name, wanted in self.stand_ins for row in wanted.rows}


def choose_classes(
    site: Site,
    insertions: Sequence[tuple[Insertion, Sequence[Place]]],
    wanted: Sequence[Wanted],
    maps: Maps,
    patch_id: str,
    remarks: Remarks,
    only: Collection[str] | None = None,
) -> Chosen:
    """Choose the classes of a request.

    Args:
        site: the checkout.
        insertions: the recipes with the places of new rows.
        wanted: the classes that stand for others.
        maps: the base model.
        patch_id: the patch's name, for the marker comments.
        remarks: takes what the user should know.
        only: the names that new classes may have; None for any.

    Raises:
        PatcherError: `usage`, when a module can't take the channels at its places, or a block not the module;
            `refused`, when a class would have another name.
    """
    every: list[ChosenClass] = []
    own: dict[str, str] = {}
    within = {part.recipe.name for one in wanted if one.place == INSIDE for part in one.parts}
    for one, places in insertions:
        recipe = one.recipe
        adapted = _channel_remarks(recipe, one.settings, [_in_line(recipe, place, maps) for place in places], remarks)
        if not places and recipe.name not in within:
            continue
        name = choose_name(site, recipe, set(own.values()), only)
        about = class_marker(patch_id, [(recipe.name, recipe.version)], adapted)
        new = _new(name, recipe.title, about, remarks)
        every.append(ChosenClass(name.name, Branch(name.name, branch_marker(patch_id), recipe.signature), None, new))
        own[recipe.name] = name.name
    stand_ins: list[tuple[str, Wanted]] = []
    for each in wanted:
        if each.place == REPLACE:
            chosen = _in_stead_of(site, each, {one.name for one in every}, maps, patch_id, remarks, only)
        else:
            chosen = _variant(site, each, own, every, maps, patch_id, remarks, only)
        every.append(chosen)
        stand_ins.append((chosen.name, each))
    return Chosen(tuple(every), own, tuple(stand_ins))


def _new(name: ClassName, title: str, about: str, remarks: Remarks) -> NewClass | None:
    if name.reason:
        remarks.notes.append(name.reason)
    return None if name.defined else NewClass(name.name, name.code, title, about, name.module)


def _in_stead_of(
    site: Site,
    wanted: Wanted,
    taken: set[str],
    maps: Maps,
    patch_id: str,
    remarks: Remarks,
    only: Collection[str] | None,
) -> ChosenClass:
    (part,) = wanted.parts
    recipe, signature = part.recipe, part.recipe.signature
    spots = [_in_stead(maps.model.rows[row], signature, maps) for row in wanted.rows]
    adapted = _channel_remarks(recipe, part.settings, spots, remarks)
    name = choose_stand_in_name(site, wanted, with_defaults(read_class(recipe), part.settings), taken, only)
    new = _new(name, recipe.title, class_marker(patch_id, [(recipe.name, recipe.version)], adapted), remarks)
    return ChosenClass(name.name, None, StandIn(name.name, wanted.base, branch_marker(patch_id), signature), new)


def _variant(
    site: Site,
    wanted: Wanted,
    own: Mapping[str, str],
    before: Sequence[ChosenClass],
    maps: Maps,
    patch_id: str,
    remarks: Remarks,
    only: Collection[str] | None,
) -> ChosenClass:
    adapted: list[str] = []
    for part in wanted.parts:
        spots = [
            Spot(row, (width,), width)
            for row in wanted.rows
            for width in inner_widths_of(site, maps.model.rows[row], part, maps)
        ]
        adapted += _channel_remarks(part.recipe, part.settings, spots, remarks)
    variant = variant_of(site, wanted.base, inner_of(wanted, own))
    name = choose_stand_in_name(site, wanted, variant.code, {one.name for one in before}, only)
    if not name.defined:
        recipes = {one.name: _file_of(site, one) for one in before if one.name in own.values()}
        code, home = with_home(site, variant, name.module, recipes)
        name = replace(name, code=code)
    title = " and ".join([wanted.base, *(part.recipe.title for part in wanted.parts)])
    about = class_marker(patch_id, [(part.recipe.name, part.recipe.version) for part in wanted.parts], adapted)
    new = _new(name, title, about, remarks)
    if new is not None:
        new = replace(new, home=home)
    return ChosenClass(name.name, None, StandIn(name.name, wanted.base, branch_marker(patch_id), None), new)


def _file_of(site: Site, chosen: ChosenClass) -> str:
    """Give the file of the checkout that a class is defined in, or will be."""
    if chosen.new is not None:
        return chosen.new.home or home_of_class(site, chosen.new.module)
    found = site.parse_model.file.find(chosen.name)
    return found.file.source.path if isinstance(found, Definition) else site.supplier


def class_contents(site: Site, classes: Sequence[ChosenClass]) -> dict[str, bytes]:
    """Give the bytes of every file that these classes create or change.

    Raises:
        PatcherError: `refused`, when a file that would be created exists with another content; `checkout`, when
            `parse_model` does not let a class stand for another.
    """
    edits = Edits()
    place_classes(
        site,
        edits,
        [one.new for one in classes if one.new is not None],
        [one.name for one in classes if one.new is None],
    )
    parse_model = site.parse_model
    edits.add(parse_model.source, add_branches(parse_model, [one.branch for one in classes if one.branch]))
    edits.add(parse_model.source, add_stand_ins(parse_model, [one.stand_in for one in classes if one.stand_in]))
    contents = edits.contents()
    for path in edits.created:
        refuse_other_content(site, path, contents[path])
    return contents


def refuse_other_content(site: Site, path: str, content: bytes) -> None:
    """Refuse to replace a file that is not ours by one that a patch creates."""
    if site.snapshot.read(path) not in (None, content):
        raise PatcherError(
            "refused",
            "the file exists with another content",
            path=path,
            help="Give the new model YAML another name with --output, or move the file away.",
        )


@dataclass(frozen=True)
class Spot:
    """What is known of a module at a place: the row to name, the channels of its inputs and its output, its repeats."""

    row: int
    inputs: tuple[int | None, ...]
    out: int | None
    repeats: int | None = None


def _in_line(recipe: Recipe, place: Place, maps: Maps) -> Spot:
    width = maps.width[place.reads]
    return Spot(place.reads, (width,), width)


def _in_stead(row: Row, signature: Signature, maps: Maps) -> Spot:
    inputs = maps.inputs(row)
    out = inputs[0] if signature.channels == "first" else maps.width[row.index]
    return Spot(row.index, inputs, out, maps.scale.repeats(row.repeats))


def _channel_remarks(
    recipe: Recipe, settings: Mapping[str, object], spots: Sequence[Spot], remarks: Remarks
) -> list[str]:
    """Collect what the recipe says about the channels at its places, and give the defaults that were adapted."""
    adapted: list[str] = []
    for spot in spots:
        known = [width for width in spot.inputs if width is not None]
        if spot.out is None or len(known) < len(spot.inputs):
            remarks.notes.append(f"The channels of row {spot.row} can't be told from the YAML; verify checks them.")
            continue
        said = recipe.channel_notes(known, settings, spot.out, spot.repeats)
        if said.refused:
            raise PatcherError(
                "usage",
                f"{recipe.class_name} can't be built on row {spot.row}: {'; '.join(said.refused)}",
                help=f"Choose other hyper-parameters with --set; `yolo-patcher show {recipe.name}` lists them.",
            )
        adapted += said.adapted
        remarks.warnings += [f"{recipe.name}: {text}" for text in said.warnings]
    remarks.warnings[:] = dict.fromkeys(remarks.warnings)
    remarks.notes += [f"{recipe.name}: {text}" for text in dict.fromkeys(adapted)]
    return list(dict.fromkeys(adapted))
