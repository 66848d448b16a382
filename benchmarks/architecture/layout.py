"""Which imports are drawn as arrows, and in which order the packages of a floor stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.architecture.house import House

Node = str
"""A package's name; or, where an arrow passes a floor, a name that no package has."""

Arrow = tuple[Node, ...]
"""The nodes that an arrow passes, from the importing package to the imported one."""

_SWEEPS = 8


def arrows_of(house: House) -> list[Arrow]:
    """Give an arrow for each import to a lower floor, but for those that another import leads to as well."""
    return [_arrow(house, name, below) for name in house.packages for below in _needed(house, name)]


def _needed(house: House, name: str) -> list[str]:
    below = house.below(name)
    implied = {far for near in below for far in _all_below(house, near)}
    return [each for each in below if each not in implied]


def _all_below(house: House, name: str) -> set[str]:
    below = house.below(name)
    return set(below).union(*(_all_below(house, each) for each in below))


def _arrow(house: House, name: str, below: str) -> Arrow:
    floors = range(house.floor(name) + 1, house.floor(below))
    return (name, *(f"{name}>{below}@{floor}" for floor in floors), below)


def ordered(house: House, arrows: Sequence[Arrow]) -> list[list[Node]]:
    """Put each floor's nodes in an order in which few arrows cross: each near those that it is tied to."""
    rows: list[list[Node]] = [list(floor) for floor in house.floors]
    for arrow in arrows:
        for depth, node in enumerate(arrow[1:-1], start=1):
            rows[house.floor(arrow[0]) + depth].append(node)
    steps = [step for arrow in arrows for step in pairwise(arrow)]
    down = [(above, below, 1) for above, below in pairwise(range(len(rows)))]
    up = [(below, above, 0) for above, below, _ in reversed(down)]
    for fixed, moved, end in (down + up) * _SWEEPS:
        place = {node: (index + 0.5) / len(rows[fixed]) for index, node in enumerate(rows[fixed])}
        middle: dict[Node, float] = {}
        for node in rows[moved]:
            tied = [place[step[1 - end]] for step in steps if step[end] == node]
            middle[node] = sum(tied) / len(tied) if tied else 0.5
        rows[moved].sort(key=middle.__getitem__)
    return rows
