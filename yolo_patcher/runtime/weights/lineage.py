"""Which rows of a checkout's models are the same row, through all patches that were made on one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.commit.patch import Patch
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.selector import REPLACE

Origin = str
"""What a row is, wherever it stands: its base and its number there, or the patch that brought it and its number."""


@dataclass(frozen=True)
class Family:
    """The models that stem from one base.

    Attributes:
        base: the path of the model that no patch made.
        origins: the origin of each row, by the path of each model; the base comes first.
    """

    base: str
    origins: Mapping[str, tuple[Origin, ...]]


def family_of(path: str, patches: Sequence[Patch], rows: Mapping[str, int]) -> Family:
    """Give the models that stem from the same base as one of them.

    Args:
        path: the model, one that a patch made or a base.
        patches: the patches of the checkout.
        rows: the number of rows of each model, by its path.

    Raises:
        PatcherError: `checkout`, when a model YAML no longer has the rows that its patch made.
    """
    made = {patch.model: patch for patch in patches}
    base = path
    while base in made:
        base = made[base].base
    origins = {base: tuple(f"{base}:{number}" for number in range(rows[base]))}
    todo = [patch for patch in patches if patch.model in rows]
    while todo:
        ready = [patch for patch in todo if patch.base in origins]
        if not ready:
            break
        for patch in ready:
            origins[patch.model] = _origins(patch, origins[patch.base], rows[patch.model])
        todo = [patch for patch in todo if patch.model not in origins]
    return Family(base, origins)


def _origins(patch: Patch, base: Sequence[Origin], count: int) -> tuple[Origin, ...]:
    """Give the origins of a patched model's rows: those of its base in their order, between the new ones."""
    if count != len(base) + len(patch.rows) or any(row >= count for row in patch.rows):
        raise PatcherError(
            "checkout",
            f"the model has {count} rows, and {patch.id} made one of {len(base) + len(patch.rows)}",
            path=patch.model,
            help=f"Its rows can't be told apart any more: yolo-patcher revert {patch.id}, and apply again.",
        )
    kept = iter(base)
    rows = [f"{patch.id}:{row}" if row in patch.rows else next(kept) for row in range(count)]
    for stand_in in patch.stand_ins:
        # A variant has all tensors of its base, under their names; another module has none of them.
        for row in stand_in.rows if stand_in.place == REPLACE else ():
            rows[row] = f"{patch.id}:{row}"
    return tuple(rows)
