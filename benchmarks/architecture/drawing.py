"""The house as one SVG file: a row of boxes for each floor, and an arrow for each import that no other path implies.

Each box lists all that its package imports, so that what the arrows leave out is not lost.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from benchmarks.architecture.house import House, Package
from benchmarks.architecture.layout import Arrow, Node, arrows_of, ordered

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_WIDTH, _GAP, _BETWEEN, _MARGIN = 240, 36, 46, 28
_LANE = 12  # of an arrow that passes a floor
_LINE, _TITLE, _PADDING = 15, 20, 10
_COLUMNS = 35


def draw(house: House) -> str:
    """Give the SVG file."""
    arrows = arrows_of(house)
    rows = ordered(house, arrows)
    x = _columns(rows, house)
    texts = {name: _texts(package) for name, package in house.packages.items()}
    width = 2 * _MARGIN + max(x[row[-1]] + _width(row[-1], house) for row in rows)
    top: dict[Node, int] = {}
    height: dict[Node, int] = {}
    y = _MARGIN
    for row in rows:
        tallest = max(_height(texts[name]) for name in row if name in texts)
        for name in row:
            top[name], height[name] = y, tallest
        y += tallest + _BETWEEN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y - _BETWEEN + _MARGIN}"'
        f' viewBox="0 0 {width} {y - _BETWEEN + _MARGIN}" role="img" aria-labelledby="title" font-family="{_FONT}">',
        '<title id="title">The packages of yolo-patcher and what each imports</title>',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="#5c636a"/></marker></defs>',
        '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
    ]
    centre = {name: _MARGIN + x[name] + _width(name, house) / 2 for row in rows for name in row}
    ports = _ports(arrows, centre, house)
    parts += [_path(arrow, ports, centre, top, height) for arrow in arrows]
    parts += [
        _box(house.packages[name], texts[name], _MARGIN + x[name], top[name], height[name]) for name in house.packages
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _columns(rows: Sequence[Sequence[Node]], house: House) -> dict[Node, int]:
    """Give each node's left side, every row in the middle of the drawing."""
    widths = [sum(_width(node, house) + _GAP for node in row) - _GAP for row in rows]
    x: dict[Node, int] = {}
    for row, width in zip(rows, widths, strict=True):
        left = (max(widths) - width) // 2
        for node in row:
            x[node] = left
            left += _width(node, house) + _GAP
    return x


def _width(node: Node, house: House) -> int:
    return _WIDTH if node in house.packages else _LANE


def _texts(package: Package) -> tuple[list[str], list[str]]:
    subject = package.subject.partition(":")[0].partition(";")[0].rstrip(".").replace("`", "")
    imports = f"imports {', '.join(package.imports)}" if package.imports else "imports nothing"
    return textwrap.wrap(subject, _COLUMNS), textwrap.wrap(imports, _COLUMNS)


def _height(texts: tuple[list[str], list[str]]) -> int:
    return 2 * _PADDING + _TITLE + _LINE * sum(map(len, texts))


def _ports(arrows: Sequence[Arrow], centre: Mapping[Node, float], house: House) -> Mapping[tuple[Node, Node], float]:
    """Give where on a box (the first) the arrow to or from another node ends: spread along a side, without crossing."""
    ports = {}
    steps = [step for arrow in arrows for step in pairwise(arrow)]
    for name in house.packages:
        for beside in ([b for a, b in steps if a == name], [a for a, b in steps if b == name]):
            for index, other in enumerate(sorted(beside, key=centre.__getitem__)):
                ports[name, other] = centre[name] + _WIDTH * 0.6 * ((index + 0.5) / len(beside) - 0.5)
    return ports


def _path(
    arrow: Arrow,
    ports: Mapping[tuple[Node, Node], float],
    centre: Mapping[Node, float],
    top: Mapping[Node, int],
    height: Mapping[Node, int],
) -> str:
    path = ""
    for above, below in pairwise(arrow):
        x, y = ports.get((above, below), centre[above]), top[above] + height[above]
        to_x, to_y = ports.get((below, above), centre[below]), top[below]
        bend = (to_y - y) * 0.5
        path += f"M{x:g} {y}" if not path else f"L{x:g} {y}"
        path += f"C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y}"
    return f'<path d="{path}" fill="none" stroke="#5c636a" stroke-width="1.4" marker-end="url(#head)"/>'


def _box(package: Package, texts: tuple[list[str], list[str]], x: int, y: int, height: int) -> str:
    lines = [
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{height}" rx="6" fill="#e8f1fc" stroke="#1864ab"/>',
        f'<text x="{x + _PADDING}" y="{y + _PADDING + 13}" font-size="15" font-weight="600" fill="#212529">'
        f"{escape(package.name)}</text>",
    ]
    line = y + _PADDING + _TITLE + 11
    for ink, part in (("#212529", texts[0]), ("#5c636a", texts[1])):
        for text in part:
            lines.append(f'<text x="{x + _PADDING}" y="{line}" font-size="12" fill="{ink}">{escape(text)}</text>')
            line += _LINE
    return "\n".join(lines)
