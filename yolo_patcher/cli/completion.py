"""What a shell offers to complete; the work is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from yolo_patcher import api


def complete_recipe(incomplete: str) -> Iterator[str]:
    """Give the recipes' names."""
    yield from (recipe.name for recipe in api.recipes() if recipe.name.startswith(incomplete))


def complete_position(incomplete: str) -> Iterator[str]:
    """Give the positions that any model may have, and how the others begin."""
    places = (
        "head",
        "head:p3",
        "head:p4",
        "head:p5",
        "backbone",
        "backbone:p3",
        "backbone:p4",
        "neck",
        "after:",
        "before:",
    )
    yield from (place for place in places if place.startswith(incomplete))


def complete_patch(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Give the ids of the patches that the checkout of `--repo` holds."""
    repo = Path(context.params.get("repo") or ".")
    yield from (one for one in api.patch_ids(repo) if one.startswith(incomplete))
