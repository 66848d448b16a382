"""Choose the classes that a patch brings into a checkout, and write their definition, import and branch."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.marker import branch_marker, class_marker
from yolo_patcher.checkout.namespace import bound_names, class_definition, imported_file, top_level
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.plan.code.branch import Branch, add_branches
from yolo_patcher.plan.code.class_text import home_of_class, place_classes
from yolo_patcher.plan.code.edits import Edits, NewClass
from yolo_patcher.plan.places import Place
from yolo_patcher.recipe.class_code import ClassCode, read_class, same_class
from yolo_patcher.recipe.recipe import Recipe

if TYPE_CHECKING:
    from yolo_patcher.plan.request import Insertion


@dataclass
class Remarks:
    """What a plan tells the user beside what it does."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ChosenClass:
    """A recipe's class in a checkout.

    Attributes:
        name: its name there.
        branch: its branch in `parse_model`.
        new: its definition; None where the checkout has the very class already.
    """

    name: str
    branch: Branch
    new: NewClass | None


def choose_classes(
    site: Site,
    insertions: Sequence[Insertion],
    places: Sequence[Sequence[Place]],
    width: Mapping[int, int | None],
    patch_id: str,
    remarks: Remarks,
) -> dict[str, ChosenClass]:
    """Choose each recipe's class, by recipe name.

    Raises:
        PatcherError: `usage`, when a module can't take the channels at its places.
    """
    classes: dict[str, ChosenClass] = {}
    for one, its_places in zip(insertions, places, strict=True):
        adapted = _channel_remarks(one, its_places, width, remarks)
        if one.recipe.name in classes:
            continue
        name = choose_name(site, one.recipe, taken={chosen.name for chosen in classes.values()})
        if name.reason:
            remarks.notes.append(name.reason)
        about = class_marker(patch_id, one.recipe.name, one.recipe.version, adapted)
        new = None if name.defined else NewClass(name.name, name.code, one.recipe.title, about, name.module)
        classes[one.recipe.name] = ChosenClass(name.name, Branch(name.name, branch_marker(patch_id)), new)
    return classes


def class_contents(site: Site, classes: Sequence[ChosenClass]) -> dict[str, bytes]:
    """Give the bytes of every file that these classes create or change.

    Raises:
        PatcherError: `refused`, when a file that would be created exists with another content.
    """
    edits = Edits()
    place_classes(
        site,
        edits,
        [one.new for one in classes if one.new is not None],
        [one.name for one in classes if one.new is None],
    )
    edits.add(site.parse_model.source, add_branches(site.parse_model, [one.branch for one in classes]))
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


def _channel_remarks(
    one: Insertion, places: Sequence[Place], width: Mapping[int, int | None], remarks: Remarks
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


@dataclass(frozen=True)
class ClassName:
    """The name that a class gets.

    Attributes:
        name: the name.
        code: the recipe's class.
        module: the name for a module of its own.
        defined: whether the checkout has the very class already.
        reason: why it is not simply added under its own name; empty when it is.
    """

    name: str
    code: ClassCode
    module: str
    defined: bool
    reason: str


def choose_name(site: Site, recipe: Recipe, taken: set[str]) -> ClassName:
    """Choose a name that nothing else in the checkout has, or that of the very same class whose rows are as ours."""
    code = read_class(recipe)
    own = recipe.class_name
    names = site.names[0] | bound_names(site.read_python(site.supplier)[1]) | taken
    for name in (own, f"{own}Attention", *(f"{own}Attention{number}" for number in range(2, 100))):
        definition = None if name in taken else find_class(site, name)
        is_same = definition is not None and same_class(definition, code.node)
        # A branch that takes the channels from the row is for rows that say them, and ours do not.
        if is_same and not vocabulary_of(site, {}).takes_channels(name):
            reason = "" if name == own else f"The class is called {name}, because {own} is another class here."
            return ClassName(name, code, "", True, reason)
        module = _module(recipe, name)
        if definition is None and name not in names and not _occupied(site, module):
            reason = "" if name == own else f"The class is called {name}, because {own} is another thing here."
            return ClassName(name, code, module, False, reason)
    raise AssertionError("a hundred names are taken")


def _module(recipe: Recipe, name: str) -> str:
    stem = recipe.name.replace("-", "_")
    return stem if name == recipe.class_name else f"{stem}_{name.removeprefix(recipe.class_name).lower()}"


def _occupied(site: Site, module: str) -> bool:
    home = home_of_class(site, module)
    return home != site.supplier and site.snapshot.exists(home)


def find_class(site: Site, name: str) -> ast.ClassDef | None:
    """Give the class of a name among the checkout's modules.

    It is the one that the file of `parse_model` sees, else one of the supplier, or of a file that it imports it from.
    """
    if name in site.names[0]:
        visible = site.parse_model.file.find(name)
        if isinstance(visible, Definition):
            return visible.node if isinstance(visible.node, ast.ClassDef) else None
    _, tree = site.read_python(site.supplier)
    found = class_definition(tree, name)
    if found is not None:
        return found
    for statement in top_level(tree):
        if isinstance(statement, ast.ImportFrom) and name in {alias.asname or alias.name for alias in statement.names}:
            source = imported_file(site.snapshot, site.supplier, statement)
            if source is not None:
                return class_definition(site.read_python(source)[1], name)
    return None
