"""What a rule has to say about a row, and what a rule is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from yolo_patcher.check.facts import Facts


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a row.

    Attributes:
        code: the rule's code, `YP004`.
        row: the row's index.
        line: the row's line in the file.
        message: what is wrong, beginning with the row, without a closing full stop.
        fix: what to do, one sentence.
        about: the rows that should be read, or should not: what a repair is searched for.
    """

    code: str
    row: int
    line: int
    message: str
    fix: str
    about: tuple[int, ...] = field(default=(), compare=False)

    def as_json(self) -> dict[str, object]:
        """Give the finding as a part of the document."""
        return {"code": self.code, "row": self.row, "line": self.line, "message": self.message, "fix": self.fix}


class Rule(Protocol):
    """What a rule's module offers.

    Attributes:
        CODE: the stable code.
        TITLE: what is wrong, in a few words.
        WHY: what happens to a model that has it, and when a row is excused.
        WRONG: the head of a model YAML that has it, on the backbone `examples.BACKBONE`.
        RIGHT: the same head without it.
    """

    CODE: str
    TITLE: str
    WHY: str
    WRONG: str
    RIGHT: str

    def find(self, facts: Facts) -> Iterator[Finding]:
        """Give what is wrong, in the order of the rows."""
