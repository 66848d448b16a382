"""The places that a selector names in a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.graph import readers, stage_ends
from yolo_patcher.model.levels import unknown_rows
from yolo_patcher.model.modules import ATTENTION
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.recipe.selector import PLACES, Selector

_TAIL = re.compile(r"SPP|^(C2f?)?PSA$|^C2fPSA$", re.IGNORECASE)
_NO_MAP = frozenset({"CBLinear", "ImagePoolingAttn"})
"""Modules whose output is no single feature map, so that no module can stand on it."""


@dataclass(frozen=True)
class Place:
    """One place for a module.

    Attributes:
        reads: the row whose output the module reads.
        line: True when every reader of that row then reads the module; False when only the final row does.
    """

    reads: int
    line: bool


def locate(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> tuple[Place, ...]:
    """Give the places that a selector names in a model, in the order of their rows.

    Args:
        selector: the position.
        model: the base model.
        level: each row's level, from `levels.levels_of`.

    Raises:
        PatcherError: `usage`, when the selector matches nothing; the help lists what the model has.
    """
    place = PLACES[selector.place]
    rows = _FIND[selector.place](selector, model, level)
    if place.line and not place.names_row:
        # With `from: []` the final row finds its inputs by their channels; no module may stand behind such a row.
        read = readers(model)
        rows = [row for row in rows if read[row]]
    rows = [row for row in rows if not selector.levels or level[row] in selector.levels]
    found = {level[row] for row in rows}
    if not rows or not found.issuperset(selector.levels):
        raise _no_match(selector, model, level)
    return tuple(Place(row, place.line) for row in sorted(set(rows)))


def _head(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    return list(dict.fromkeys(model.final.sources))


def _neck(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    return stage_ends(model, level)


def _backbone(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    stages = _stages(model)
    if not selector.levels:
        return stages[-1:]
    last = {level[index]: index for index in stages}
    return [last[wanted] for wanted in selector.levels if wanted in last]


def _stages(model: ModelYaml) -> list[int]:
    """Give the backbone's rows but its tails: SPP-like rows, and attention that stands behind them at the end."""
    rows = list(model.rows[: model.backbone_length])
    end = len(rows)
    while end and ATTENTION.search(rows[end - 1].module):
        end -= 1
    if end and _TAIL.search(rows[end - 1].module):
        rows = rows[:end]
    return [row.index for row in rows if not _TAIL.search(row.module) and _is_map(row)]


def _is_map(row: Row) -> bool:
    return row.module not in _NO_MAP and not (row.module == "TorchVision" and row.args[5:6] == (True,))


