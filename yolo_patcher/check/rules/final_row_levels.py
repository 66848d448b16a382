"""A final row that reads one level more often than another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP006"
TITLE = "the final row reads a level twice"
WHY = """\
A final row reads each level once; one with auxiliary outputs reads each level equally often. With one level twice and
another missing, the model still builds, with two equal strides.
"""
WRONG = changed("[[9, 12], 1, Detect, [nc]]", "[[9, 9, 12], 1, Detect, [nc]]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give the final row when its levels are not equally frequent."""
    final = facts.model.final
    found = Counter(facts.level[source] for source in final.sources)
    most = max(found.values(), default=1)
    equally = len(found) > 1 and len(set(found.values())) == 1
    if None in found or most < 2 or equally:
        return
    often = [f"P{level}" for level, count in sorted(found.items(), key=str) if count == most]
    inputs = ", ".join(f"{source} (P{facts.level[source]})" for source in final.sources)
    message = (
        f"row {final.index} ({final.module}) reads {' and '.join(often)} more often than its other levels: {inputs}"
    )
    yield Finding(CODE, final.index, final.line, message, "Let it read one row of each level.")
