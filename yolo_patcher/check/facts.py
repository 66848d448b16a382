"""What the rules ask of a model that was read leniently: its levels, channels, stages and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.graph import readers
from yolo_patcher.model.levels import Levels, collects, tell_levels
from yolo_patcher.model.modules import Step, kept, steps
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row, RowError
from yolo_patcher.model.scales import Scale
from yolo_patcher.model.vocabulary import Vocabulary


@dataclass(frozen=True)
class Facts:
    """A model and what is known of its rows.

    Attributes:
        model: the model, read leniently.
        errors: what is wrong with single rows.
        vocabulary: what the checkout says of modules.
        scale: the size at which channels are worked out.
        steps: what each row does to the level.
        gates: the rows whose module keeps size and channels, as attention does; none of them is a stage's work.
    """

    model: ModelYaml
    errors: Sequence[RowError]
    vocabulary: Vocabulary
    scale: Scale
    steps: Mapping[int, Step]
    gates: frozenset[int]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The model's rows."""
        return self.model.rows

    @cached_property
    def levels(self) -> Levels:
        """The levels of the rows, told from each row's main input."""
        return tell_levels(self.model, self.steps, strict=False)

    @cached_property
    def level(self) -> Mapping[int, int | None]:
        """Each row's level; None where it can't be told."""
        return self.levels.level

    @cached_property
    def width(self) -> Mapping[int, int | None]:
        """Each row's channels; None where they can't be told."""
        return channels(self.model, self.vocabulary.parse_model, self.scale, self.vocabulary.signatures)

    @cached_property
    def readers(self) -> Mapping[int, Sequence[int]]:
        """The rows that read each row."""
        return readers(self.model)

    def is_join(self, row: Row) -> bool:
        """Tell whether a row puts several maps of one size together.

        A module of the checkout's own, of which each row reads maps of levels that all differ, brings them together.
        """
        return row.index in self.levels.joins

    def collects_levels(self, row: Row) -> bool:
        """Tell whether a row is no join and reads maps of levels that all differ."""
        return not self.is_join(row) and collects(row, self.level)

    def changes_level(self, row: Row) -> bool:
        """Tell whether a row's output has another level than its main input."""
        return bool(row.sources) and self.level[row.index] != self.level[self.levels.main[row.index]]

    def begins_stage(self, row: Row) -> bool:
        """Tell whether a row only hands maps to the stage behind it: it changes the level, or joins."""
        return self.is_join(row) or self.changes_level(row)

    def next_of_stage(self, index: int) -> int | None:
        """Give the row that works on with a row's map in the same stage; None when the row is its stage's end.

        Rows that keep size and channels, as attention does, are passed over: what stands in front of them may be read.
        A row of an unknown module may begin a level of its own.
        """
        start, here = self.rows[index], index
        for row in self.rows[index + 1 : self.model.final.index]:
            if here not in row.sources or self.level[row.index] != self.level[index] or self._is_output(row):
                return None
            if row.index in self.gates and not self.begins_stage(start):
                here = row.index
                continue
            works_on = len(row.sources) == 1 or self.begins_stage(start)
            return row.index if works_on and row.index not in self.levels.unsure else None
        return None

    def hands_over(self, index: int) -> bool:
        """Tell whether only a pointwise convolution, or a module that narrows, stands between a row and an upsampling.

        The stage may count as ended on either side of that module: YOLOv7 reads in front of its Conv, YOLOv5 behind.
        """
        behind = self.next_of_stage(index)
        if behind is None or self.begins_stage(self.rows[index]) or behind + 1 >= self.model.final.index:
            return False
        after = self.rows[behind + 1]
        level, its_level = self.level[behind], self.level[behind + 1]
        upsampled = after.sources == (behind,) and level is not None and its_level is not None and its_level < level
        return upsampled and (self._is_pointwise(self.rows[behind]) or self._narrows(index, behind))

    def _is_pointwise(self, row: Row) -> bool:
        named = self.vocabulary.parse_model.meant(row.module).endswith("Conv")
        return named and row.args[1:2] in ((), (1,))

    def _narrows(self, index: int, behind: int) -> bool:
        before, after = self.width[index], self.width[behind]
        return before is not None and after is not None and after < before

    def _is_output(self, row: Row) -> bool:
        """Tell whether a row is a side branch to the final row, as the first generation's output convolutions are."""
        return row.module == "nn.Conv2d" and not set(self.readers[row.index]) - {self.model.final.index}

    def stage_end(self, index: int) -> int:
        """Give the last row that works on with a row's map in the same stage."""
        while (behind := self.next_of_stage(index)) is not None:
            index = behind
        return index

    def same_stage(self, first: int, last: int) -> bool:
        """Tell whether all rows from one to another are of one level, so that no other stage stands between them."""
        return len({self.level[index] for index in range(first, last + 1)}) == 1

    def with_sources(self, written: Mapping[int, tuple[int, ...]]) -> Facts:
        """Give the facts of the model in which some rows read others, given as in `from`."""
        rows = tuple(
            replace(row, sources=_resolved(row.index, written[row.index]), written=written[row.index])
            if row.index in written
            else row
            for row in self.rows
        )
        return replace(self, model=replace(self.model, rows=rows))


def _resolved(index: int, written: Sequence[int]) -> tuple[int, ...]:
    """Give the rows that a row's `from` means, of those that come before it."""
    sources = (value if value >= 0 else index + value for value in written)
    return tuple(source for source in sources if IMAGE <= source < index)


def gather(model: ModelYaml, errors: Sequence[RowError], vocabulary: Vocabulary, scale: Scale) -> Facts:
    """Give the facts of a model."""
    facts = Facts(model, errors, vocabulary, scale, steps(model, vocabulary, scale), frozenset())
    gates = frozenset(row.index for row in model.rows[:-1] if _is_gate(row, facts))
    return replace(facts, gates=gates)


def _is_gate(row: Row, facts: Facts) -> bool:
    if len(row.sources) != 1 or facts.changes_level(row):
        return False
    if kept(row.module, facts.vocabulary):
        return True
    width = facts.width[row.index]
    unknown = facts.vocabulary.falls_through(row.module) or row.index in facts.levels.guessed
    return unknown and width is not None and width == facts.width[row.sources[0]]
