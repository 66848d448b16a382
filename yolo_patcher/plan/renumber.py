"""The new index of each row when rows are inserted, and which row each reader then reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.model.graph import Edge
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.plan.places import Place


@dataclass(frozen=True)
class NewRow:
    """A row to insert.

    Attributes:
        place: what it reads, and who reads it.
        module: the class name.
        args: the arguments written into the row.
        comment: what stands behind the row's index in its comment.
    """

    place: Place
    module: str
    args: tuple[object, ...]
    comment: str = ""


@dataclass(frozen=True)
class Renumbering:
    """Where each base row goes, and what each reader then reads.

    Attributes:
        rows: the new index of each base row.
        on_line: for each base row with modules on its line, the new indices of these modules, in their order.
        at_head: for each base row that the final row reads through a module of its own, that module's new index.
        inserted: the new index of each inserted row, in the order in which they were given.
    """

    rows: Mapping[int, int]
    on_line: Mapping[int, tuple[int, ...]]
    at_head: Mapping[int, tuple[int, ...]]
    inserted: tuple[int, ...]

    def output(self, base: int) -> int:
        """Give the new row that readers of a base row read: the last module on its line, or the row itself."""
        return self.on_line[base][-1] if base in self.on_line else self.rows.get(base, base)

    def final_reads(self, base: int) -> int:
        """Give the new row that the final row reads for a base row."""
        return self.at_head[base][-1] if base in self.at_head else self.output(base)


def renumber(model: ModelYaml, new_rows: Sequence[NewRow]) -> Renumbering:
    """Work out the new indices: modules on the line follow what they read, those of the head precede the final row."""
    line: dict[int, list[int]] = {}
    head: dict[int, list[int]] = {}
    for number, new in enumerate(new_rows):
        (line if new.place.line else head).setdefault(new.place.reads, []).append(number)
    rows: dict[int, int] = {}
    inserted = [0] * len(new_rows)
    position = 0
    for row in model.rows:
        if row is model.final:
            for source in dict.fromkeys(model.final.sources):
                for number in head.get(source, ()):
                    inserted[number] = position
                    position += 1
        rows[row.index] = position
        position += 1
        for number in line.get(row.index, ()):
            inserted[number] = position
            position += 1
    return Renumbering(
        rows,
        {base: tuple(inserted[number] for number in numbers) for base, numbers in line.items()},
        {base: tuple(inserted[number] for number in numbers) for base, numbers in head.items()},
        tuple(inserted),
    )


def edges(model: ModelYaml) -> list[Edge]:
    """Give every edge of a model, in the order of the readers."""
    return [(source, row.index) for row in model.rows for source in row.sources]


def planned_edges(model: ModelYaml, new_rows: Sequence[NewRow], numbers: Renumbering) -> list[Edge]:
    """Give the edges of the base with its rows renumbered, plus the new nodes."""
    planned: dict[int, list[Edge]] = {}
    for row in model.rows:
        here = numbers.rows[row.index]
        target = numbers.final_reads if row is model.final else numbers.output
        planned[here] = [(target(source), here) for source in row.sources]
    for index, new in zip(numbers.inserted, new_rows, strict=True):
        chain = (numbers.on_line if new.place.line else numbers.at_head)[new.place.reads]
        position = chain.index(index)
        first = numbers.rows[new.place.reads] if new.place.line else numbers.output(new.place.reads)
        planned[index] = [(chain[position - 1] if position else first, index)]
    return [edge for index in sorted(planned) for edge in planned[index]]
