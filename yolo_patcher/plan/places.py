"""The places that a selector names in a model, and which edges lead through a module there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.graph import Edge, readers, stage_ends
from yolo_patcher.model.levels import unknown_rows
from yolo_patcher.model.modules import ATTENTION
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.recipe.selector import ALL, FINAL, NEXT, PLACES, READERS, Selector

_TAIL = re.compile(r"SPP|^(C2f?)?PSA(_|$)", re.IGNORECASE)
_NO_MAP = frozenset({"CBLinear", "ImagePoolingAttn"})
"""Modules whose output is no single feature map, so that no module can stand on it."""


_Read = Mapping[int, list[int]]


@dataclass(frozen=True)
class Place:
    """One place for a module.

    Attributes:
        reads: the row whose output the module reads.
        readers: which of that row's readers then read the module, one of `READERS`. `next` stands only where the row
            that follows is neither the only reader nor the final row: `all` and `final` say it there.
    """

    reads: int
    readers: str = ALL


@dataclass(frozen=True)
class Located:
    """What a selector means in a model.

    Attributes:
        places: the places, in the order of the rows that they read.
        left_out: the rows that the selector names as well and that hold no such place, by what is against them.
    """

    places: tuple[Place, ...]
    left_out: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class _Misfit:
    """A row that holds no place: what is against it, in words that follow `what`, and the error where no row fits."""

    row: int
    why: str
    error: Callable[[], PatcherError]


def locate(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> Located:
    """Give the places that a selector names in a model; of several rows, those that hold such a place.

    Args:
        selector: the position.
        model: the base model.
        level: each row's level, from `levels.levels_of`.

    Raises:
        PatcherError: `usage`, when no row fits, or none of a level that is asked for; the help says what does.
    """
    rows, misfits = _sorted_out(selector, model, level)
    if not rows and misfits:
        raise misfits[0].error()
    if not _is_enough(rows, selector, level):
        raise _no_match(selector, model, level)
    left_out: dict[str, tuple[int, ...]] = {}
    for misfit in misfits:
        left_out[misfit.why] = (*left_out.get(misfit.why, ()), misfit.row)
    read = readers(model)
    return Located(tuple(_place(row, selector.readers, model, read) for row in rows), left_out)


def _is_enough(rows: Sequence[int], selector: Selector, level: Mapping[int, int | None]) -> bool:
    return bool(rows) and {level[row] for row in rows}.issuperset(selector.levels)


def moved(model: ModelYaml, places: Iterable[Place]) -> tuple[Edge, ...]:
    """Give the edges of a base that lead through modules when these stand in their places, sorted."""
    read = readers(model)
    return tuple(
        sorted({(one.reads, reader) for one in places for reader in _meant(one.reads, one.readers, model, read)})
    )


def backbone_end(model: ModelYaml, who: str) -> tuple[Place, ...]:
    """Give the place of `backbone` for some readers; none where no row, or none that these read, is there."""
    read = readers(model)
    return tuple(_place(row, who, model, read) for row in _stages(model)[-1:] if _meant(row, who, model, read))


def _place(row: int, who: str, model: ModelYaml, read: _Read) -> Place:
    if who == NEXT and set(read[row]) == {row + 1}:
        return Place(row, ALL)
    return Place(row, FINAL if who == NEXT and row + 1 == model.final.index else who)


def _meant(row: int, who: str, model: ModelYaml, read: _Read) -> list[int]:
    """Give those readers of a row that a word for them means."""
    wanted = {ALL: read[row], NEXT: [row + 1], FINAL: [model.final.index]}[who]
    return [reader for reader in read[row] if reader in wanted]


def _sorted_out(
    selector: Selector, model: ModelYaml, level: Mapping[int, int | None]
) -> tuple[list[int], list[_Misfit]]:
    """Give the rows behind which a selector puts modules, and the misfits among those that it names."""
    read = readers(model)
    rows: set[int] = set()
    misfits: list[_Misfit] = []
    for named in _FIND[selector.place](selector, model, level):
        # A row of another level is not asked for, so it is no reason to refuse.
        if selector.levels and not any(level[one] in selector.levels for one in _candidates(named, selector, model)):
            continue
        if not PLACES[selector.place].names_row:
            # With `from: []` the final row finds its inputs by their channels; no module may stand behind such a row.
            # Nor in line behind the image.
            stands = bool(read[named]) and (named != IMAGE or selector.readers == FINAL)
            source: int | _Misfit | None = named if stands else None
        elif selector.place == "before":
            source = _only_source(model.rows[named], model, read, selector)
        else:
            source = _readable(model.rows[named], model, read, selector)
        if isinstance(source, int) and not _meant(source, selector.readers, model, read):
            source = _unread(source, selector, model, level)
        if isinstance(source, _Misfit):
            misfits.append(source)
        elif source is not None:
            rows.add(source)
    return sorted(rows), misfits


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
    """Give the row that a selector numbers, or those that have the module's name, or the one of these that it picks."""
    assert selector.row is not None
    if selector.row.isdigit():
        return [row.index for row in model.rows[int(selector.row) :][:1]]
    rows = [row.index for row in model.rows if selector.row in (row.module, row.module.removeprefix("nn."))]
    if selector.pick is None:
        return rows
    return rows[selector.pick :][:1] if -len(rows) <= selector.pick else []


