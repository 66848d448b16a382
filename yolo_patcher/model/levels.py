"""The level (log2 of the stride) of each row's output, told strictly, or so that each row of a broken model has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from yolo_patcher.checkout.site import Site
from yolo_patcher.model.level_equations import LevelChanges
from yolo_patcher.model.modules import Step, steps
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.model.scales import Scale
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.signature import Signatures


@dataclass(frozen=True)
class Levels:
    """The levels of a model's rows.

    Attributes:
        level: each row's level, 3 for P3 (stride 8); None where it can't be told.
        main: the input that a row's level is told from: the row directly before it where it reads that.
        guessed: the rows whose module is not known, and was taken to keep its input's size unless the joins say else.
        unsure: those of them of which the joins say nothing.
        joins: the rows that put several maps of one size together.
        proven: the rows whose level, with all that it is told from, rests on the source of classes, on torch's own
            layers, or on joins that leave it no other; the others' rests on signatures or is guessed.
    """

    level: Mapping[int, int | None]
    main: Mapping[int, int]
    guessed: frozenset[int]
    unsure: frozenset[int]
    joins: frozenset[int]
    proven: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Way:
    """The way from the image to a row: the levels that known modules add, and how often it passes each unknown one."""

    levels: int
    unknown: Counter[str]

    def through(self, change: int | None, name: str | None) -> _Way:
        if name is not None:
            return _Way(self.levels, self.unknown + Counter([name]))
        return _Way(self.levels + (change or 0), self.unknown)


def levels_of(site: Site, model: ModelYaml, scale: Scale, signatures: Signatures) -> Levels:
    """Tell the levels of a model of a checkout strictly.

    Args:
        site: the checkout.
        model: the model.
        scale: the size to read it at.
        signatures: what is known of classes that the checkout does not hold yet, or whose source can't be followed.
    """
    return tell_levels(model, steps(model, vocabulary_of(site, signatures), scale))


def tell_levels(model: ModelYaml, changes: Mapping[int, Step], *, strict: bool = True) -> Levels:
    """Tell the levels of a model's rows.

    Modules that are not known keep their input's size, unless the joins, whose inputs have one level, say else. A
    module changes the level alike wherever it has the same arguments.

    Args:
        model: the model.
        changes: what each row does, from `modules.steps`.
        strict: give None where a level can't be told; else each row has one, told from its main input, and what was
            guessed is said.
    """
    joins = frozenset(row.index for row in model.rows if changes[row.index].joins is not False and len(row.sources) > 1)
    told = _told(model, changes, joins)
    collectors = _collectors(model, changes, told)
    if collectors:
        told = _told(model, changes, joins - collectors)
    return _certain(model, changes, told) if strict else told


def unknown_rows(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the rows whose own change of the level is not known: their inputs have one level, and they have none."""
    found = []
    for row in model.rows[:-1]:
        inputs = {level[source] for source in row.sources}
        if level[row.index] is None and len(inputs) == 1 and None not in inputs:
            found.append(row.index)
    return found


def collects(row: Row, level: Mapping[int, int | None]) -> bool:
    """Tell whether a row reads maps of levels that all differ."""
    found = [level[source] for source in row.sources]
    return len(found) > 1 and None not in found and len(set(found)) == len(found)


def _collectors(model: ModelYaml, changes: Mapping[int, Step], told: Levels) -> frozenset[int]:
    """Give the rows of modules that may join by their branch, of which each row reads levels that all differ."""
    perhaps = [row for row in model.rows if row.index in told.joins and changes[row.index].joins is None]
    alike = {row.module for row in perhaps if not collects(row, told.level)}
    return frozenset(row.index for row in perhaps if row.module not in alike)


def _told(model: ModelYaml, changes: Mapping[int, Step], joins: frozenset[int]) -> Levels:
    main = {row.index: _main(row, changes[row.index]) for row in model.rows}
    names = {
        row.index: f"{row.module} {row.args}" for row in model.rows if row.sources and changes[row.index].change is None
    }
    ways = {IMAGE: _Way(0, Counter())}
    for row in model.rows:
        ways[row.index] = ways[main[row.index]].through(changes[row.index].change, names.get(row.index))
    learned = _learned(model, ways, joins)
    level = {index: _level(way, learned) for index, way in ways.items()}
    unsure = frozenset(index for index, name in names.items() if not learned.is_known(name))
    return Levels(level, main, frozenset(names), unsure, joins)


def _main(row: Row, step: Step) -> int:
    if step.main is not None and step.main < len(row.sources):
        return row.sources[step.main]
    before = row.index - 1
    return before if before in row.sources or not row.sources else row.sources[0]


def _learned(model: ModelYaml, ways: Mapping[int, _Way], joins: frozenset[int]) -> LevelChanges:
    """Learn what unknown modules do from the joins, first from those that agree when all of them keep the size."""
    pairs = [
        (ways[row.sources[0]], ways[other]) for row in model.rows if row.index in joins for other in row.sources[1:]
    ]
    learned = LevelChanges()
    for one, other in sorted(pairs, key=lambda pair: pair[0].levels != pair[1].levels):
        difference = {name: one.unknown[name] - other.unknown[name] for name in one.unknown | other.unknown}
        learned.learn(difference, other.levels - one.levels)
    return learned


def _level(way: _Way, learned: LevelChanges) -> int | None:
    added = sum(count * learned.of(name) for name, count in way.unknown.items())
    return way.levels + int(added) if added == int(added) else None


def _certain(model: ModelYaml, changes: Mapping[int, Step], told: Levels) -> Levels:
    """Keep the levels that only known modules, and joins that leave an unknown one no choice, lead to."""
    level: dict[int, int | None] = {IMAGE: 0}
    certain, proven = {IMAGE: True}, {IMAGE}
    are_joins = all(changes[index].read for index in told.joins)
    for row in model.rows:
        step = changes[row.index]
        base = _base(row, step, level)
        certain[row.index] = row.index not in told.unsure and certain[told.main[row.index]]
        if base is None:
            level[row.index] = None
        elif step.change is not None:
            level[row.index] = base + step.change
        else:
            level[row.index] = told.level[row.index] if certain[row.index] else None
        read = step.read if step.change is not None else are_joins
        if level[row.index] is not None and read and proven.issuperset(_told_from(row, step)):
            proven.add(row.index)
    return replace(told, level=level, proven=frozenset(proven))


def _told_from(row: Row, step: Step) -> tuple[int, ...]:
    return row.sources if step.main is None else (row.sources[step.main],)


def _base(row: Row, step: Step, level: Mapping[int, int | None]) -> int | None:
    """Give the level that a row's output is told from; None where its inputs have several, or none is known."""
    inputs = {level[source] for source in _told_from(row, step)}
    return inputs.pop() if len(inputs) == 1 else None
