"""From the grid and the routes to pixels: boxes, bands and polylines."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yolo_patcher.report.drawing.grid import Grid, make_grid
from yolo_patcher.report.drawing.routes import Lane, Route, Routing, Y, make_routes
from yolo_patcher.report.drawing.scene import Node, Scene

Point = tuple[float, float]

BOX_HEIGHT = 42.0
TITLE_SIZE = 13.0
DETAIL_SIZE = 11.0
_BOLD = 1.1 * TITLE_SIZE
_NARROWEST, _WIDEST = 104.0, 210.0
_INSIDE = 10.0
_LANE = 9.0
_BESIDE = 15.0
_BETWEEN = 20.0
_BETWEEN_BANDS = 34.0


@dataclass(frozen=True)
class Box:
    """A node's box, with its lines cut to its width."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    title: str
    detail: str


@dataclass(frozen=True)
class Line:
    """An edge's polyline, from its source's box to its reader's."""

    source: int
    reader: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Stripe:
    """A level's band."""

    level: int
    top: float
    bottom: float


@dataclass(frozen=True)
class Layout:
    """A drawing's geometry; the origin is the top left corner of the bands."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    stripes: tuple[Stripe, ...]
    dots: tuple[tuple[int, Point], ...]
    width: float
    height: float
    head_x: float


def make_layout(scene: Scene) -> Layout:
    """Lay out a scene."""
    grid = make_grid(scene)
    routing = make_routes(scene, grid)
    left, widths = _columns(scene, grid, routing)
    tops, stripes, height = _slots(grid, routing)
    boxes = {}
    for node in scene.nodes:
        place = grid.places[node.row]
        width = widths[place.column]
        size = tops[place.bottom] + BOX_HEIGHT - tops[place.top]
        title, detail = _fit(node, width - 2 * _INSIDE)
        boxes[node.row] = Box(node, left[place.column], tops[place.top], width, size, title, detail)

    def x(lane: Lane) -> float:
        before = routing.lanes[lane] if lane.loop else routing.loops.get(lane.gap, 0) + routing.lanes[lane]
        return left[lane.gap] + widths[lane.gap] + _BESIDE + before * _LANE

    def y(height: Y) -> float:
        if height.track is None:
            return tops[height.slot] + BOX_HEIGHT / 2 + height.offset
        above = tops[height.slot] + BOX_HEIGHT if height.slot >= 0 else 0.0
        return above + _BETWEEN / 2 + height.track * _LANE

    lines = []
    for route in routing.routes:
        a, b = boxes[route.source], boxes[route.reader]
        lines.append(Line(route.source, route.reader, _points(route, a, b, x, y)))
    head = next((left[grid.places[n.row].column] for n in scene.nodes if n.section == "head"), 0.0)
    right = left[-1] + widths[-1] + _BESIDE
    return Layout(tuple(boxes.values()), tuple(lines), stripes, _dots(lines), right, height, head)


def _columns(scene: Scene, grid: Grid, routing: Routing) -> tuple[list[float], list[float]]:
    """Give each column's left side and width."""
    widths = [_NARROWEST] * grid.columns
    for node in scene.nodes:
        column = grid.places[node.row].column
        text = max(text_width(node.title, _BOLD), text_width(node.detail, DETAIL_SIZE))
        widths[column] = min(max(widths[column], math.ceil(text + 2 * _INSIDE)), _WIDEST)
    left = [_BESIDE]
    for column in range(grid.columns - 1):
        lanes = routing.loops.get(column, 0) + routing.others.get(column, 0)
        left.append(left[-1] + widths[column] + 2 * _BESIDE + max(lanes - 1, 1) * _LANE)
    return left, widths


def _slots(grid: Grid, routing: Routing) -> tuple[list[float], tuple[Stripe, ...], float]:
    """Give each slot's top, the bands, and the height of it all."""
    tops: list[float] = []
    stripes: list[Stripe] = []
    at = routing.tracks.get(-1, 0) * _LANE + _BETWEEN
    begin = 0.0
    for band in grid.bands:
        for slot in band.slots:
            tops.append(at)
            between = _BETWEEN_BANDS if slot == band.slots[-1] else _BETWEEN
            at += BOX_HEIGHT + between + routing.tracks.get(slot, 0) * _LANE
        end = at - _BETWEEN_BANDS / 2
        stripes.append(Stripe(band.level, begin, end))
        begin = end
    return tops, tuple(stripes), begin


def _points(route: Route, a: Box, b: Box, x: Callable[[Lane], float], y: Callable[[Y], float]) -> tuple[Point, ...]:
    if route.vertical:
        middle = a.x + a.width / 2
        return ((middle, a.y + a.height), (middle, b.y)) if a.y < b.y else ((middle, a.y), (middle, b.y + b.height))
    points = [(a.x + a.width, y(route.heights[0]))]
    for lane, before, after in zip(route.lanes, route.heights, route.heights[1:], strict=False):
        points += [(x(lane), y(before)), (x(lane), y(after))]
    points.append((b.x + b.width if route.loop else b.x, y(route.heights[-1])))
    return tuple(points)


def _dots(lines: Sequence[Line]) -> tuple[tuple[int, Point], ...]:
    """Give the points where edges from one row part, with the row: a crossing without a dot is none of these."""
    nets: dict[int, list[tuple[Point, Point]]] = {}
    for line in lines:
        nets.setdefault(line.source, []).extend(pairwise(line.points))
    found = []
    for source, segments in nets.items():
        for point in sorted({end for segment in segments for end in segment}):
            ways = {way for segment in segments for way in _ways(point, *segment)}
            if len(ways) > 2:
                found.append((source, point))
    return tuple(found)


def _ways(point: Point, a: Point, b: Point) -> list[tuple[int, int]]:
    """Give the directions in which a segment leads away from a point on it."""
    (px, py), (ax, ay), (bx, by) = point, a, b
    if not (min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by)):
        return []
    ways = [((x > px) - (x < px), (y > py) - (y < py)) for x, y in (a, b)]
    return [way for way in ways if way != (0, 0)]


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is, rather too wide than too narrow: the viewer's font is not known."""
    return sum(_character_width(character) for character in text) * size


def _character_width(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or character in "mwMW@%":
        return 1.0 if character not in "mw" else 0.85
    if character in " .,:;'|!ijlIt()[]/·":
        return 0.36
    return 0.72 if character.isupper() else 0.6


def _fit(node: Node, room: float) -> tuple[str, str]:
    """Give a label's two lines, cut to their room; of the second, the channels stay whole."""
    title, detail = _cut(node.title, room, _BOLD), node.detail
    if text_width(detail, DETAIL_SIZE) > room:
        end = f" · {node.width}" if node.width else ""
        detail = _cut(node.args, room - text_width(end, DETAIL_SIZE), DETAIL_SIZE) + end
    return title, detail


def _cut(text: str, room: float, size: float) -> str:
    if text_width(text, size) <= room:
        return text
    room -= size
    kept = ""
    for character in text:
        room -= text_width(character, size)
        if room < 0:
            break
        kept += character
    return f"{kept}…"
