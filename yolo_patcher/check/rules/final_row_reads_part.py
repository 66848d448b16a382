"""A final row that reads a Concat, an upsampled map or a stride convolution, or the middle of a stage."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP005"
TITLE = "the final row reads what a stage has not finished"
WHY = """\
Detect, Segment and the other final rows read the end of a stage on each level. The model builds and trains as well when
they read the Concat, the upsampled map or the stride convolution that a stage begins with, or a block in its middle:
the strides are right, and the blocks behind it see no gradient from that level.

A final row of which each input is a join that nothing goes on with fuses two streams late, and means it.
"""
WRONG = changed("[[9, 12], 1, Detect, [nc]]", "[[8, 12], 1, Detect, [nc]]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each input of the final row that is no end of a stage."""
    final = facts.model.final
    fuses_late = len(final.sources) > 1 and all(
        source >= 0 and facts.is_join(facts.rows[source]) and facts.next_of_stage(source) is None
        for source in final.sources
    )
    if fuses_late:
        return
    for source in dict.fromkeys(final.sources):
        if source < 0:
            continue
        row = facts.rows[source]
        behind = None if facts.hands_over(source) else facts.next_of_stage(source)
        if behind is None and not (len(final.sources) > 1 and facts.is_join(row)):
            continue
        message = f"row {final.index} ({final.module}) reads {source} ({row.module})"
        if behind is None:
            message += ", which only puts maps together"
            fix = "Let it read the end of a stage."
        else:
            message += f", but row {behind} ({facts.rows[behind].module}) goes on with that stage"
            fix = f"Let it read the end of the stage, row {facts.stage_end(source)}."
        yield Finding(CODE, final.index, final.line, message, fix, (source,))
