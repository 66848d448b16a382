"""What a shell offers to complete; the work is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import typer

from yolo_patcher import api
from yolo_patcher.errors import PatcherError


def complete_recipe(incomplete: str) -> Iterator[str]:
    """Give the recipes' names."""
    yield from (name for name in api.recipe_names() if name.startswith(incomplete))


def complete_position(incomplete: str) -> Iterator[str]:
    """Give the positions that any model may have, how the others begin, and who may read a module at one."""
    yield from api.position_texts(incomplete)


def complete_patch(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Give the ids of the patches that the checkout of `--repo` holds."""
    repo = Path(context.params.get("repo") or ".")
    with suppress(PatcherError):
        yield from (one for one in api.patch_ids(repo) if one.startswith(incomplete))
