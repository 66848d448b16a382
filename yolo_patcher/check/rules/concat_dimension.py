"""A Concat along another dimension than the channels."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP012"
TITLE = "a Concat does not join channels"
WHY = """\
`parse_model` takes a Concat's output for as wide as all its inputs together, which holds for dimension 1 alone.
Dimension 0 puts images of the batch together, 2 and 3 put maps one below or beside the other: the next row fails on the
first image, or, where the model ends with it, gives what belongs to no place of the image.
"""
WRONG = changed("[[-1, 6], 1, Concat, [1]] # 11", "[[-1, 6], 1, Concat, [2]] # 11")
RIGHT = HEAD

_OTHERS = frozenset({0, 2, 3, -1, -2, -4})


def find(facts: Facts) -> Iterator[Finding]:
    """Give each Concat whose dimension is another than the channels'."""
    for row in facts.rows:
        dimension = row.args[0] if row.args else None
        if type(dimension) is not int or dimension not in _OTHERS or len(row.sources) < 2:
            continue
        if facts.vocabulary.parse_model.meant(row.module) == "Concat" and facts.vocabulary.sums(row.module):
            message = f"row {row.index} ({row.module}) joins along dimension {dimension}, not along the channels"
            yield Finding(CODE, row.index, row.line, message, "Write 1, the dimension of the channels.")