def _candidates(row: int, selector: Selector, model: ModelYaml) -> tuple[int, ...]:
    return model.rows[row].sources if selector.place == "before" else (row,)


def _only_source(row: Row, model: ModelYaml, read: _Read, selector: Selector) -> int | _Misfit:
    if len(row.sources) == 1 and row.sources[0] != IMAGE:
        return _readable(model.rows[row.sources[0]], model, read, selector)
    inputs = "the image" if row.sources == (IMAGE,) else f"{len(row.sources)} rows"

    def error() -> PatcherError:
        sources = [model.rows[source] for source in dict.fromkeys(row.sources) if source != IMAGE]
        names = ", ".join(f"after:{source.index}" for source in sources if _is_map(source))
        return PatcherError(
            "usage",
            f"{selector.text} is ambiguous: row {row.index} ({row.module}) reads {inputs}",
            path=model.path,
            line=row.line,
            help=f"Name the row whose output the module shall read: {names}."
            if names
            else f"Start at after:{_nearest(row.index, model, read)}.",
        )

    return _Misfit(row.index, f"reads {inputs}", error)


def _readable(row: Row, model: ModelYaml, read: _Read, selector: Selector) -> int | _Misfit:
    if _is_map(row) and read[row.index]:
        return row.index
    why = "gives no single feature map"
    if _is_map(row):
        why = "is the final row" if row is model.final else "is read by no row"

    def error() -> PatcherError:
        help = f"Name a row whose output others read: after:{_nearest(row.index, model, read)}."
        if _is_map(row) and model.final.sources:
            help = "Use head for a module in front of the final row."
        so = ", so nothing would read the module" if _is_map(row) else ""
        problem = f"{selector.text}: row {row.index} ({row.module}) {why}{so}"
        return PatcherError("usage", problem, path=model.path, line=row.line, help=help)

    return _Misfit(row.index, why, error)


def _unread(row: int, selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> _Misfit:
    """Give the misfit that a row is which has readers, but not those that the selector means."""
    why = f"is not read by {'the final row' if selector.readers == FINAL else 'the row that follows'}"

    def error() -> PatcherError:
        here = model.rows[row]
        read = ", ".join(map(str, dict.fromkeys(readers(model)[row])))
        others = [replace(selector, readers=who, text=selector.with_readers(who)) for who in READERS]
        fit = [one.text for one in others if _is_enough(_sorted_out(one, model, level)[0], one, level)]
        help = f"Row {row} is read by {read}. What fits here: {', '.join(fit or [f'after:{row}'])}."
        if selector.readers == FINAL and model.final.sources:
            help += f" The final row reads {', '.join(map(str, dict.fromkeys(model.final.sources)))}."
        problem = f"{selector.text}: row {row} ({here.module}) {why}"
        return PatcherError("usage", problem, path=model.path, line=here.line, help=help)

    return _Misfit(row, why, error)


def _nearest(index: int, model: ModelYaml, read: _Read) -> int:
    """Give the row nearest to another, itself first, behind which a module can stand."""
    fits = [row.index for row in model.rows if _is_map(row) and read[row.index]]
    return min(fits, key=lambda one: abs(one - index), default=0)


def _no_match(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> PatcherError:
    read = readers(model)

    def fitting(rows: Sequence[int]) -> list[int]:
        maps = [row for row in dict.fromkeys(rows) if row != IMAGE and _is_map(model.rows[row])]
        return [row for row in maps if _meant(row, selector.readers, model, read)]

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
        every = _named(replace(selector, pick=None), model, level)
        rows = fitting([one for row in every for one in _candidates(row, selector, model)])
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
