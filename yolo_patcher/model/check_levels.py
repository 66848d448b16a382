"""Levels of a model that may be mis-wired: each row's is told from its main input, so that none is without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yolo_patcher.model.graph import level_change, main_input
from yolo_patcher.model.level_equations import LevelChanges
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row


@dataclass(frozen=True)
class Levels:
    """The levels of a model's rows.

    Attributes:
        level: each row's level; None where it can't be told.
        main: the input that a row's level is told from: the row directly before it where it reads that.
        guessed: the rows whose module is not known, and was taken to keep its input's size unless the joins say else.
        unsure: those of them of which the joins say nothing.
    """

    level: Mapping[int, int | None]
    main: Mapping[int, int]
    guessed: frozenset[int]
    unsure: frozenset[int]


@dataclass(frozen=True)
class _Way:
    """The way from the image to a row: the levels that known modules add, and how often it passes each unknown one."""

    levels: int
    unknown: Counter[str]

    def through(self, row: Row, name: str | None) -> _Way:
        if name is not None:
            return _Way(self.levels, self.unknown + Counter([name]))
        return _Way(self.levels + (level_change(row) or 0), self.unknown)


def told_levels(model: ModelYaml, is_join: Callable[[Row], bool], same_level: frozenset[str] = frozenset()) -> Levels:
    """Tell the levels of a model's rows.

    Modules that are not known keep their input's size, unless the joins, whose inputs have one level, say else. A
    module changes the level alike wherever it has the same arguments.

    Args:
        model: the model.
        is_join: tells whether a row needs inputs of one level.
        same_level: further modules, known to keep their input's size.
    """
    main = {row.index: _main(row) for row in model.rows}
    names = {
        row.index: f"{row.module} {row.args}"
        for row in model.rows
        if row.module not in same_level and row.sources and level_change(row) is None
    }
    ways = {IMAGE: _Way(0, Counter())}
    for row in model.rows:
        ways[row.index] = ways[main[row.index]].through(row, names.get(row.index))
    changes = _changes(model, ways, is_join)
    level = {index: _level(way, changes) for index, way in ways.items()}
    unsure = frozenset(index for index, name in names.items() if not changes.is_known(name))
    return Levels(level, main, frozenset(names), unsure)


def _main(row: Row) -> int:
    place = main_input(row)
    if place is not None and -len(row.sources) <= place < len(row.sources):
        return row.sources[place]
    before = row.index - 1
    return before if before in row.sources or not row.sources else row.sources[0]


def _changes(model: ModelYaml, ways: Mapping[int, _Way], is_join: Callable[[Row], bool]) -> LevelChanges:
    """Learn what unknown modules do from the joins, first from those that agree when all of them keep the size."""
    pairs = [(ways[row.sources[0]], ways[other]) for row in model.rows if is_join(row) for other in row.sources[1:]]
    changes = LevelChanges()
    for one, other in sorted(pairs, key=lambda pair: pair[0].levels != pair[1].levels):
        difference = {name: one.unknown[name] - other.unknown[name] for name in one.unknown | other.unknown}
        changes.learn(difference, other.levels - one.levels)
    return changes


def _level(way: _Way, changes: LevelChanges) -> int | None:
    added = sum(count * changes.of(name) for name, count in way.unknown.items())
    return way.levels + int(added) if added == int(added) else None
