"""How each edge runs between the cells of the grid: only through the gaps between columns and between slots.

Nothing is measured in pixels yet. A gap between two columns holds vertical lanes, a gap below a slot horizontal tracks.
All edges that leave one row share its lane in a gap, as wires of one net do; lanes of different rows never overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from yolo_patcher.report.drawing.grid import Grid, Place
from yolo_patcher.report.drawing.scene import Scene

_SLOT = 1000
_APART = 40
PORT_SPAN = 18
"""How far from the middle of a box's side, at most, an edge ends."""


@dataclass(frozen=True)
class Y:
    """A height: that of a slot's middle with an offset in pixels, or that of a track in the gap below a slot."""

    slot: int
    offset: float = 0
    track: int | None = None

    @property
    def order(self) -> float:
        """A number that grows downwards."""
        return self.slot * _SLOT + (self.offset if self.track is None else _SLOT / 2 + self.track)


@dataclass(frozen=True)
class Lane:
    """A vertical line in the gap to the right of a column; loops back to the same column stay close to it."""

    gap: int
    loop: bool
    source: int


@dataclass(frozen=True)
class Route:
    """An edge: the heights at which it runs and the lanes by which it changes from one to the next.

    Attributes:
        source: the row read.
        reader: the row that reads it.
        vertical: whether it is a straight line in its column; then it has no heights.
        heights: from the source's height to the reader's.
        lanes: one less than the heights.
    """

    source: int
    reader: int
    vertical: bool = False
    heights: tuple[Y, ...] = ()
    lanes: tuple[Lane, ...] = ()

    @property
    def loop(self) -> bool:
        """Whether it leaves and enters on the right, in one column."""
        return bool(self.lanes) and self.lanes[0].loop


@dataclass(frozen=True)
class Routing:
    """All edges' routes, in the scene's order, and where their lanes are.

    Attributes:
        routes: the routes.
        lanes: the number of each lane in its gap, from the left, loops and others counted apart.
        loops: how many loop lanes each gap has.
        others: how many other lanes each gap has.
        tracks: how many tracks each gap between slots has; the key is the slot above, -1 for the top.
    """

    routes: tuple[Route, ...]
    lanes: dict[Lane, int]
    loops: dict[int, int]
    others: dict[int, int]
    tracks: dict[int, int]


def make_routes(scene: Scene, grid: Grid) -> Routing:
    """Route the edges of a scene."""
    filled = {(one.column, slot) for one in grid.places.values() for slot in range(one.top, one.bottom + 1)}
    seen: set[tuple[int, int]] = set()
    routes = []
    for source, reader in scene.edges:
        routes.append(_route(source, reader, grid.places, filled, again=(source, reader) in seen))
        seen.add((source, reader))
    routes, tracks = _assign_tracks(routes)
    routes = _assign_ports(routes)
    lanes = _assign_lanes(routes)
    loops, others = ({lane.gap: 0 for lane in lanes if lane.loop == kind} for kind in (True, False))
    for lane, number in lanes.items():
        counted = loops if lane.loop else others
        counted[lane.gap] = max(counted[lane.gap], number + 1)
    return Routing(tuple(routes), lanes, loops, others, tracks)


def _route(source: int, reader: int, places: dict[int, Place], filled: set[tuple[int, int]], *, again: bool) -> Route:
    a, b = places[source], places[reader]
    enters = min(max(a.top, b.top), b.bottom)

    def free(slot: int) -> bool:
        return not any((column, slot) in filled for column in range(a.column + 1, b.column))

    if a.column == b.column:
        between = range(min(a.top, b.top) + 1, max(a.top, b.top))
        if not again and not any((a.column, slot) in filled for slot in between):
            return Route(source, reader, vertical=True)
        return Route(source, reader, heights=(Y(a.top), Y(enters)), lanes=(Lane(a.column, True, source),))
    first, last = Lane(a.column, False, source), Lane(b.column - 1, False, source)
    if free(a.top):
        if a.top == enters and not again:
            return Route(source, reader, heights=(Y(a.top),))
        return Route(source, reader, heights=(Y(a.top), Y(enters)), lanes=(last,))
    if free(enters):
        return Route(source, reader, heights=(Y(a.top), Y(enters)), lanes=(first,))
    gap = a.top - 1 if enters < a.top else a.top
    return Route(source, reader, heights=(Y(a.top), Y(gap, track=0), Y(enters)), lanes=(first, last))


