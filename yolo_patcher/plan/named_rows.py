"""The rows that a selector names in a model, before it is asked whether a module can stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from yolo_patcher.model.graph import stage_ends
from yolo_patcher.model.modules import ATTENTION
from yolo_patcher.model.rows import ModelYaml, Row
from yolo_patcher.recipe.selector import ALL, FINAL, INSIDE, NEXT, REPLACE, Selector

Read = Mapping[int, list[int]]
"""Who reads each row, from `graph.readers`."""

_TAIL = re.compile(r"SPP|^(C2f?)?PSA(_|$)", re.IGNORECASE)
_NO_MAP = frozenset({"CBLinear", "ImagePoolingAttn"})
"""Modules whose output is no single feature map, so that no module can stand on it."""


def _head(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    return list(dict.fromkeys(model.final.sources))


def _neck(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    return stage_ends(model, level)


def _backbone(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    stages = backbone_stages(model)
    if not selector.levels:
        return stages[-1:]
    last = {level[index]: index for index in stages}
    return [last[wanted] for wanted in selector.levels if wanted in last]


def backbone_stages(model: ModelYaml) -> list[int]:
    """Give the backbone's rows but its tails: SPP-like rows, and attention that stands behind them at the end."""
    rows = list(model.rows[: model.backbone_length])
    end = len(rows)
    while end and ATTENTION.search(rows[end - 1].module):
        end -= 1
    if end and _TAIL.search(rows[end - 1].module):
        rows = rows[:end]
    return [row.index for row in rows if not _TAIL.search(row.module) and is_map(row)]


def is_map(row: Row) -> bool:
    """Tell whether a row gives a single feature map."""
    return row.module not in _NO_MAP and not (row.module == "TorchVision" and row.args[5:6] == (True,))


def rows_named(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the row that a selector numbers, or those that have the module's name, or the one of these that it picks."""
    assert selector.row is not None
    if selector.row.isdigit():
        return [row.index for row in model.rows[int(selector.row) :][:1]]
    rows = [row.index for row in model.rows if selector.row in (row.module, row.module.removeprefix("nn."))]
    if selector.pick is None:
        return rows
    return rows[selector.pick :][:1] if -len(rows) <= selector.pick else []


def candidates(row: int, selector: Selector, model: ModelYaml) -> tuple[int, ...]:
    """Give the rows behind which a module could stand for a row that is named."""
    return model.rows[row].sources if selector.place == "before" else (row,)


def meant_readers(row: int, who: str, model: ModelYaml, read: Read) -> list[int]:
    """Give those readers of a row that a word for them means."""
    wanted = {ALL: read[row], NEXT: [row + 1], FINAL: [model.final.index]}[who]
    return [reader for reader in read[row] if reader in wanted]


FIND: Mapping[str, Callable[[Selector, ModelYaml, Mapping[int, int | None]], list[int]]] = {
    "head": _head,
    "backbone": _backbone,
    "neck": _neck,
    "after": rows_named,
    "before": rows_named,
    REPLACE: rows_named,
    INSIDE: rows_named,
}
"""How the rows of each place are found, before levels are asked for."""
