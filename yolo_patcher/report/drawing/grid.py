"""Where each row stands in the picture: its column and its slot, the slots being grouped in bands by level.

The backbone is the first column. Every later column is a run of rows whose level only falls or only rises: a run that
goes up to P3 is drawn upwards, one that goes down to P5 downwards. The final row has a column of its own and stands
beside all the rows that it reads. So an edge never leads to a column on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from yolo_patcher.report.drawing.scene import Node, Scene


@dataclass(frozen=True)
class Place:
    """The cells of a node: one column, and the slots from `top` to `bottom`."""

    column: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Band:
    """The slots of one level."""

    level: int
    slots: range


@dataclass(frozen=True)
class Grid:
    """The places of all nodes, by row, and the bands from top to bottom."""

    places: dict[int, Place]
    bands: tuple[Band, ...]
    columns: int


def make_grid(scene: Scene) -> Grid:
    """Place the nodes of a scene."""
    final = scene.nodes[-1]
    level = _levels(scene)
    runs = _runs(scene.nodes[:-1], level)
    bands = _bands(runs, level)
    slots: dict[int, int] = {}
    places: dict[int, Place] = {}
    for column, run in enumerate(runs):
        up = level[run[-1]] < level[run[0]]
        for band in bands:
            group = [row for row in run if level[row] == band.level]
            ordered = group[::-1] if up else group
            first = _best_offset(ordered, band, scene, slots, at_bottom=up)
            slots |= {row: first + position for position, row in enumerate(ordered)}
        places |= {row: Place(column, slots[row], slots[row]) for row in run}
    read = [slots[source] for source, reader in scene.edges if reader == final.row]
    read = read or [slots[runs[-1][-1]]] if runs else [0]
    places[final.row] = Place(len(runs), min(read), max(read))
    return Grid(places, bands or (Band(0, range(1)),), len(runs) + 1)


def _levels(scene: Scene) -> dict[int, int]:
    """Give every row a level to be drawn at: where it has none, that of the first row that it reads."""
    level: dict[int, int] = {}
    first = {reader: source for source, reader in reversed(scene.edges)}
    for node in scene.nodes:
        inherited = level.get(first.get(node.row, node.row - 1), 0)
        level[node.row] = inherited if node.level is None else node.level
    return level


def _runs(nodes: Sequence[Node], level: dict[int, int]) -> list[list[int]]:
    runs: list[list[int]] = []
    section, way = "", 0
    for node in nodes:
        step = level[node.row] - level[runs[-1][-1]] if runs else 0
        if node.section != section or step * way < 0:
            runs.append([])
            section, way = node.section, 0
        elif step:
            way = step
        runs[-1].append(node.row)
    return runs


def _bands(runs: Sequence[Sequence[int]], level: dict[int, int]) -> tuple[Band, ...]:
    shown = sorted({level[row] for run in runs for row in run})
    sizes = [max(sum(level[row] == one for row in run) for run in runs) for one in shown]
    ends = list(accumulate(sizes))
    return tuple(Band(one, range(end - size, end)) for one, size, end in zip(shown, sizes, ends, strict=True))


def _best_offset(group: Sequence[int], band: Band, scene: Scene, slots: dict[int, int], *, at_bottom: bool) -> int:
    """Give the slot of a group's first row at which its edges from columns on the left are the straightest."""
    position = {row: number for number, row in enumerate(group)}
    read = [(slots[a], position[b]) for a, b in scene.edges if b in position and a in slots and slots[a] in band.slots]

    def cost(first: int) -> tuple[int, int]:
        return sum(abs(first + offset - slot) for slot, offset in read), -first if at_bottom else first

    return min(range(band.slots.start, band.slots.stop - len(group) + 1), key=cost)