def _assign_tracks(routes: Iterable[Route]) -> tuple[list[Route], dict[int, int]]:
    """Give each net that runs between slots a track of its own where it meets others."""
    spans: dict[tuple[int, int], list[int]] = {}
    for route in routes:
        if len(route.heights) == 3:
            columns = [lane.gap for lane in route.lanes]
            span = spans.setdefault((route.heights[1].slot, route.source), [*columns])
            span[:] = min(span + columns), max(span + columns)
    numbers: dict[tuple[int, int], int] = {}
    tracks: dict[int, int] = {}
    for key, (left, right) in spans.items():
        met = [numbers[one] for one in numbers if one[0] == key[0] and spans[one][0] <= right and left <= spans[one][1]]
        numbers[key] = max(met, default=-1) + 1
        tracks[key[0]] = max(tracks.get(key[0], 0), numbers[key] + 1)
    placed = []
    for route in routes:
        if len(route.heights) == 3:
            a, track, b = route.heights
            route = replace(route, heights=(a, replace(track, track=numbers[track.slot, route.source]), b))
        placed.append(route)
    return placed, tracks


def _assign_ports(routes: Sequence[Route]) -> list[Route]:
    """Let the edges that bend towards a box end above or below the middle of its side, those from above above.

    The middle is for a straight edge, and on the right side for the box's own output. Of loops, which lie the further
    out the further they come, the outer end beyond the inner, so that they do not cross.
    """
    sides: dict[tuple[int, int, bool, bool], list[int]] = {}
    for number, route in enumerate(routes):
        if route.lanes:
            comes, end = route.heights[-2:]
            sides.setdefault((route.reader, end.slot, route.loop, comes.order > end.order), []).append(number)
    placed = list(routes)
    for (_, _, loop, below), numbers in sides.items():
        numbers.sort(key=lambda number: (routes[number].heights[-2].order, number), reverse=loop)
        step = PORT_SPAN / (len(numbers) + 1)
        for position, number in enumerate(numbers):
            offset = step * (position + 1) if below else -step * (len(numbers) - position)
            *before, end = routes[number].heights
            placed[number] = replace(routes[number], heights=(*before, replace(end, offset=offset)))
    return placed


@dataclass
class _Net:
    """The heights at which one row's edges meet its lane from the left and from the right."""

    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    def covers(self, height: float) -> bool:
        return min(self.left + self.right) - _APART <= height <= max(self.left + self.right) + _APART

    def meets(self, other: _Net) -> bool:
        mine, theirs = self.left + self.right, other.left + other.right
        return min(mine) - _APART <= max(theirs) and min(theirs) - _APART <= max(mine)


def _assign_lanes(routes: Iterable[Route]) -> dict[Lane, int]:
    nets: dict[Lane, _Net] = {}
    for route in routes:
        for position, lane in enumerate(route.lanes):
            net = nets.setdefault(lane, _Net())
            net.left.append(route.heights[position].order)
            (net.left if lane.loop else net.right).append(route.heights[position + 1].order)
    numbers: dict[Lane, int] = {}
    for gap, loop in sorted({(lane.gap, lane.loop) for lane in nets}):
        ordered = _order([lane for lane in nets if (lane.gap, lane.loop) == (gap, loop)], nets)
        for position, lane in enumerate(ordered):
            met = [numbers[one] for one in ordered[:position] if nets[one].meets(nets[lane])]
            numbers[lane] = max(met, default=-1) + 1
    return numbers


def _order(lanes: list[Lane], nets: dict[Lane, _Net]) -> list[Lane]:
    """Order the lanes of one gap so that few edges cross: swap neighbours as long as that helps."""

    def crossings(left: Lane, right: Lane) -> int:
        one, other = nets[left], nets[right]
        return sum(map(one.covers, set(other.left))) + sum(map(other.covers, set(one.right)))

    ordered = sorted(lanes, key=lambda lane: lane.source)
    swapped = True
    while swapped:
        swapped = False
        for at in range(len(ordered) - 1):
            left, right = ordered[at : at + 2]
            if crossings(right, left) < crossings(left, right):
                ordered[at : at + 2] = right, left
                swapped = True
    return ordered
