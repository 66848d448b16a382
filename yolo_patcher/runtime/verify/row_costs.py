"""What each inserted row costs, its count held against the recipe's formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import named
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.runtime.verify.applied import AppliedModel
from yolo_patcher.runtime.verify.costs import RowCost
from yolo_patcher.runtime.verify.results import Verification


def recipes_of(record: PatchRecord, more: tuple[Path, ...] = ()) -> dict[str, Recipe]:
    """Give the recipes that a patch was made with, by name; one that is not to be had in that version is left out.

    Args:
        record: the patch.
        more: recipe files, or folders of them, beside the catalogue.

    Raises:
        PatcherError: as `named`.
    """
    versions = {one.recipe: one.version for one in record.asked}
    return {name: recipe for name, recipe in named(versions, more).items() if recipe.version == versions[name]}


def with_row_costs(
    answer: Verification, record: PatchRecord, applied: AppliedModel, recipes: Mapping[str, Recipe]
) -> Verification:
    """Give a verification with the cost of each inserted row; the same where no costs were measured.

    Args:
        answer: the verification of the patch.
        record: the patch.
        applied: the model that it made.
        recipes: the patch's recipes, as `recipes_of` gives them.
    """
    if answer.costs is None:
        return answer
    names = record.patch.recipes_of_classes
    rows = [
        RowCost(
            row=row.index,
            module=row.module,
            recipe="+".join(names.get(row.module, ())),
            level=applied.level[row.index],
            channels=_live_channels(answer, row.index) or applied.width[row.index],
            parameters=answer.new_params[row.index],
            flops=answer.costs.row_flops.get(row.index),
        )
        for row in applied.model.rows
        if row.index in answer.new_params
    ]
    own = record.patch.recipe_classes
    counted = [_expected(one, answer, record, applied, recipes.get(own.get(one.module, ""))) for one in rows]
    return replace(answer, costs=replace(answer.costs, rows=tuple(counted)))


def _live_channels(answer: Verification, row: int) -> int | None:
    """Give the channels that a row gave in the `forward` check; None where it gave no feature map."""
    shape = answer.shapes[row] if row < len(answer.shapes) else None
    return shape[1] if isinstance(shape, list) and len(shape) == 4 and isinstance(shape[1], int) else None


def _expected(
    cost: RowCost, answer: Verification, record: PatchRecord, applied: AppliedModel, recipe: Recipe | None
) -> RowCost:
    """Add what the recipe's formula says for the arguments that stand in the row, or are fixed in its class."""
    if recipe is None:
        return cost
    row = applied.model.rows[cost.row]
    replaced = row.index in record.patch.changed_rows
    settings = record.settings[recipe.name] if replaced else dict(zip(recipe.defaults, row.args, strict=False))
    inputs = [_live_channels(answer, source) or applied.width[source] for source in row.sources]
    known = [width for width in inputs if width is not None]
    expected = None
    if cost.channels is not None and len(known) == len(inputs):
        try:
            expected = recipe.parameter_count(known, settings, cost.channels, applied.scale.repeats(row.repeats))
        except PatcherError:
            expected = None  # arguments that someone wrote by hand, for which the formula gives no count
    return replace(cost, formula=recipe.parameters, expected=expected)
