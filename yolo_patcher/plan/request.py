"""Read what is asked for: `RECIPE[@POSITION]...`, `--position` and `--set`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.plan import Insertion
from yolo_patcher.recipe.catalogue import find_recipe
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import parse_selector
from yolo_patcher.recipe.settings import parse_settings


def read_insertions(
    wanted: Sequence[str], positions: Sequence[str], pairs: Sequence[str], more: tuple[Path, ...] = ()
) -> tuple[Insertion, ...]:
    """Turn the arguments of `apply` into insertions; a recipe that is named twice is one with all its positions.

    Args:
        wanted: `sae`, `sae@head`, `gam@backbone:p4` ...
        positions: the `--position` options, for the recipes without `@`.
        pairs: the `--set` options: `reduction=8`, or `sae.reduction=8` where there are several recipes.
        more: the `--recipe` options: recipe files, or folders of them.

    Raises:
        PatcherError: `usage` and `recipe`, when an argument is not understood.
    """
    asked: dict[str, tuple[Recipe, list[str]]] = {}
    unused = bool(positions)
    for text in wanted:
        name, at, position = text.rpartition("@") if "@" in text else (text, "", "")
        recipe = find_recipe(name, more)
        places = asked.setdefault(recipe.name, (recipe, []))[1]
        unused = unused and bool(at)
        places += [position] if at else positions or [recipe.position]
    if unused:
        raise PatcherError("usage", "--position is given, but every recipe has its own @POSITION")
    settings = _by_recipe([recipe for recipe, _ in asked.values()], pairs)
    return tuple(
        Insertion(
            recipe,
            parse_settings(recipe, settings[name]),
            tuple({parse_selector(place).text: parse_selector(place) for place in places}.values()),
        )
        for name, (recipe, places) in asked.items()
    )


def _by_recipe(recipes: Sequence[Recipe], pairs: Sequence[str]) -> dict[str, list[str]]:
    names = {recipe.name for recipe in recipes}
    settings: dict[str, list[str]] = {name: [] for name in names}
    for pair in pairs:
        head, dot, rest = pair.partition(".")
        if dot and head in names:
            settings[head].append(rest)
        elif len(names) == 1:
            settings[recipes[0].name].append(pair)
        else:
            raise PatcherError(
                "usage",
                f"--set {pair} does not say which recipe it is for",
                help=f"Write --set {recipes[0].name}.{pair}.",
            )
    return settings
