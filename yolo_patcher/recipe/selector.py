"""Position selectors: where in a model a module goes.

`head`, `backbone`, `neck`, `after:6`, `before:9`, `after:C3`, `after:C2f[-1]`, each with an optional `:p3` or `:p4,p5`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError

_SELECTOR = re.compile(
    r"(?P<place>head|backbone|neck|after|before)"
    r"(?::(?!p\d+(?:,p\d+)*$)(?P<row>[A-Za-z_][\w.]*|\d+)(?:\[(?P<pick>-?\d+)\])?)?"
    r"(?::(?P<levels>p\d+(?:,p\d+)*))?"
)


@dataclass(frozen=True)
class Selector:
    """A parsed position.

    Attributes:
        text: as the user wrote it.
        place: `head`, `backbone`, `neck`, `after` or `before`.
        row: the row number or module name behind `after:` and `before:`, else None.
        pick: the Python index behind a module name, else None.
        levels: the levels asked for, empty for all.
    """

    text: str
    place: str
    row: str | None
    pick: int | None
    levels: tuple[int, ...]

    @property
    def slug(self) -> str:
        """The selector as a part of a file name: `head`, `head-p5`, `after-C2f-1-p4`."""
        pick = "" if self.pick is None else f"-{'last' if self.pick == -1 else self.pick}".replace("--", "-m")
        row = "" if self.row is None else f"-{self.row.replace('.', '')}{pick}"
        return self.place + row + "".join(f"-p{level}" for level in self.levels)


def parse_selector(text: str) -> Selector:
    """Parse a position.

    Raises:
        PatcherError: `usage`, when it is not of the selectors' form.
    """
    match = _SELECTOR.fullmatch(text.strip())
    wants_row = match is not None and match["place"] in ("after", "before")
    if match is None or wants_row != (match["row"] is not None) or (match["pick"] and match["row"].isdigit()):
        raise PatcherError(
            "usage",
            f"the position {text!r} is not understood",
            help="Positions: head, backbone, neck, after:6, before:9, after:C3, after:C2f[-1]; each may end in a level,"
            " as head:p5 or neck:p3,p4.",
        )
    levels = tuple(sorted({int(level[1:]) for level in (match["levels"] or "").split(",") if level}))
    pick = None if match["pick"] is None else int(match["pick"])
    return Selector(text.strip(), match["place"], match["row"], pick, levels)
