"""The base rows that a selector gives another module, in the row's stead or within its block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml, Row
from yolo_patcher.plan.misfits import Misfit, left_out, no_match
from yolo_patcher.plan.named_rows import FIND
from yolo_patcher.plan.places import is_enough
from yolo_patcher.recipe.selector import Selector


@dataclass(frozen=True)
class OwnRows:
    """What a selector means in a model whose row itself gets another module.

    Attributes:
        rows: the rows, in their order.
        left_out: the rows that the selector names as well and that don't take the module, by what is against them.
    """

    rows: tuple[int, ...]
    left_out: Mapping[str, tuple[int, ...]]


def locate_own(
    selector: Selector,
    model: ModelYaml,
    level: Mapping[int, int | None],
    against: Callable[[Row], str],
    help: Callable[[Row], str],
) -> OwnRows:
    """Give the rows that a selector names and that take a module; of several rows, those that do.

    Args:
        selector: the position.
        model: the base model.
        level: each row's level.
        against: gives what is against a row, in words that follow `what`; empty where nothing is.
        help: gives what fits instead, where a row does not and no other is left.

    Raises:
        PatcherError: `usage`, when no row fits, or none of a level that is asked for; the help says what does.
    """
    named = FIND[selector.place](selector, model, level)
    rows = [model.rows[one] for one in named if not selector.levels or level[one] in selector.levels]
    why = {row.index: against(row) for row in rows}

    def error(row: Row) -> PatcherError:
        problem = f"{selector.text} does not fit: row {row.index} ({row.module}) {why[row.index]}"
        return PatcherError("usage", problem, path=model.path, line=row.line, help=help(row))

    misfits = [Misfit(row.index, why[row.index], lambda row=row: error(row)) for row in rows if why[row.index]]  # type: ignore[misc]
    fitting = tuple(row.index for row in rows if not why[row.index])
    if not fitting and misfits:
        raise misfits[0].error()
    if not is_enough(fitting, selector, level):
        raise no_match(selector, model, level)
    return OwnRows(fitting, left_out(misfits))
