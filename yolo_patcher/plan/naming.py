"""Choose the name of a recipe's class in a checkout: its own, unless another thing there has that name."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.checkout.namespace import bound_names, class_definition, imported_file, top_level
from yolo_patcher.checkout.site import Site
from yolo_patcher.plan.code.class_text import home_of_class
from yolo_patcher.recipe.class_code import ClassCode, read_class, same_class
from yolo_patcher.recipe.recipe import Recipe

if TYPE_CHECKING:
    from yolo_patcher.checkout.dialects import Dialect


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


def choose_name(dialect: Dialect, site: Site, recipe: Recipe, taken: set[str]) -> ClassName:
    """Choose a name that nothing else in the checkout has, or the name of the very same class when it is there."""
    code = read_class(recipe)
    own = recipe.class_name
    names = site.names[0] | bound_names(site.read_python(site.supplier)[1]) | taken
    for name in (own, f"{own}Attention", *(f"{own}Attention{number}" for number in range(2, 100))):
        definition = None if name in taken else find_class(site, name)
        if definition is not None and same_class(definition, code.node):
            reason = "" if name == own else f"The class is called {name}, because {own} is another class here."
            return ClassName(name, code, "", True, reason)
        module = _module(recipe, name)
        if definition is None and name not in names and not _occupied(dialect, site, module):
            reason = "" if name == own else f"The class is called {name}, because {own} is another thing here."
            return ClassName(name, code, module, False, reason)
    raise AssertionError("a hundred names are taken")


def _module(recipe: Recipe, name: str) -> str:
    stem = recipe.name.replace("-", "_")
    return stem if name == recipe.class_name else f"{stem}_{name.removeprefix(recipe.class_name).lower()}"


def _occupied(dialect: Dialect, site: Site, module: str) -> bool:
    home = home_of_class(site, module)
    return home != site.supplier and site.snapshot.exists(home)


def find_class(site: Site, name: str) -> ast.ClassDef | None:
    """Give the class of a name among the checkout's modules: in the supplier, or in a file that it imports it from."""
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
