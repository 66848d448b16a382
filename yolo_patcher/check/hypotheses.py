"""What may have happened to a model YAML: which absolute indices were not moved, and by how much they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from yolo_patcher.model.rows import Row

Sources = tuple[int, ...]
_COUNTS = (1, 2, -1, -2)
_MOST_PAIRS = 200


@dataclass(frozen=True)
class Hypothesis:
    """One thing that may have happened.

    Attributes:
        count: how many rows were inserted; negative when they were taken out.
        at: the first inserted row, or the row behind those taken out.
        meant: what the `from` of each changed row should be.
    """

    count: int
    at: int
    meant: Mapping[int, Sources]


def whole_moved(rows: Sequence[Row]) -> Iterator[Hypothesis]:
    """Suppose that no index was moved."""
    return _moved(rows, rows)


def partly_moved(rows: Sequence[Row]) -> Iterator[Hypothesis]:
    """Suppose that only the final row's indices were moved, or all others and not the final row's."""
    yield from _moved(rows, rows[:-1])
    yield from _moved(rows, rows[-1:])


def single_moved(rows: Sequence[Row]) -> Iterator[Hypothesis]:
    """Suppose that one index was forgotten."""
    for count in _COUNTS:
        for entry in _absolute(rows):
            yield Hypothesis(0, 0, _with_moves(rows, [entry], count))


def pair_moved(rows: Sequence[Row]) -> Iterator[Hypothesis]:
    """Suppose that two indices were forgotten."""
    for count in _COUNTS:
        for pair in islice(combinations(_absolute(rows), 2), _MOST_PAIRS):
            yield Hypothesis(0, 0, _with_moves(rows, pair, count))


def _absolute(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Give row and place in `from` of each absolute index."""
    return [(row.index, place) for row in rows for place, value in enumerate(row.written) if value >= 0]


def _with_moves(rows: Sequence[Row], entries: Iterable[tuple[int, int]], count: int) -> dict[int, Sources]:
    meant: dict[int, list[int]] = {}
    for index, place in entries:
        meant.setdefault(index, list(rows[index].written))[place] += count
    return {index: tuple(written) for index, written in meant.items()}


def _moved(rows: Sequence[Row], forgotten: Sequence[Row]) -> Iterator[Hypothesis]:
    highest = max((value for row in forgotten for value in row.written), default=0)
    # An index may be any number; what lies far behind the rows was not inserted or taken out.
    last = min(max(0, highest), len(rows) + max(_COUNTS))
    for count in _COUNTS:
        for at in range(last + 1):
            first = at if count > 0 else at - count
            meant = {
                row.index: tuple(value + count if value >= first else value for value in row.written)
                for row in forgotten
            }
            meant = {index: written for index, written in meant.items() if written != rows[index].written}
            if meant:
                yield Hypothesis(count, at, meant)
