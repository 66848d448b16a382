"""A join of maps of different sizes."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP007"
TITLE = "a join reads maps of different sizes"
WHY = """\
Concat and sums need maps of one height and width. With inputs of two levels the model builds, and fails on the first
image. A module of the checkout's own is taken for a join when its branch adds up the channels of its inputs, unless the
levels of the inputs differ in each of its rows: then it brings them to one size, as Low_FAM of Gold-YOLO does.
"""
WRONG = changed("[[-1, 6], 1, Concat, [1]] # 11", "[[-1, 3], 1, Concat, [1]] # 11")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each join whose inputs are of different levels."""
    for row in facts.rows:
        found = {facts.level[source] for source in row.sources}
        if facts.is_join(row) and len(found) > 1 and None not in found:
            inputs = ", ".join(f"{source} (P{facts.level[source]})" for source in row.sources)
            message = f"row {row.index} ({row.module}) joins different levels: {inputs}"
            yield Finding(CODE, row.index, row.line, message, "Let it read rows of one level.")