def _named(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    chosen = _chosen(selector, model)
    if selector.pick is not None:
        chosen = chosen[selector.pick :][:1] if -len(chosen) <= selector.pick else []
    if selector.levels:
        # A row of another level is not asked for, so it is no reason to refuse.
        chosen = [row for row in chosen if any(level[one] in selector.levels for one in _candidates(row, selector))]
    read = readers(model)
    if selector.place == "before":
        return [_only_source(row, model, read, selector) for row in chosen]
    return [_readable(row, model, read, selector).index for row in chosen]


def _candidates(row: Row, selector: Selector) -> tuple[int, ...]:
    return row.sources if selector.place == "before" else (row.index,)


def _chosen(selector: Selector, model: ModelYaml) -> list[Row]:
    """Give the row that a selector numbers, or those that have the module's name."""
    assert selector.row is not None
    if selector.row.isdigit():
        return list(model.rows[int(selector.row) :][:1])
    return [row for row in model.rows if selector.row in (row.module, row.module.removeprefix("nn."))]


def _only_source(row: Row, model: ModelYaml, read: Mapping[int, list[int]], selector: Selector) -> int:
    if len(row.sources) == 1 and row.sources[0] != IMAGE:
        return _readable(model.rows[row.sources[0]], model, read, selector).index
    inputs = "the image" if row.sources == (IMAGE,) else f"{len(row.sources)} rows"
    sources = [model.rows[source] for source in dict.fromkeys(row.sources) if source != IMAGE]
    names = ", ".join(f"after:{source.index}" for source in sources if _is_map(source))
    raise PatcherError(
        "usage",
        f"{selector.text} is ambiguous: row {row.index} ({row.module}) reads {inputs}",
        path=model.path,
        line=row.line,
        help=f"Name the row whose output the module shall read: {names}."
        if names
        else f"Start at after:{_nearest(row.index, model, read)}.",
    )


def _readable(row: Row, model: ModelYaml, read: Mapping[int, list[int]], selector: Selector) -> Row:
    if _is_map(row) and read[row.index]:
        return row
    help = f"Name a row whose output others read: after:{_nearest(row.index, model, read)}."
    if not _is_map(row):
        problem = "gives no single feature map"
    else:
        reason = "is the final row" if row is model.final else "is read by no row"
        problem = f"{reason}, so nothing would read the module"
        if model.final.sources:
            help = "Use head for a module in front of the final row."
    raise PatcherError(
        "usage",
        f"{selector.text}: row {row.index} ({row.module}) {problem}",
        path=model.path,
        line=row.line,
        help=help,
    )


def _nearest(index: int, model: ModelYaml, read: Mapping[int, list[int]]) -> int:
    """Give the row nearest to another, itself first, behind which a module can stand."""
    fits = [row.index for row in model.rows if _is_map(row) and read[row.index]]
    return min(fits, key=lambda one: abs(one - index), default=0)


def _no_match(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> PatcherError:
    read = readers(model)

    def fitting(rows: Sequence[int]) -> list[int]:
        return [row for row in dict.fromkeys(rows) if row != IMAGE and read[row] and _is_map(model.rows[row])]

    def named(rows: Sequence[int]) -> str:
        return ", ".join(f"{index} {model.rows[index].module}{_level(level[index])}" for index in rows) or "none"

    if selector.place == "head" and not model.final.sources:
        return PatcherError(
            "model",
            f"the final row ({model.final.module}) does not say which rows it reads",
            path=model.path,
            line=model.final.line,
            help="Write the rows that it reads in its `from`, as [17, 20, 23].",
        )
    if not PLACES[selector.place].names_row:
        # Of the backbone each stage's last row can be meant, by its level.
        meant = _stages(model) if selector.place == "backbone" else _FIND[selector.place](selector, model, level)
        rows = fitting(meant)
        has = f"Rows that {selector.place} can mean here: {named(rows)}."
        if not rows:
            has += f"\nOther positions fit, as {'head' if model.final.sources else 'backbone'}."
        unknown = [model.rows[index] for index in unknown_rows(model, level) if _is_map(model.rows[index])]
        if unknown and (selector.levels or selector.place == "neck"):
            has += (
                f"\nThe levels from row {unknown[0].index} on are not known, as {unknown[0].module} may change the size"
                ":\nname rows instead, as after:N."
            )
    else:
        counted: dict[str, int] = {}
        for row in model.rows:
            counted[row.module] = counted.get(row.module, 0) + 1
        modules = ", ".join(f"{name} ({count})" for name, count in counted.items())
        has = f"The model has rows 0 to {len(model.rows) - 1}: {modules}."
        rows = fitting([one for row in _chosen(selector, model) for one in _candidates(row, selector)])
        if rows:
            has += f"\nRows that {selector.place}:{selector.row} can mean here: {named(rows)}."
    return PatcherError("usage", f"the position {selector.text!r} matches nothing", path=model.path, help=has)


def _level(level: int | None) -> str:
    return "" if level is None else f" (P{level})"


_FIND: Mapping[str, Callable[[Selector, ModelYaml, Mapping[int, int | None]], list[int]]] = {
    "head": _head,
    "backbone": _backbone,
    "neck": _neck,
    "after": _named,
    "before": _named,
}
"""How the rows of each place are found, before levels are asked for."""
