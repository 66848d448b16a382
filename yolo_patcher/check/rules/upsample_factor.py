"""An upsampling to a size that no level has, in front of a join."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model.rows import Row

CODE = "YP013"
TITLE = "an upsampling meets no level"
WHY = """\
The sizes of levels differ by powers of two. A map that is enlarged by 3 fits none of them, so the Concat or the sum
that reads it fails on the first image. A map that nothing joins may have any size.
"""
WRONG = changed("nn.Upsample, [None, 2, nearest]", "nn.Upsample, [None, 3, nearest]")
RIGHT = HEAD


def find(facts: Facts) -> Iterator[Finding]:
    """Give each upsampling by another factor than a power of two whose map is joined with one of a level."""
    odd = {row.index for row in facts.rows if _is_odd(row)}
    for index in sorted(odd):
        row = facts.rows[index]
        joins = [facts.rows[reader] for reader in facts.readers[index]]
        join = next((one for one in joins if facts.is_join(one) and _has_level(one, index, odd, facts)), None)
        if join is None:
            continue
        message = (
            f"row {index} ({row.module}) enlarges by {row.args[1]}, so row {join.index} ({join.module}) can't join it"
        )
        yield Finding(CODE, index, row.line, message, "Enlarge by 2, or by the levels between them.")


def _is_odd(row: Row) -> bool:
    if row.module != "nn.Upsample" or len(row.args) < 2 or row.args[0] not in (None, "None"):
        return False
    factor = row.args[1]
    return type(factor) is int and factor > 0 and factor.bit_count() != 1


def _has_level(join: Row, index: int, odd: set[int], facts: Facts) -> bool:
    """Tell whether another input of a join comes from the image without such an upsampling, and so has a level."""
    pending = [source for source in join.sources if source != index]
    before: set[int] = set()
    while pending:
        source = pending.pop()
        if source >= 0 and source not in before:
            before.add(source)
            pending += facts.rows[source].sources
    return bool(before) and not before & odd and not before & facts.levels.unsure
