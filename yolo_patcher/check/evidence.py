"""What speaks for a hypothesis besides the wiring: attention modules at its place, and index comments that are off."""

from __future__ import annotations

import re

from yolo_patcher.check.facts import Facts
from yolo_patcher.check.hypotheses import Hypothesis

_INDEX_COMMENT = re.compile(r"[ \t]*(?:,[ \t]*)?#[ \t]*(\d+)(?=$|[ \t\r\n(:,.\-])")


def support(hypothesis: Hypothesis, facts: Facts) -> tuple[int, int]:
    """Give how many of the rows said to be inserted keep size and channels, and how many index comments agree."""
    at, count = hypothesis.at, hypothesis.count
    gates = sum(index in facts.gates for index in range(at, at + max(0, count)))
    return gates, sum(
        said + (count if row >= at and count else 0) == row for row, said in index_comments(facts).items()
    )


def index_comments(facts: Facts) -> dict[int, int]:
    """Give the index that the comment behind a row says, for each row that has one (`# 15 (P3/8-small)`)."""
    found = {}
    for row in facts.rows:
        match = _INDEX_COMMENT.match(facts.model.source.text, row.span[1])
        if match:
            found[row.index] = int(match[1])
    return found
