"""Position selectors: where in a model a module goes, and who reads it.

`PLACE[:ROW][:end][:LEVELS][:READERS]`: `head`, `neck:p3,p4`, `after:C2f[-1]:next`, `replace:SPPF`, `inside:C2f:end` ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError

REPLACE, INSIDE = "replace", "inside"
"""The places at which a base row gets another module, instead of a new row."""

END = "end"
"""Stands behind the row of a place inside of blocks: at the block's end."""

ALL, NEXT, FINAL = "all", "next", "final"
READERS = {
    ALL: "every reader of the row",
    NEXT: "only the row that follows it in line",
    FINAL: "only the final row",
}
"""Who reads a module instead of the row behind which it stands; whoever is not among them goes on reading the row."""


@dataclass(frozen=True)
class PlaceName:
    """What a selector can begin with, and which options it takes behind that.

    Attributes:
        name: the word.
        meaning: where the module goes.
        examples: selectors that begin so.
        names_row: whether a row is named behind it, by its number or its module.
        readers: who reads the module when the selector does not say; None where no readers can be named, for the row
            keeps its own.
        takes_end: whether `end` can stand behind the row.
    """

    name: str
    meaning: str
    examples: tuple[str, ...]
    names_row: bool = False
    readers: str | None = None
    takes_end: bool = False


PLACES = {
    place.name: place
    for place in (
        PlaceName("head", "one on each feature map that enters the final row", ("head", "head:p5"), readers=FINAL),
        PlaceName("backbone", "after the backbone's last stage", ("backbone", "backbone:p4"), readers=ALL),
        PlaceName("neck", "after each stage that joins two levels", ("neck", "neck:p3,p4"), readers=ALL),
        PlaceName("after", "after a row", ("after:6", "after:C3", "after:C2f[-1]", "after:6:next"), True, ALL),
        PlaceName("before", "in front of a row", ("before:9",), True, ALL),
        PlaceName(REPLACE, "in a row's stead", ("replace:SPPF", "replace:Conv:p4"), True),
        PlaceName(
            INSIDE,
            "within a block's bottlenecks, or at the block's end",
            ("inside:C2f", "inside:C2f:end"),
            True,
            takes_end=True,
        ),
    )
}
"""All that a selector can begin with: parsing, help, completion and `inspect` follow from it."""

# Compiled at its first use: the help of every command comes from this file's table.
_LEVELS = r"p\d+(?:,p\d+)*"
_READERS = "|".join(READERS)
_SELECTOR = (
    rf"(?P<place>{'|'.join(PLACES)})"
    rf"(?::(?!(?:{END}(?::.*)?|{_LEVELS}|(?:{_LEVELS}:)?(?:{_READERS}))$)"
    rf"(?P<row>[A-Za-z_][\w.]*|\d+)(?:\[(?P<pick>-?\d+)\])?)?"
    rf"(?::(?P<end>{END}))?"
    rf"(?::(?P<levels>{_LEVELS}))?"
    rf"(?::(?P<readers>{_READERS}))?"
)


@dataclass(frozen=True)
class Selector:
    """A parsed position.

    Attributes:
        text: as the user wrote it.
        place: the word that it begins with, one of `PLACES`.
        row: the row number or module name behind places that name a row, else None.
        pick: the Python index behind a module name, else None.
        levels: the levels asked for, empty for all.
        readers: who reads the module, one of `READERS`: what the user wrote, or else the place's default; empty where
            the place takes none.
        at_end: whether the module goes to the end of the block that it is put into.
    """

    text: str
    place: str
    row: str | None
    pick: int | None
    levels: tuple[int, ...]
    readers: str
    at_end: bool = False

    def with_readers(self, readers: str) -> str:
        """Give the position as a text that names other readers, or none where these are the place's default."""
        end = "" if readers == (PLACES[self.place].readers or "") else f":{readers}"
        return (self.text.removesuffix(f":{self.readers}") if self.readers else self.text) + end

    @property
    def request(self) -> str:
        """What is asked for, as text: as the user wrote it, but without readers that are the default anyway."""
        return self.with_readers(self.readers)

    @property
    def slug(self) -> str:
        """The selector as a part of a file name: `head-p5`, `after-C2f-1-p4`, `inside-C2f-end`, `after-6-next`."""
        pick = "" if self.pick is None else f"-{'last' if self.pick == -1 else self.pick}".replace("--", "-m")
        row = "" if self.row is None else f"-{self.row.replace('.', '')}{pick}"
        readers = "" if self.readers == (PLACES[self.place].readers or "") else f"-{self.readers}"
        return (
            self.place
            + row
            + (f"-{END}" if self.at_end else "")
            + "".join(f"-p{level}" for level in self.levels)
            + readers
        )


def parse_selector(text: str) -> Selector:
    """Parse a position.

    Raises:
        PatcherError: `usage`, when it is not of the selectors' form.
    """
    match = re.fullmatch(_SELECTOR, text.strip())
    place = None if match is None else PLACES[match["place"]]
    if match is None or place is None or not _takes(place, match):
        raise PatcherError(
            "usage",
            f"the position {text!r} is not understood",
            help=f"Positions: {', '.join(examples())}; each may end in a level, as head:p5 or neck:p3,p4, and all"
            f" but replace and inside in who reads the module: {', '.join(READERS)}.",
        )
    levels = tuple(sorted({int(level[1:]) for level in (match["levels"] or "").split(",") if level}))
    pick = None if match["pick"] is None else int(match["pick"])
    readers = match["readers"] or place.readers or ""
    return Selector(text.strip(), place.name, match["row"], pick, levels, readers, match["end"] is not None)


def _takes(place: PlaceName, match: re.Match[str]) -> bool:
    """Tell whether a place takes the options behind it, and has those that it needs."""
    if place.names_row != (match["row"] is not None) or (match["pick"] and match["row"].isdigit()):
        return False
    return (match["readers"] is None or place.readers is not None) and (match["end"] is None or place.takes_end)


def examples() -> list[str]:
    """Give selectors of every form, without levels."""
    return [text for place in PLACES.values() for text in place.examples if ":p" not in text]


def beginnings() -> list[str]:
    """Give what any model may be asked for, and how the other selectors begin."""
    return [text for place in PLACES.values() for text in _beginnings(place)]


def _beginnings(place: PlaceName) -> Iterator[str]:
    if place.names_row:
        yield f"{place.name}:"
        return
    yield from (place.name, *(f"{place.name}:p{n}" for n in (3, 4, 5)))
    yield from (f"{place.name}:{readers}" for readers in READERS if place.readers not in (None, readers))


def completed(incomplete: str) -> list[str]:
    """Give the positions that a text may be the beginning of, as far as no model is needed to tell."""
    words = beginnings()
    for whole in (incomplete, incomplete.rpartition(":")[0]):
        words += [text for option in (END, *READERS) if _is_position(text := f"{whole}:{option}")]
    return [text for text in dict.fromkeys(words) if text.startswith(incomplete)]


def _is_position(text: str) -> bool:
    try:
        parse_selector(text)
    except PatcherError:
        return False
    return True
