"""A row whose output never reaches the final row, nor another of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP004"
TITLE = "a row is dead"
WHY = """\
Nothing that reaches the final row reads the row: it is built, counted and stored, but not trained, and it changes no
output. The building does not fail. It is the surest sign of a row that was inserted without moving the indices behind
it: the last block of the neck is then read by nobody.

A further row of the final row's kind that collects maps as the final row does is an output as well: a model for several
tasks has a Detect and two Segment. A row that reads maps of several levels and does not put them together is excused:
it hands something else than a map to the model by itself, as ImagePoolingAttn of YOLO-World does.
"""
WRONG = changed("[[9, 12], 1, Detect, [nc]]", "[[9, 11], 1, Detect, [nc]]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give the last row of each dead part."""
    if not facts.model.final.written:
        return
    dead = {row.index for row in facts.rows} - _with_all_before(_outputs(facts), facts)
    excused = _with_all_before({index for index in dead if _gives_no_map(index, facts)}, facts)
    for index in sorted(dead - excused):
        if dead.intersection(facts.readers[index]) - excused:
            continue
        row = facts.rows[index]
        only = sorted(_with_all_before({index}, facts) & dead - excused - {index})
        message = f"row {index} ({row.module}) is dead: no row reads it"
        if only:
            message += f", so {'row' if len(only) == 1 else 'rows'} {', '.join(map(str, only))} in front of it"
            message += f" {'is' if len(only) == 1 else 'are'} dead as well"
        fix = "Let a later row read it, or take it out and move the indices behind it."
        yield Finding(CODE, index, row.line, message, fix, (index, *only))


def _outputs(facts: Facts) -> set[int]:
    final = facts.model.final
    alike = {row.index for row in facts.rows if row.written and facts.vocabulary.collects_as(row.module, final.module)}
    return {final.index, *alike}


def _gives_no_map(index: int, facts: Facts) -> bool:
    row = facts.rows[index]
    if len(row.sources) < 2 or facts.readers[index] or facts.is_join(row):
        return False
    return len({facts.level[source] for source in row.sources}) > 1


def _with_all_before(found: set[int], facts: Facts) -> set[int]:
    """Give rows and all that they read, directly or through others."""
    reached = set(found)
    for row in reversed(facts.rows):
        if row.index in reached:
            reached.update(row.sources)
    return reached
