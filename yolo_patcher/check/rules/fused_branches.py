"""A CBFuse whose branches are not what CBLinear rows give."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model.rows import Row

CODE = "YP011"
TITLE = "a CBFuse does not read its CBLinear rows"
WHY = """\
CBFuse of YOLOv9 picks one map out of each CBLinear row that it reads and adds them to the map of its last input. Every
other input must be a CBLinear of its own, must have a map at the place that CBFuse picks, and that map needs the
channels of the last input; otherwise the first image fails.
"""
RIGHT = changed(
    "  - [[-1, 6], 1, Concat, [1]] # 11\n",
    "  - [6, 1, CBLinear, [[64]]] # 11\n  - [[11, 10], 1, CBFuse, [[0]]] # 12\n",
).replace("# 12\n  - [[9, 12]", "# 13\n  - [[9, 13]")
WRONG = RIGHT.replace("[[11, 10], 1, CBFuse, [[0]]]", "[[6, 10], 1, CBFuse, [[0]]]")


def find(facts: Facts) -> Iterator[Finding]:
    """Give each input of a CBFuse that has no map for it, and each that is read twice."""
    for row in facts.rows:
        if row.module != "CBFuse" or len(row.sources) < 2:
            continue
        for place, source in enumerate(row.sources[:-1]):
            problem = _problem(row, place, facts)
            if problem:
                message = f"row {row.index} (CBFuse) reads {source} ({_name(source, facts)}), {problem}"
                fix = "Let it read the CBLinear rows that were made for it, and last the row that they are added to."
                yield Finding(CODE, row.index, row.line, message, fix, (source,))


def _name(source: int, facts: Facts) -> str:
    return facts.rows[source].module if source >= 0 else "the image"


def _problem(row: Row, place: int, facts: Facts) -> str:
    source = row.sources[place]
    if _name(source, facts) != "CBLinear":
        return "which is no CBLinear"
    if source in row.sources[:place]:
        return "which it reads already"
    try:
        widths, picked = facts.rows[source].args[0], row.args[0][place]  # type: ignore[index]
        width = widths[picked]  # type: ignore[index]
    except (IndexError, TypeError):
        return "which has no map at the place that it picks"
    wanted = facts.width[row.sources[-1]]
    if wanted is not None and facts.scale.width == 1 and width != wanted:
        return f"whose map has {width} channels there, not {wanted}"
    return ""
