"""Draw a model as one SVG file that needs nothing else: no fonts, no styles, no scripts from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing.layout import DETAIL_SIZE, TITLE_SIZE, Box, Layout, Line, make_layout, text_width
from yolo_patcher.report.drawing.scene import Scene, level_name

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
_MARGIN = 16.0
_LABELS = 52.0
_TOP = 84.0
_BOTTOM = 52.0
_INK = "#212529"
_FAINT = "#5c636a"
_BORDER = "#343a40"
_INSERTED = "#d9480f"
_LEVELS = (
    ("#f4f4f5", "#5c636a"),
    ("#f2f1ec", "#7a6a45"),
    ("#e9f5f5", "#0b7285"),
    ("#eaf7ec", "#2b8a3e"),
    ("#e8f1fc", "#1864ab"),
    ("#f2edfb", "#6741d9"),
    ("#fdeef5", "#a61e4d"),
    ("#f1f3f5", "#343a40"),
)
"""Fill of the band, and ink of the edges that begin there, from P0 on; the last is for all that are deeper."""


def draw(scene: Scene) -> str:
    """Give an SVG file of a scene."""
    layout = make_layout(scene)
    legend = _legend(layout)
    wanted = max(text_width(scene.title, 18), text_width(scene.subtitle, 12), _LEGEND_WIDTH)
    width = 2 * _MARGIN + max(_LABELS + layout.width, wanted)
    height = _TOP + layout.height + _BOTTOM
    inks = _inks(layout)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="title" font-family="{escape(_FONT)}">',
        f'<title id="title">{escape(scene.title)}</title>',
        "<defs>",
        *(_arrowhead(ink) for ink in sorted({_ink(inks, line) for line in layout.lines})),
        "</defs>",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        _text(_MARGIN, 30, scene.title, 18, weight=600),
        _text(_MARGIN, 48, scene.subtitle, 12, ink=_FAINT),
        *_bands(layout, width),
        f'<g transform="translate({_MARGIN + _LABELS:g} {_TOP:g})">',
        *_headings(layout),
        *_edges(layout, inks),
        *(_box(box) for box in layout.boxes),
        "</g>",
        f'<g transform="translate({_MARGIN:g} {_TOP + layout.height + 18:g})">',
        *legend,
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(parts)


def _text(
    x: float, y: float, text: str, size: float, *, ink: str = _INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{ink}" text-anchor="{anchor}"'
        f">{escape(text)}</text>"
    )


def _arrowhead(ink: str) -> str:
    return (
        f'<marker id="{_marker(ink)}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="{ink}"/></marker>'
    )


def _marker(ink: str) -> str:
    return f"arrow-{ink[1:]}"


def _level(level: int) -> tuple[str, str]:
    return _LEVELS[min(max(level, 0), len(_LEVELS) - 1)]


def _bands(layout: Layout, width: float) -> list[str]:
    parts = []
    for stripe in layout.stripes:
        fill, ink = _level(stripe.level)
        top, height = _TOP + stripe.top, stripe.bottom - stripe.top
        parts.append(
            f'<rect class="band" x="{_MARGIN:g}" y="{top:g}" width="{width - 2 * _MARGIN:g}" height="{height:g}"'
            f' fill="{fill}" stroke="#ffffff" stroke-width="2"/>'
        )
        name, _, stride = level_name(stripe.level).partition("/")
        middle = top + height / 2
        parts.append(_text(_MARGIN + 12, middle, name, 16, ink=ink, weight=700))
        parts += [_text(_MARGIN + 12, middle + 15, f"1/{stride}", 11, ink=ink)] if stride else []
    return parts


def _headings(layout: Layout) -> list[str]:
    names = [(layout.boxes[0].x, "backbone")] if layout.boxes[0].node.section == "backbone" else []
    return [_text(x, -8, name, 12, ink=_FAINT, weight=600) for x, name in [*names, (layout.head_x, "head")]]


def _inks(layout: Layout) -> dict[int, str]:
    """Give each row's colour: that of the band where its box has its middle, unless it is inserted."""
    found = {}
    for box in layout.boxes:
        middle = box.y + box.height / 2
        level = next(stripe.level for stripe in layout.stripes if stripe.top <= middle <= stripe.bottom)
        found[box.node.row] = _INSERTED if box.node.inserted else _level(level)[1]
    return found


def _ink(inks: Mapping[int, str], line: Line) -> str:
    """Give an edge's colour: that of the row where it begins, unless it ends at an inserted one."""
    return _INSERTED if inks[line.reader] == _INSERTED else inks[line.source]


def _edges(layout: Layout, inks: Mapping[int, str]) -> list[str]:
    parts = []
    for line in layout.lines:
        ink = _ink(inks, line)
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in line.points)
        parts.append(
            f'<path class="edge" data-from="{line.source}" data-to="{line.reader}" d="{path}" fill="none"'
            f' stroke="{ink}" stroke-width="{2.4 if ink == _INSERTED else 1.5}" stroke-linejoin="round"'
            f' marker-end="url(#{_marker(ink)})"/>'
        )
    parts += [f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{inks[row]}"/>' for row, (x, y) in layout.dots]
    return parts


def _box(box: Box) -> str:
    node = box.node
    fill, border, thickness = "#ffffff", _BORDER, 1.3
    if node.inserted:
        fill, border, thickness = "#ffe8cc", _INSERTED, 3.0
    elif node.final:
        fill, border, thickness = "#e9ecef", _INK, 2.0
    middle = box.y + box.height / 2
    centre = box.x + box.width / 2
    rounding = box.height / 2 if node.row == IMAGE else 6
    lines = [
        _text(centre, middle - 3 if box.detail else middle + 5, box.title, TITLE_SIZE, weight=600, anchor="middle")
    ]
    if box.detail:
        lines.append(_text(centre, middle + 13, box.detail, DETAIL_SIZE, ink=_FAINT, anchor="middle"))
    kind = " inserted" if node.inserted else " final" if node.final else ""
    return (
        f'<g class="row{kind}" data-row="{node.row}"><title>{escape(node.tooltip)}</title>'
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="{rounding:g}"'
        f' fill="{fill}" stroke="{border}" stroke-width="{thickness:g}"/>{"".join(lines)}</g>'
    )


_LEGEND = (
    ("#ffffff", _BORDER, 1.3, "row: number and module; arguments and channels"),
    ("#ffe8cc", _INSERTED, 3.0, "+ inserted by yolo-patcher"),
    ("#e9ecef", _INK, 2.0, "final row"),
)
_SWATCH = 26.0
_LEGEND_GAP = 22.0
_LEGEND_WIDTH = sum(_SWATCH + text_width(text, DETAIL_SIZE) + _LEGEND_GAP for *_, text in _LEGEND)


def _legend(layout: Layout) -> list[str]:
    parts, x = [], 0.0
    inserted = any(box.node.inserted for box in layout.boxes)
    for fill, border, thickness, text in _LEGEND:
        if border == _INSERTED and not inserted:
            continue
        parts.append(
            f'<rect class="legend" x="{x + 2:g}" y="1" width="18" height="12" rx="3" fill="{fill}" stroke="{border}"'
            f' stroke-width="{thickness:g}"/>'
        )
        parts.append(_text(x + _SWATCH, 11, text, DETAIL_SIZE, ink=_FAINT))
        x += _SWATCH + text_width(text, DETAIL_SIZE) + _LEGEND_GAP
    return parts
