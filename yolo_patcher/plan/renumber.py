"""The new index of each row when rows are inserted, and which row each reader then reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.model.graph import Edge
from yolo_patcher.model.rows import ModelYaml, Row
from yolo_patcher.plan.places import Place
from yolo_patcher.recipe.selector import ALL, FINAL, NEXT


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
        chains: for each place that holds modules, their new indices in their order.
        inserted: the new index of each inserted row, in the order in which they were given.
    """

    rows: Mapping[int, int]
    chains: Mapping[Place, tuple[int, ...]]
    inserted: tuple[int, ...]

    def output(self, base: int) -> int:
        """Give the new row that all readers of a base row read: the last module that all read, or the row itself."""
        chain = self.chains.get(Place(base, ALL))
        return chain[-1] if chain else self.rows.get(base, base)

    def read(self, base: int, reader: Row, final: Row) -> int:
        """Give the new row that a base row which reads another one reads for it."""
        chain = self.chains.get(Place(base, FINAL)) if reader is final else None
        if reader.index == base + 1:
            chain = chain or self.chains.get(Place(base, NEXT))
        return chain[-1] if chain else self.output(base)

    def before(self, place: Place, index: int) -> int:
        """Give the new row that a module of a place reads: the module before it, or what the place is behind."""
        position = self.chains[place].index(index)
        if position:
            return self.chains[place][position - 1]
        return self.rows[place.reads] if place.readers == ALL else self.output(place.reads)


def renumber(model: ModelYaml, new_rows: Sequence[NewRow]) -> Renumbering:
    """Work out the new indices: modules follow the row that they read, those for the final row alone precede that.

    Behind a row come the modules that all its readers read, and then those that only the next row reads.
    """
    there: dict[Place, list[int]] = {}
    for number, new in enumerate(new_rows):
        there.setdefault(new.place, []).append(number)
    rows: dict[int, int] = {}
    inserted = [0] * len(new_rows)
    position = 0

    def insert(place: Place) -> None:
        nonlocal position
        for number in there.get(place, ()):
            inserted[number] = position
            position += 1

    for row in model.rows:
        if row is model.final:
            for source in dict.fromkeys(model.final.sources):
                insert(Place(source, FINAL))
        rows[row.index] = position
        position += 1
        insert(Place(row.index, ALL))
        insert(Place(row.index, NEXT))
    chains = {place: tuple(inserted[number] for number in numbers) for place, numbers in there.items()}
    return Renumbering(rows, chains, tuple(inserted))


def edges(model: ModelYaml) -> list[Edge]:
    """Give every edge of a model, in the order of the readers."""
    return [(source, row.index) for row in model.rows for source in row.sources]


def planned_edges(model: ModelYaml, new_rows: Sequence[NewRow], numbers: Renumbering) -> list[Edge]:
    """Give the edges of the base with its rows renumbered, plus the new nodes."""
    planned: dict[int, list[Edge]] = {}
    for row in model.rows:
        here = numbers.rows[row.index]
        planned[here] = [(numbers.read(source, row, model.final), here) for source in row.sources]
    for index, new in zip(numbers.inserted, new_rows, strict=True):
        planned[index] = [(numbers.before(new.place, index), index)]
    return [edge for index in sorted(planned) for edge in planned[index]]
