"""A module that gets one row where its branch takes several, or a list where it takes one."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP009"
TITLE = "a module takes one row, or several"
WHY = """\
The branch of `parse_model` for a module reads either `ch[f]`, the channels of one row, or goes through a list of rows.
A list for a Conv, or a single number for a Concat, ends the building with a TypeError. A Concat of a list of one row
puts nothing together: the row that it should join is missing.
"""
WRONG = changed("[[-1, 6], 1, Concat, [1]] # 11", "[-1, 1, Concat, [1]] # 11")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each row whose `from` is of the wrong kind for its module."""
    for row in facts.rows:
        takes = facts.vocabulary.inputs(row.module) if row.module else None
        if not facts.vocabulary.resolves(row.module):
            continue
        if takes == "one" and row.from_list:
            read = list(row.written)
            message = f"row {row.index} ({row.module}) takes one row, but reads the list {read}"
            fix = f"Write {read[0]} without brackets." if len(read) == 1 else "Join them by a Concat in front of it."
        elif takes == "many" and not row.from_list:
            message = f"row {row.index} ({row.module}) takes a list of rows, but reads {row.written[0]} alone"
            fix = f"Write [{row.written[0]}, ...], with every row that it shall read."
        elif len(row.written) == 1 and row.from_list and facts.vocabulary.parse_model.meant(row.module) == "Concat":
            message = f"row {row.index} ({row.module}) joins several rows, but reads {row.written[0]} alone"
            fix = f"Write [{row.written[0]}, ...], with every row that it shall read, or take it out."
        else:
            continue
        yield Finding(CODE, row.index, row.line, message, fix)
