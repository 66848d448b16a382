"""A row that is no `[from, repeats, module, args]`."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP001"
TITLE = "a row is not of four parts"
WHY = """\
`parse_model` unpacks each row into from, repeats, module and arguments: one or more rows' numbers, a number, a module's
name and a list. Another row ends the building with a message that names no line. While there is such a row, the wiring
is not looked at.
"""
WRONG = changed("[-1, 3, C2f, [64]] # 9", "[-1, 3, C2f] # 9")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each row that could not be read, or whose repeats are no number."""
    for error in facts.errors:
        if not error.row.module:
            yield Finding(CODE, error.row.index, error.row.line, error.message, f"{error.help}")
    for row in facts.rows:
        if row.module and (type(row.repeats) is not int or row.repeats < 1):
            message = f"row {row.index} ({row.module}) has the repeats {row.repeats!r}, which are no number from 1"
            yield Finding(CODE, row.index, row.line, message, "The second part of a row is how often it is repeated.")
