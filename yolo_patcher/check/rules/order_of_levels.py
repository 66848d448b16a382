"""A final row that reads its levels in another order than from fine to coarse."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP014"
TITLE = "the final row reads its levels out of order"
WHY = """\
A final row takes its levels from fine to coarse: P3, P4, P5. The model builds and trains in another order as well, with
strides, widths or anchors that belong to another level, and pretrained weights that go to the wrong one. A YAML whose
anchors are listed from coarse to fine may list its levels so.
"""
WRONG = changed("[[9, 12], 1, Detect, [nc]]", "[[12, 9], 1, Detect, [nc]]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give the final row when it reads levels that all differ, and not from fine to coarse."""
    final = facts.model.final
    if not facts.collects_levels(final) or facts.vocabulary.inputs(final.module) != "many":
        return
    found = [facts.level[source] for source in final.sources]
    ascending = sorted(found, key=lambda level: level or 0)
    told = not facts.levels.unsure - facts.gates - {final.index}
    if not told or found == ascending or (found == ascending[::-1] and _anchors_shrink(facts)):
        return
    inputs = ", ".join(f"{source} (P{facts.level[source]})" for source in final.sources)
    in_order = [source for _, source in sorted((facts.level[source] or 0, source) for source in final.sources)]
    message = f"row {final.index} ({final.module}) does not read its levels from fine to coarse: {inputs}"
    yield Finding(CODE, final.index, final.line, message, f"Write {in_order}.")


def _anchors_shrink(facts: Facts) -> bool:
    """Tell whether the first anchors of the levels, listed in the YAML, become smaller."""
    anchors = facts.model.values.get("anchors")
    if not isinstance(anchors, list):
        return False
    first = [one[0] for one in anchors if isinstance(one, list) and one and isinstance(one[0], int | float)]
    return len(first) == len(anchors) > 1 and first == sorted(first, reverse=True)
