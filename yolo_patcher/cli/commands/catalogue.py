"""`list` and `show`: the catalogue, and one entry of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen


def list_recipes(more: Sequence[Path] = (), tags: Sequence[str] = (), order: str = "name") -> Outcome:
    """Give all recipes, or those that have all tags.

    Raises:
        PatcherError: `recipe`, when one is not understood.
    """
    recipes = api.listing(tags, order, more)
    return Outcome({"recipes": list(recipes)}, lambda screen: _print(screen, recipes, tags, order))


def _print(screen: Screen, recipes: Sequence[Mapping[str, object]], tags: Sequence[str], order: str) -> None:
    if not recipes:
        screen.line(f"No recipe has the tag{'s' if len(tags) > 1 else ''} {' and '.join(tags)}.")
    api.print_listing(recipes, screen.out, order)


def show_recipe(name: str, more: Sequence[Path] = ()) -> Outcome:
    """Give one recipe.

    Raises:
        PatcherError: `usage`, when there is none of that name; `recipe`, when it is not understood.
    """
    recipe = api.show(name, more)
    return Outcome({"recipe": api.as_json(recipe)}, lambda screen: api.print_value(recipe, screen.out))


def show_costs(
    name: str, repo: Path, model: str | None, scale: str | None, screen: Screen, more: Sequence[Path] = ()
) -> Outcome:
    """Give one recipe, its costs those at the feature maps of a model.

    Raises:
        PatcherError: as `show_recipe` and `api.inspect`.
    """
    costs = api.costs(name, open_recovered(repo, screen), model, scale, more)
    return Outcome({"recipe": costs.as_json()}, lambda shown: api.print_value(costs, shown.out))
