"""The most likely meaning of a mis-wired model: rows came in or went out, and indices behind them were not moved.

A hypothesis is good when the model in which its indices are moved has no wiring finding at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.check.hypotheses import Hypothesis, Sources, pair_moved, partly_moved, single_moved, whole_moved
from yolo_patcher.check.rules import WIRING
from yolo_patcher.model.rows import Row

_INDEX_COMMENT = re.compile(r"[ \t]*(?:,[ \t]*)?#[ \t]*(\d+)(?=$|[ \t\r\n(:,.\-])")


@dataclass(frozen=True)
class Repair:
    """What the best hypotheses agree on.

    Attributes:
        count: how many rows were inserted; negative when they were taken out; 0 when single indices are wrong.
        at: the rows at which that may have happened.
        meant: what the author of each row that reads others than meant most likely meant, as in `from`.
    """

    count: int
    at: tuple[int, ...]
    meant: Mapping[int, Sources]

    def story(self) -> str:
        """Tell what happened, as a sentence."""
        if not self.count:
            return "It looks as if indices were forgotten when others were moved."
        rows = "1 row was" if abs(self.count) == 1 else f"{abs(self.count)} rows were"
        verb = "inserted" if self.count > 0 else "taken out"
        place = f"at row {self.at[0]}" if len(self.at) == 1 else f"between rows {self.at[0]} and {self.at[-1]}"
        return f"It looks as if {rows} {verb} {place}, and indices behind were not moved."

    def changes(self, rows: Sequence[Row]) -> list[dict[str, object]]:
        """Give the changes of `from` as parts of the document."""
        return [
            {"row": index, "line": rows[index].line, "reads": list(rows[index].written), "meant": list(meant)}
            for index, meant in sorted(self.meant.items())
        ]


def find_repair(facts: Facts) -> Repair | None:
    """Give what the best hypotheses have in common, or None when no hypothesis leaves nothing wrong."""
    for family in (whole_moved, partly_moved, single_moved, pair_moved):
        good = [one for one in family(facts.rows) if _is_sound(one, facts)]
        if good:
            return _agreed(_best(good, facts))
    return None


def _is_sound(hypothesis: Hypothesis, facts: Facts) -> bool:
    for index, written in hypothesis.meant.items():
        if any(value >= index for value in written):
            return False
    moved = facts.with_sources(hypothesis.meant)
    return not any(next(rule.find(moved), None) for rule in WIRING.values())


def _best(good: Sequence[Hypothesis], facts: Facts) -> list[Hypothesis]:
    """Give the hypotheses that most evidence is for; of the same evidence, those with the fewest rows."""
    ranked = [((support(one, facts), -abs(one.count), one.count), one) for one in good]
    highest = max(rank for rank, _ in ranked)
    return [one for rank, one in ranked if rank == highest]


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


def _agreed(best: Sequence[Hypothesis]) -> Repair | None:
    first = best[0]
    common = {row: meant for row, meant in first.meant.items() if all(other.meant.get(row) == meant for other in best)}
    at = tuple(sorted({one.at for one in best})) if first.count else ()
    return Repair(first.count, at, common) if common else None


def explained(findings: Iterable[Finding], repair: Repair | None, rows: Sequence[Row]) -> list[Finding]:
    """Give findings whose fix says what the author most likely meant, where a repair says it."""
    return [replace(finding, fix=_fix(finding, repair, rows) if repair else finding.fix) for finding in findings]


def _fix(finding: Finding, repair: Repair, rows: Sequence[Row]) -> str:
    if finding.code not in WIRING:
        return finding.fix
    about = set(finding.about)
    if finding.row in repair.meant:
        moved = _moved(finding.row, repair, rows)
        mine = [pair for pair in moved if _resolved(finding.row, pair[0]) in about]
        return _sentence(finding.row, mine or moved)
    for index in sorted(repair.meant):
        moved = [pair for pair in _moved(index, repair, rows) if _resolved(index, pair[1]) in about]
        if moved:
            return _sentence(index, moved)
    return finding.fix


def meaning(index: int, repair: Repair, rows: Sequence[Row]) -> str:
    """Give the sentence that says what a row's author most likely meant."""
    return _sentence(index, _moved(index, repair, rows))


def _moved(index: int, repair: Repair, rows: Sequence[Row]) -> list[tuple[int, int]]:
    return [(old, new) for old, new in zip(rows[index].written, repair.meant[index], strict=True) if old != new]


def _resolved(index: int, value: int) -> int:
    return value if value >= 0 else index + value


def _sentence(index: int, moved: Sequence[tuple[int, int]]) -> str:
    reads, meant = (", ".join(str(pair[side]) for pair in moved) for side in (0, 1))
    return f"Row {index} reads {reads}, its author most likely meant {meant}."
