"""The name that a class gets in a checkout: its own, that of the very same class, or one that nothing else has."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.namespace import bound_names, class_definition, imported_file, top_level
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.stand_ins import plain
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.plan.code.class_text import home_of_class
from yolo_patcher.plan.stand_ins import Wanted
from yolo_patcher.recipe.class_code import ClassCode, read_class, same_class
from yolo_patcher.recipe.recipe import Recipe


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


def choose_name(site: Site, recipe: Recipe, taken: set[str], only: Collection[str] | None = None) -> ClassName:
    """Choose the name of the very same class whose rows are as ours, else one that nothing else in the checkout has.

    Args:
        site: the checkout.
        recipe: the recipe.
        taken: names of other classes of the same patch.
        only: the names that a new class may have; None for any.

    Raises:
        PatcherError: `refused`, when a new class would have none of these.
    """
    own, standings, vocabulary = recipe.class_name, site.parse_model.standings, vocabulary_of(site, {})
    candidates = (own, f"{own}Attention", *(f"{own}Attention{number}" for number in range(2, 100)))

    def is_ours(name: str) -> bool:
        # A branch that takes the channels from the row is for rows that say them, and ours do not.
        return name not in standings and not vocabulary.takes_channels(name)

    return _choose(site, read_class(recipe), candidates, taken, only, is_ours, lambda name: _module(recipe, name))


def choose_stand_in_name(
    site: Site, wanted: Wanted, code: ClassCode, taken: set[str], only: Collection[str] | None = None
) -> ClassName:
    """Choose the name of the very same class that stands for the same, else one that nothing else has; as above."""
    candidates = wanted.names()

    def module_of(name: str) -> str:
        more = name.removeprefix(candidates[0]).strip("_").lower()
        return f"{wanted.module}_{more}" if more else wanted.module

    return _choose(site, code, candidates, taken, only, lambda name: _may_stand(site, name, wanted.base), module_of)


def _choose(
    site: Site,
    code: ClassCode,
    candidates: Sequence[str],
    taken: set[str],
    only: Collection[str] | None,
    is_ours: Callable[[str], bool],
    module_of: Callable[[str], str],
) -> ClassName:
    """Choose among names, the best first; `is_ours` tells whether the rows of a class that is there are as ours."""
    names, best = frozenset(site.names[0] | bound_names(site.read_python(site.supplier)[1])), candidates[0]
    for name in candidates:
        definition = find_class(site, name) if name in names and name not in taken else None
        if definition is not None and same_class(definition, code.node) and is_ours(name):
            return ClassName(name, code, "", True, _why(name, best, names, "class"))
    for name in candidates:
        module = module_of(name)
        if name not in names | taken and not _occupied(site, module) and (only is None or name in only):
            return ClassName(name, code, module, False, _why(name, best, {best}, "thing"))
    assert only is not None, "a hundred names are taken"
    named = " or ".join(sorted(only)) or best
    raise PatcherError("refused", f"the class {named} is not as yolo-patcher would write it")


def _why(name: str, best: str, names: Collection[str], what: str) -> str:
    """Say why a class is not called by its best name; empty where it is, or where nothing stands against that."""
    return f"The class is called {name}, because {best} is another {what} here." if name != best in names else ""


def _may_stand(site: Site, name: str, base: str) -> bool:
    """Tell whether a class that is there stands for a base, or is named by nothing in `parse_model`."""
    parse_model = site.parse_model
    standing = parse_model.standings.get(name)
    if standing is None:
        return name not in parse_model.module_names
    return (standing.base, standing.built) == (parse_model.meant(plain(base)), name)


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
