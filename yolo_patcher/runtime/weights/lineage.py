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


def members(path: str, patches: Sequence[Patch]) -> tuple[str, ...]:
    """Give the models that stem from the same base as one of them: the base first, then those made of it, in order.

    Args:
        path: the model, one that a patch made or a base.
        patches: the patches of the checkout.
    """
    made = {patch.model: patch.base for patch in patches}
    while path in made:
        path = made[path]
    found = [path]
    for one in found:
        found += [model for model, base in made.items() if base == one and model not in found]
    return tuple(found)


def family_of(target: str, patches: Sequence[Patch], rows: Mapping[str, int]) -> Family:
    """Give the origins of the rows of a model, and of all that stem from the same base.

    Args:
        target: the model, one that a patch made or a base.
        patches: the patches of the checkout.
        rows: the number of rows of each model that is there, by its path.

    Raises:
        PatcherError: `checkout`, when the model, or one that it was made of, no longer has the rows that its patch
            made; another such model is left out.
    """
    by_model = {patch.model: patch for patch in patches}
    base, *others = members(target, patches)
    needed = {target}
    for path in reversed(others):
        needed |= {by_model[path].base} if path in needed else set()
    origins = {base: tuple(f"{base}:{number}" for number in range(rows[base]))}
    for path in others:
        patch = by_model[path]
        if path in rows and patch.base in origins:
            found = _origins(patch, origins[patch.base], rows[path])
            if found is not None:
                origins[path] = found
        if path in needed and path not in origins:
            raise PatcherError(
                "checkout",
                f"the model no longer has the rows that {patch.id} made",
                path=path,
                help=f"Its rows can't be told apart: yolo-patcher revert {patch.id}, and apply again.",
            )
    return Family(base, origins)


def _origins(patch: Patch, base: Sequence[Origin], count: int) -> tuple[Origin, ...] | None:
    """Give the origins of a patched model's rows, the base's between new ones; None where the numbers do not agree."""
    if count != len(base) + len(patch.rows) or any(row >= count for row in patch.rows):
        return None
    kept = iter(base)
    rows = [f"{patch.id}:{row}" if row in patch.rows else next(kept) for row in range(count)]
    for stand_in in patch.stand_ins:
        # A variant has all tensors of its base, under their names; another module has none of them.
        for row in stand_in.rows if stand_in.place == REPLACE else ():
            rows[row] = f"{patch.id}:{row}"
    return tuple(rows)
