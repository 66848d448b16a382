"""A row that reads itself, a row behind it, or one in front of the image."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model.rows import IMAGE

CODE = "YP003"
TITLE = "an index does not point backwards"
WHY = """\
A row can only read what was computed before it. An index of a row's own number or above fails while the model is built,
or reads whatever stands there; it is what remains when rows were taken out and the indices behind them not moved.
"""
WRONG = changed("[[9, 12], 1, Detect, [nc]]", "[[9, 13], 1, Detect, [nc]]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each index that names no earlier row."""
    for row in facts.rows:
        for value in row.written:
            source = value if value >= 0 else row.index + value
            if IMAGE <= source < row.index:
                continue
            where = "itself" if source == row.index else f"row {value}, which does not come before it"
            if source < IMAGE:
                where = f"{value}, which is before the first row"
            message = f"row {row.index} ({row.module}) reads {where}"
            fix = f"Read a row from 0 to {row.index - 1}, or -1 for the one directly before."
            yield Finding(CODE, row.index, row.line, message, fix, (source,))
