"""Scenes of made-up models, and what must hold for every SVG."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from made_up import levels
from synthetic import model_yaml, with_rows

from yolo_patcher.model.graph import Edge
from yolo_patcher.model.rows import IMAGE, ModelYaml
from yolo_patcher.report.drawing import svg
from yolo_patcher.report.drawing.scene import Node, Scene, make_scene

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    'a"]; click row0 "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "]]>--> | {} %%{init}%% & &amp; #quot; #35;",
    "style a:x #f; end subgraph",
    '\\N \\" \\',
    "`x` **b** _i_",
    "line\nbreak \x1b[31m \u202e \x00",
    "注意力" * 30,
)


def scene_of(model: ModelYaml, inserted: Sequence[int] = ()) -> Scene:
    """Describe a model of which only the levels are known."""
    return make_scene(model, levels(model), dict.fromkeys(range(IMAGE, len(model.rows))), inserted)


def scene_from(text: str, inserted: Sequence[int] = ()) -> Scene:
    return scene_of(model_yaml(text), inserted)


def chain(modules: Sequence[str], args: str) -> Scene:
    """Describe rows that each read the one before; the first is a Conv."""
    rows = [f"[-1, 1, {json.dumps(module)}, [{json.dumps(args)}]]" for module in modules]
    return scene_from(with_rows(["[-1, 1, Conv, [8]]"], rows))


def scene_with(levels_of_rows: Sequence[int | None], edges: Sequence[Edge], backbone: int) -> Scene:
    """Describe rows by their levels and edges alone."""
    last = len(levels_of_rows) - 1
    nodes = [
        Node(row, "backbone" if row < backbone else "head", "Conv", "", level, None, False, row == last)
        for row, level in enumerate(levels_of_rows)
    ]
    return Scene("made up", "", tuple(nodes), tuple(edges))


Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """A rectangle of an SVG."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Frame) -> bool:
        """Tell whether the insides meet; a line, which has none, counts where it runs inside the other."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def touches(self, other: Frame) -> bool:
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom


@dataclass(frozen=True)
class Drawn:
    """What an SVG shows: boxes by row, and edges with their polylines, in their own coordinates."""

    root: ET.Element
    boxes: dict[int, Frame]
    edges: list[tuple[Edge, list[Point]]]


def read_svg(text: str) -> Drawn:
    root = ET.fromstring(text)
    groups = [one for one in root.iter(f"{SVG}g") if "data-row" in one.attrib]
    boxes = {int(one.attrib["data-row"]): _frame(one.find(f"{SVG}rect")) for one in groups}
    assert len(boxes) == len(groups)
    edges = []
    for path in root.iter(f"{SVG}path"):
        if path.get("class") == "edge":
            x_y = [part.split() for part in path.attrib["d"].removeprefix("M").split("L")]
            points = [(float(x), float(y)) for x, y in x_y]
            edges.append(((int(path.attrib["data-from"]), int(path.attrib["data-to"])), points))
    return Drawn(root, boxes, edges)


def _frame(rect: ET.Element | None) -> Frame:
    assert rect is not None
    x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Frame(x, y, x + width, y + height)


def check_drawing(scene: Scene) -> Drawn:
    """Check that an SVG shows every row and edge once, boxes apart, and edges that can be followed."""
    text = svg.draw(scene)
    assert svg.draw(scene) == text
    drawn = read_svg(text)
    assert sorted(drawn.boxes) == sorted(node.row for node in scene.nodes)
    assert Counter(edge for edge, _ in drawn.edges) == Counter(scene.edges)
    assert not any(one.overlaps(other) for one, other in combinations(drawn.boxes.values(), 2))
    for edge, points in drawn.edges:
        _check_ends(points, *(drawn.boxes[row] for row in edge))
        for segment in pairwise(points):
            assert segment[0][0] == segment[1][0] or segment[0][1] == segment[1][1], f"{edge} is not orthogonal"
            for row, box in drawn.boxes.items():
                assert not _frame_of(segment).overlaps(box), f"{edge} runs through row {row}"
    _check_apart(drawn)
    _check_inside(drawn)
    return drawn


def _frame_of(segment: tuple[Point, Point]) -> Frame:
    (ax, ay), (bx, by) = segment
    return Frame(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def _check_ends(points: Sequence[Point], source: Frame, reader: Frame) -> None:
    assert _on_side(points[0], source)
    assert _on_side(points[-1], reader)


def _on_side(point: Point, box: Frame) -> bool:
    x, y = point
    beside = x in (box.left, box.right) and box.top < y < box.bottom
    return beside or (y in (box.top, box.bottom) and box.left < x < box.right)


def _check_apart(drawn: Drawn) -> None:
    """Check that edges from different rows at most cross: none lies on another, none bends or ends on another."""
    segments = [(edge[0], _frame_of(segment)) for edge, points in drawn.edges for segment in pairwise(points)]
    for (source, one), (other, two) in combinations(segments, 2):
        if source == other or not one.touches(two):
            continue
        level, upright = (one, two) if one.top == one.bottom else (two, one)
        crosses = level.left < upright.left < level.right and upright.top < level.top < upright.bottom
        assert crosses, f"edges from {source} and {other} can't be told apart"


def _check_inside(drawn: Drawn) -> None:
    width = float(drawn.root.attrib["width"])
    height = float(drawn.root.attrib["height"])
    frames = [*drawn.boxes.values()]
    assert all(one.left >= 0 and one.top >= 0 and one.right <= width and one.bottom <= height for one in frames)
