"""Where the steps of a flow stand in a drawing: below all that they read, in columns that lines pass freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.catalogue.flow import Step

Cell = tuple[int, int]
"""A rank, counted from the top, and a column, counted from the left."""


@dataclass(frozen=True)
class Arrow:
    """A line from a step to one that reads it, by the cells that it passes, the first and last of them the steps'."""

    source: int
    reader: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Placed:
    """A drawing's grid.

    Attributes:
        cells: each step's cell.
        arrows: the lines.
        columns: how many columns there are.
        ranks: how many ranks there are.
    """

    cells: tuple[Cell, ...]
    arrows: tuple[Arrow, ...]
    columns: int
    ranks: int


def place(steps: Sequence[Step]) -> Placed:
    """Place steps: in the column of the first step that each reads where that is free, else in the nearest free one."""
    ranks = _ranks(steps)
    taken: set[Cell] = set()
    cells: dict[int, Cell] = {}
    arrows: list[Arrow] = []
    for number in sorted(range(len(steps)), key=lambda one: (ranks[one], one)):
        rank, reads = ranks[number], steps[number].reads
        # The longest path is the trunk: the latest step that is read gives the column.
        near = max(reads, key=lambda one: ranks[one], default=None)
        column = _free(taken, [rank], cells[near][1] if near is not None else 0)
        cells[number] = (rank, column)
        taken.add(cells[number])
        for source in reads:
            between = range(ranks[source] + 1, rank)
            passed = _free(taken, between, cells[source][1]) if between else column
            lane = [(one, passed) for one in between]
            taken.update(lane)
            arrows.append(Arrow(source, number, (cells[source], *lane, cells[number])))
    columns = 1 + max(column for _, column in taken)
    return Placed(tuple(cells[number] for number in range(len(steps))), tuple(arrows), columns, 1 + max(ranks))


def _ranks(steps: Sequence[Step]) -> list[int]:
    ranks: list[int] = []
    for step in steps:
        ranks.append(1 + max((ranks[one] for one in step.reads), default=-1))
    # A parameter stands directly above what reads it.
    for number, step in enumerate(steps):
        if step.kind == "parameter":
            ranks[number] = max(0, min(ranks[one] for one, other in enumerate(steps) if number in other.reads) - 1)
    return ranks


def _free(taken: set[Cell], ranks: Sequence[int], wanted: int) -> int:
    """Give the free column nearest to the wanted one, the right one of two that are equally near."""
    for away in range(1000):
        for column in (wanted + away, wanted - away):
            if column >= 0 and all((rank, column) not in taken for rank in ranks):
                return column
    raise AssertionError(wanted)
