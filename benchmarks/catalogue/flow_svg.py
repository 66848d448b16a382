"""A flow as an SVG file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.catalogue.flow import Step
from benchmarks.catalogue.layers import Arrow, Cell, place
from yolo_patcher.report.drawing.layout import text_width

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
_SIZE, _SMALL = 12.0, 10.0
_HEIGHT, _GAP, _BESIDE, _MARGIN = 30.0, 26.0, 22.0, 14.0
_NARROWEST, _WIDEST = 60.0, 230.0
_COLOURS = {
    "input": ("#e9ecef", "#343a40"),
    "output": ("#e9ecef", "#343a40"),
    "layer": ("#e7f1ff", "#1864ab"),
    "parameter": ("#f3e8ff", "#6741d9"),
    "join": ("#fff0e0", "#d9480f"),
    "operation": ("#eaf7ec", "#2b8a3e"),
    "shape": ("#ffffff", "#adb5bd"),
}
LEGEND = {"layer": "layer", "parameter": "parameter", "join": "join", "operation": "operation", "shape": "form alone"}


def draw_flow(steps: Sequence[Step], title: str) -> str:
    """Give a drawing, from the map that comes in at the top to the one that goes out; shapes stand at the lines."""
    placed = place(steps)
    widths = [_NARROWEST] * placed.columns
    for step, (_, column) in zip(steps, placed.cells, strict=True):
        widths[column] = min(max(widths[column], _width(step)), _WIDEST)
    # The shape of the first column stands to the left of its lines.
    centres, left = [], _MARGIN + max(0.0, max(text_width(_shape(step), _SMALL) for step in steps) - widths[0] / 2)
    for width in widths:
        centres.append(left + width / 2)
        left += width + _BESIDE
    legend = [kind for kind in LEGEND if any(step.kind == kind for step in steps)]
    total = max(
        left - _BESIDE + _MARGIN, 2 * _MARGIN + sum(26 + text_width(LEGEND[kind], _SMALL) + 14 for kind in legend)
    )
    height = 2 * _MARGIN + placed.ranks * (_HEIGHT + _GAP) + 4

    def point(cell: Cell) -> tuple[float, float]:
        return centres[cell[1]], _MARGIN + cell[0] * (_HEIGHT + _GAP)

    boxes = [_box(step, *point(cell)) for step, cell in zip(steps, placed.cells, strict=True)]
    lines = [_line([point(cell) for cell in arrow.cells]) for arrow in placed.arrows]
    labels = [_label(steps, arrow, *point(arrow.cells[0])) for arrow in _first(placed.arrows)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="{height:g}"'
        f' viewBox="0 0 {total:g} {height:g}" role="img" aria-labelledby="title" font-family="{escape(FONT)}">',
        f'<title id="title">{escape(title)}</title>',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="#5c636a"/></marker></defs>',
        f'<rect width="{total:g}" height="{height:g}" fill="#ffffff"/>',
        *lines,
        *boxes,
        *labels,
        *_legend(legend, height - _MARGIN),
        "</svg>",
        "",
    ]
    return "\n".join(parts)


def _first(arrows: Sequence[Arrow]) -> list[Arrow]:
    """Give the first arrow of each source, where its shape is written."""
    return list({arrow.source: arrow for arrow in reversed(arrows)}.values())


def _width(step: Step) -> float:
    return text_width(step.text, _SIZE) + 20


def _shape(step: Step) -> str:
    return "×".join(map(str, step.shape))


def _box(step: Step, x: float, y: float) -> str:
    fill, border = _COLOURS[step.kind]
    width = min(max(_width(step), 34.0), _WIDEST)
    text = step.text
    while text_width(text, _SIZE) > width - 12:
        text = text[:-2].rstrip("… ,") + "…"
    rounding = _HEIGHT / 2 if step.kind in ("input", "output", "join") else 5
    dash = ' stroke-dasharray="4 3"' if step.kind == "shape" else ""
    return (
        f'<g class="{step.kind}"><title>{escape(f"{step.text}, {_shape(step)}")}</title>'
        f'<rect x="{x - width / 2:g}" y="{y:g}" width="{width:g}" height="{_HEIGHT:g}" rx="{rounding:g}" fill="{fill}"'
        f' stroke="{border}" stroke-width="1.3"{dash}/>'
        f'<text x="{x:g}" y="{y + _HEIGHT / 2 + 4:g}" font-size="{_SIZE:g}" fill="#212529" text-anchor="middle">'
        f"{escape(text)}</text></g>"
    )


def _line(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    path = f"M{x:g} {y + _HEIGHT:g}"
    at = (x, y + _HEIGHT)
    for number, (x, y) in enumerate(rest):
        last = number == len(rest) - 1
        top = y
        middle = (at[1] + top) / 2
        path += f"C{at[0]:g} {middle:g} {x:g} {middle:g} {x:g} {top:g}"
        if not last:
            path += f"V{y + _HEIGHT:g}"
        at = (x, y + _HEIGHT)
    return f'<path d="{path}" fill="none" stroke="#5c636a" stroke-width="1.2" marker-end="url(#a)"/>'


def _label(steps: Sequence[Step], arrow: Arrow, x: float, y: float) -> str:
    return (
        f'<text x="{x - 5:g}" y="{y + _HEIGHT + 11:g}" font-size="{_SMALL:g}" fill="#5c636a" text-anchor="end">'
        f"{escape(_shape(steps[arrow.source]))}</text>"
    )


def _legend(kinds: Sequence[str], y: float) -> list[str]:
    parts, x = [], _MARGIN
    for kind in kinds:
        fill, border = _COLOURS[kind]
        parts.append(
            f'<rect x="{x:g}" y="{y - 9:g}" width="16" height="10" rx="3" fill="{fill}" stroke="{border}"/>'
            f'<text x="{x + 21:g}" y="{y:g}" font-size="{_SMALL:g}" fill="#5c636a">{LEGEND[kind]}</text>'
        )
        x += 26 + text_width(LEGEND[kind], _SMALL) + 14
    return parts
