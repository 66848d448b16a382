"""Levels of a model that may be mis-wired: each row's is told from its main input, so that none is without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from yolo_patcher.graph import levels
from yolo_patcher.model_yaml import ModelYaml, Row

_KEEPS = ("nn.Identity", ())
_GUESSES: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("nn.Upsample", (None, 2)),
    ("Conv", (1, 3, 2)),
    ("nn.Upsample", (None, 4)),
)


@dataclass(frozen=True)
class Levels:
    """The levels of a model's rows.

    Attributes:
        level: each row's level; None where it can't be told.
        main: the input that a row's level is told from: the row directly before it where it reads that.
        guessed: the rows whose module is not known, and was taken to keep its input's size unless the joins say else.
    """

    level: Mapping[int, int | None]
    main: Mapping[int, int]
    guessed: frozenset[int]


def told_levels(model: ModelYaml, is_join: Callable[[Row], bool]) -> Levels:
    """Tell the levels of a model's rows.

    Args:
        model: the model.
        is_join: tells whether a row needs inputs of one level.
    """
    main = {row.index: _main(row) for row in model.rows}
    line = replace(model, rows=tuple(replace(row, sources=(main[row.index],)) for row in model.rows))
    line, guessed = _with_known_modules(line)
    level = levels(line)
    joins = [row for row in model.rows if is_join(row)]
    for name in sorted({model.rows[index].module for index in guessed}) if _unequal(joins, level) else ():
        named = frozenset(index for index in guessed if model.rows[index].module == name)
        for guess in _GUESSES:
            other = levels(_as(line, named, guess))
            if not _unequal(joins, other):
                return Levels(other, main, guessed)
    return Levels(level, main, guessed)


def _main(row: Row) -> int:
    if row.module == "CBFuse" and row.sources:
        return row.sources[-1]
    before = row.index - 1
    return before if before in row.sources or not row.sources else row.sources[0]


def _with_known_modules(model: ModelYaml) -> tuple[ModelYaml, frozenset[int]]:
    """Put a module that keeps its input's size in the place of each whose level can't be told."""
    guessed: set[int] = set()
    while True:
        level = levels(model)
        first = next((row for row in model.rows if level[row.index] is None), None)
        if first is None or first.index in guessed:
            return model, frozenset(guessed)
        same = {row.index for row in model.rows if row.module == first.module and row.args == first.args}
        guessed |= same
        model = _as(model, frozenset(same), _KEEPS)


def _as(model: ModelYaml, indices: frozenset[int], module: tuple[str, tuple[object, ...]]) -> ModelYaml:
    name, args = module
    rows = tuple(replace(row, module=name, args=args) if row.index in indices else row for row in model.rows)
    return replace(model, rows=rows)


def _unequal(joins: list[Row], level: Mapping[int, int | None]) -> bool:
    return any(len({level[source] for source in row.sources}) > 1 for row in joins)
