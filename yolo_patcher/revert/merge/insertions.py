"""What a patch inserted into a file, computed from the file before it and after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

TOKEN = re.compile(rb"[\w\x80-\xff]+|\r\n|.", re.DOTALL)
NEWLINES = (b"\n", b"\r", b"\r\n")
_MOST_INSERTIONS = 64

Span = tuple[int, int]


@dataclass(frozen=True)
class Insertion:
    """A run of text that a patch inserted.

    Attributes:
        places: where in `base` it may be: several where leaving out either has the same result. All equally long; those
            that begin deeper in a block than they end are left out where others do not.
        span: the one of them that is whole lines, or touches the fewest.
        lines: the span of the lines that `span` touches.
    """

    places: tuple[Span, ...]
    span: Span
    lines: Span

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.span[1] - self.span[0]


def find_insertions(base: bytes, theirs: bytes) -> list[Insertion] | None:
    """Give the fewest insertions that make `base` of `theirs`, of whole lines if that will do, else of tokens.

    None where `base` lacks something of `theirs`, or where what stands between two insertions stands elsewhere among
    them too, so that which of the two was there before can't be told.
    """
    for split in (split_lines, TOKEN.findall):
        units = split(base)
        runs = _embed(units, split(theirs))
        if runs is not None:
            bounds = [(0, 0), *runs, (len(units), len(units))]
            slides = [
                list(_slides(units, run, before[1], after[0]))
                for before, run, after in zip(bounds, runs, bounds[2:], strict=False)
            ]
            offsets = [0, *accumulate(map(len, units))]
            places = [tuple((offsets[first], offsets[last]) for first, last in one) for one in slides]
            return None if _is_ambiguous(base, places) else [_insertion(base, one) for one in places]
    return None


def _insertion(base: bytes, places: tuple[Span, ...]) -> Insertion:
    # A block that ends as the one above it does could as well begin with that one's end, but nobody writes that.
    places = tuple(place for place in places if _begins_outermost(base[slice(*place)])) or places
    lines, span = min(((whole_lines(base, place), place) for place in places), key=lambda pair: _size(pair[0]))
    return Insertion(places, span, lines)


def _begins_outermost(text: bytes) -> bool:
    """Tell whether no line is indented less than the first; blank lines do not count."""
    indents = [len(line) - len(line.lstrip(b" \t")) for line in split_lines(text) if line.strip()]
    return not indents or indents[0] == min(indents)


def _is_ambiguous(base: bytes, places: Sequence[tuple[Span, ...]]) -> bool:
    """Tell whether the text between two insertions, wherever they are, stands a second time among all of them."""
    for one, following in pairwise(places):
        start, between = one[-1][1], base[one[-1][1] : following[0][0]]
        begin, end = places[0][0][0], places[-1][-1][1]
        if base.find(between, begin, end) != start or base.find(between, start + 1, end) >= 0:
            return True
    return False


def _embed(base: Sequence[bytes], theirs: Sequence[bytes]) -> list[Span] | None:
    """Give the fewest runs of `base` whose deletion gives `theirs`; None when there are none, or too many.

    `reach[d]` is how far into `theirs` one comes with d units of `base` deleted. Each step allows one run more, which
    begins as late as it can: whatever an earlier begin reaches, this reaches too.
    """
    extra = len(base) - len(theirs)
    if extra < 0:
        return None

    def equal_until(deleted: int, position: int) -> int:
        while position < len(theirs) and base[position + deleted] == theirs[position]:
            position += 1
        return position

    reach = [equal_until(0, 0)] + [-1] * extra
    steps: list[tuple[list[int], list[int]]] = []
    while reach[extra] < len(theirs):
        further, origins, best = list(reach), list(range(extra + 1)), 0
        for deleted in range(1, extra + 1):
            if reach[deleted - 1] > reach[best]:
                best = deleted - 1
            end = equal_until(deleted, reach[best])
            if end > reach[deleted]:
                further[deleted], origins[deleted] = end, best
        if further == reach or len(steps) == _MOST_INSERTIONS:
            return None
        steps.append((reach, origins))
        reach = further
    runs, deleted = [], extra
    for before, origins in reversed(steps):
        origin = origins[deleted]
        if origin != deleted:
            runs.append((before[origin] + origin, before[origin] + deleted))
        deleted = origin
    return runs[::-1]


def _slides(units: Sequence[bytes], run: Span, lowest: int, highest: int) -> Iterator[Span]:
    """Give every run whose deletion has the same result as this one's, between two bounds."""
    first, last = run
    while first > lowest and units[first - 1] == units[last - 1]:
        first, last = first - 1, last - 1
    yield first, last
    while last < highest and units[first] == units[last]:
        first, last = first + 1, last + 1
        yield first, last


def split_lines(text: bytes) -> list[bytes]:
    """Give the lines of a text, each with its newline of whichever kind."""
    return text.splitlines(keepends=True)


def begins_line(text: bytes, at: int) -> bool:
    """Tell whether an offset is the first of a line."""
    return at == 0 or text[at - 1 : at] == b"\n" or (text[at - 1 : at] == b"\r" and text[at : at + 1] != b"\n")


def whole_lines(text: bytes, span: Span) -> Span:
    """Widen a span to the ends of the lines that it touches."""
    first, last = span
    while not begins_line(text, first):
        first -= 1
    while last < len(text) and not begins_line(text, last):
        last += 1
    return first, last


def _size(span: Span) -> int:
    return span[1] - span[0]
