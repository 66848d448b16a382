"""`list` and `show`: the catalogue, and one entry of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.report.recipes import list_document, render_list, render_show, show_document


def list_recipes(more: Sequence[Path] = ()) -> Outcome:
    """Give all recipes.

    Raises:
        PatcherError: `recipe`, when one is not understood.
    """
    recipes = all_recipes(tuple(more))
    return Outcome({"recipes": list_document(recipes)}, lambda screen: render_list(recipes, screen.out))


def show_recipe(name: str, more: Sequence[Path] = ()) -> Outcome:
    """Give one recipe.

    Raises:
        PatcherError: `usage`, when there is none of that name; `recipe`, when it is not understood.
    """
    recipe = find_recipe(name, tuple(more))
    return Outcome({"recipe": show_document(recipe)}, lambda screen: render_show(recipe, screen.out))
