"""A row that reads another stage in its middle."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model.rows import Row

CODE = "YP008"
TITLE = "a lateral connection leaves a stage in its middle"
WHY = """\
What joins the path of another level reads the end of that level's stage, the last row before the next change of level.
A lateral connection from the Concat, the stride convolution or a block inside the stage passes by the rows that follow
there. It builds and trains; the sizes even fit.

Rows of the reader's own stage may be read anywhere, as an ELAN does, unless the reader collects several levels; and so
may the row in front of an attention module. A module that brings maps of several levels together, as ScalSeq does, may
read any row of a stage but its first, which has not worked on the map. A stage that hands its map over to an upsampling
by a pointwise convolution, or by a module that narrows it, may be read on either side of that, as YOLOv7 and YOLOv5 do,
as long as all are read on the same side and the channels do not speak for the other. An `nn.Conv2d` that at most the
final row reads is an output, not the stage's work.
"""
WRONG = changed("[[-1, 3], 1, Concat, [1]] # 8", "[[-1, 2], 1, Concat, [1]] # 8")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each index, except the final row's, that leads into the middle of another stage."""
    for row in facts.rows[:-1]:
        one_level = len({facts.level[source] for source in row.sources}) == 1
        for source in dict.fromkeys(row.sources):
            behind = facts.next_of_stage(source) if 0 <= source < row.index - 1 else None
            if behind is None or (one_level and facts.same_stage(source, row.index)):
                continue
            if facts.collects_levels(row) and not facts.begins_stage(facts.rows[source]):
                continue
            if facts.hands_over(source) and not _is_behind_meant(row, source, behind, facts):
                continue
            inside, goes_on = facts.rows[source], facts.rows[behind]
            message = (
                f"row {row.index} ({row.module}) reads {source} ({inside.module}), "
                f"but row {behind} ({goes_on.module}) goes on with that stage"
            )
            fix = f"Let it read the end of the stage, row {facts.stage_end(source)}."
            yield Finding(CODE, row.index, row.line, message, fix, (source,))


def _is_behind_meant(reader: Row, source: int, behind: int, facts: Facts) -> bool:
    """Tell on which side of a Conv that hands over a row should read: where channels balance, else where others do."""
    others = [facts.width[other] for other in reader.sources if other != source]
    before_width, behind_width = facts.width[source], facts.width[behind]
    balanced = sum(width or 0 for width in others)
    if None not in others and before_width != behind_width and balanced in (before_width, behind_width):
        return behind_width == balanced
    return any(
        other >= 1 and other < row.index - 1 and facts.hands_over(other - 1) and not facts.same_stage(other, row.index)
        for row in facts.rows[:-1]
        for other in row.sources
    )
