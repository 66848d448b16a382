"""Position selectors: where in a model a module goes.

`head`, `backbone`, `neck`, `after:6`, `before:9`, `after:C3`, `after:C2f[-1]`, each with an optional `:p3` or `:p4,p5`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError


@dataclass(frozen=True)
class PlaceName:
    """What a selector can begin with.

    Attributes:
        name: the word.
        meaning: where the module goes.
        names_row: whether a row is named behind it, by its number or its module.
        line: whether every reader of the row reads the module then; else only the final row does.
        examples: selectors that begin so.
    """

    name: str
    meaning: str
    names_row: bool
    line: bool
    examples: tuple[str, ...]


PLACES = {
    place.name: place
    for place in (
        PlaceName("head", "one on each feature map that enters the final row", False, False, ("head", "head:p5")),
        PlaceName("backbone", "after the backbone's last stage", False, True, ("backbone", "backbone:p4")),
        PlaceName("neck", "after each stage that joins two levels", False, True, ("neck", "neck:p3,p4")),
        PlaceName("after", "after a row", True, True, ("after:6", "after:C3", "after:C2f[-1]")),
        PlaceName("before", "in front of a row", True, True, ("before:9",)),
    )
}
"""All that a selector can begin with: parsing, help, completion and `inspect` follow from it."""

# Compiled at its first use: the help of every command comes from this file's table.
_SELECTOR = (
    rf"(?P<place>{'|'.join(PLACES)})"
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
    match = re.fullmatch(_SELECTOR, text.strip())
    wants_row = match is not None and PLACES[match["place"]].names_row
    if match is None or wants_row != (match["row"] is not None) or (match["pick"] and match["row"].isdigit()):
        raise PatcherError(
            "usage",
            f"the position {text!r} is not understood",
            help=f"Positions: {', '.join(examples())}; each may end in a level, as head:p5 or neck:p3,p4.",
        )
    levels = tuple(sorted({int(level[1:]) for level in (match["levels"] or "").split(",") if level}))
    pick = None if match["pick"] is None else int(match["pick"])
    return Selector(text.strip(), match["place"], match["row"], pick, levels)


def examples() -> list[str]:
    """Give selectors of every form, without levels."""
    return [text for place in PLACES.values() for text in place.examples if ":p" not in text]


def beginnings() -> list[str]:
    """Give what any model may be asked for, and how the other selectors begin."""
    return [
        text
        for place in PLACES.values()
        for text in (
            [f"{place.name}:"] if place.names_row else [place.name, *(f"{place.name}:p{n}" for n in (3, 4, 5))]
        )
    ]
