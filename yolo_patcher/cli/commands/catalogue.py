"""`list` and `show`: the catalogue, and one entry of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome


def list_recipes(more: Sequence[Path] = ()) -> Outcome:
    """Give all recipes.

    Raises:
        PatcherError: `recipe`, when one is not understood.
    """
    recipes = api.recipes(more)
    return Outcome({"recipes": api.as_json(recipes)}, lambda screen: api.print_value(recipes, screen.out))


def show_recipe(name: str, more: Sequence[Path] = ()) -> Outcome:
    """Give one recipe.

    Raises:
        PatcherError: `usage`, when there is none of that name; `recipe`, when it is not understood.
    """
    recipe = api.show(name, more)
    return Outcome({"recipe": api.as_json(recipe)}, lambda screen: api.print_value(recipe, screen.out))
