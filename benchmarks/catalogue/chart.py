"""Charts with two logarithmic axes, as SVG files that need nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from benchmarks.catalogue.flow_svg import FONT
from yolo_patcher.report.drawing.layout import text_width
from yolo_patcher.report.figures import count

Point = tuple[float, float]
COLOURS = ("#1864ab", "#d9480f", "#2b8a3e", "#6741d9", "#a61e4d", "#0b7285", "#5c636a")


@dataclass(frozen=True)
class Series:
    """Points of one colour, joined by a line or each with a name of its own."""

    name: str
    points: tuple[Point, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Axis:
    low: int
    high: int
    start: float
    end: float
    zero: float | None

    def at(self, value: float) -> float:
        """Give the pixel of a value; what is 0 stands apart."""
        if value <= 0:
            return self.start if self.zero is None else self.zero
        return self.start + (log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def marks(self) -> list[tuple[str, float]]:
        """Give the marks: powers of ten, and 0 where there is one."""
        found = [(_power(power), self.at(10.0**power)) for power in range(self.low, self.high + 1)]
        return found if self.zero is None else [("0", self.zero), *found]


def _power(power: int) -> str:
    return count(10**power) if power >= 0 else f"{10.0**power:g}"


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    positive = [value for value in values if value > 0] or [1.0]
    low, high = floor(log10(min(positive))), ceil(log10(max(positive)))
    high = high + 1 if high == low else high
    if all(value > 0 for value in values):
        return _Axis(low, high, start, end, None)
    apart = 40.0 if end > start else -40.0
    return _Axis(low, high, start + apart, end, start)


def chart(series: Sequence[Series], title: str, across: str, up: str, size: tuple[int, int] = (430, 300)) -> str:
    """Give a chart; points with names are marked by these, the others joined.

    Args:
        series: what is shown.
        title: what it is.
        across: the name of the axis to the right.
        up: the name of the axis upward.
        size: width and height in pixels.
    """
    width, height = size
    points = [point for one in series for point in one.points]
    x = _axis([point[0] for point in points], 70, width - 20)
    y = _axis([point[1] for point in points], height - 48, 56)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-labelledby="title" font-family="{escape(FONT)}">',
        f'<title id="title">{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(14, 20, title, 13, weight=600),
    ]
    for text, at in x.marks():
        parts.append(
            f'<path d="M{at:.1f} 56V{height - 48}" stroke="#e9ecef"/>{_text(at, height - 33, text, 10, "middle")}'
        )
    for text, at in y.marks():
        parts.append(f'<path d="M70 {at:.1f}H{width - 20}" stroke="#e9ecef"/>{_text(64, at + 3, text, 10, "end")}')
    parts.append(_text((70 + width - 20) / 2, height - 12, across, 11, "middle"))
    parts.append(_text(14, 48, up, 11))
    taken = [(x.at(one), y.at(other), 8.0, 8.0) for one, other in points]
    legend = width - 20.0
    for number, one in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        places = [(x.at(a), y.at(b)) for a, b in one.points]
        if not one.names:
            path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
            parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        for index, (a, b) in enumerate(places):
            name = one.names[index] if one.names else one.name
            said = f"{name}: {count(int(one.points[index][0]))}, {count(int(one.points[index][1]))}"
            parts.append(
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"><title>{escape(said)}</title></circle>'
            )
            if one.names:
                parts.append(_named(name, a, b, colour, taken, size))
        if len(series) > 1:
            parts.append(_text(legend, 48, one.name, 11, "end", colour, 600))
            legend -= text_width(one.name, 11) + 14
    return "\n".join([*parts, "</svg>", ""])


def _named(
    name: str, a: float, b: float, colour: str, taken: list[tuple[float, float, float, float]], size: tuple[int, int]
) -> str:
    """Write a name beside its point, where nothing stands yet, joined to it where that is not at its side."""
    width = text_width(name, 10)
    ways = [(6, 4), (-6 - width, 4), (-width / 2, -8), (-width / 2, 15)]
    ways += [(dx, dy) for ring in range(1, 9) for dy in (4 - 12 * ring, 4 + 12 * ring) for dx in (8.0, -8 - width)]
    left, base = next(
        (
            (a + dx, b + dy)
            for dx, dy in ways
            if not _meets(a + dx, b + dy, width, taken) and _inside(a + dx, b + dy, width, size)
        ),
        (a + 6, b + 4),
    )
    taken.append((left + width / 2, base - 4, width, 10))
    far = abs(base - b) > 16
    line = f'<path d="M{a:.1f} {b:.1f}L{left:.1f} {base - 3:.1f}" stroke="{colour}" stroke-width="0.5"/>' if far else ""
    return line + _text(left, base, name, 10, ink=colour)


def _inside(left: float, base: float, width: float, size: tuple[int, int]) -> bool:
    return left > 2 and left + width < size[0] - 2 and 64 < base < size[1] - 40


def _meets(left: float, base: float, width: float, taken: Sequence[tuple[float, float, float, float]]) -> bool:
    x, y = left + width / 2, base - 4
    return any(abs(x - ox) < (width + ow) / 2 and abs(y - oy) < (10 + oh) / 2 for ox, oy, ow, oh in taken)


def _text(
    x: float, y: float, text: str, size: float, anchor: str = "start", ink: str = "#212529", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" font-weight="{weight}" fill="{ink}"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )
