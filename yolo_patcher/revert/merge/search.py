"""Where a patch's insertion may stand in a file that was edited since."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from yolo_patcher.revert.merge.insertions import NEWLINES, TOKEN, Insertion, Span, begins_line, split_lines, whole_lines

_CUT = re.compile(rb"\r\n|[\w\x80-\xff]{2}")
_AFTER = re.compile(rb"[ \t]*([\w\x80-\xff]+|\r\n|.|)", re.DOTALL)
_OPENERS = (b",", b"(", b"[", b"{", b"import", b"", *NEWLINES)
_CLOSERS = (b",", b")", b"]", b"}", b"", *NEWLINES)


def find(base: bytes, ours: bytes, theirs: bytes, insertion: Insertion) -> list[int]:
    """Give every offset in `ours` where an insertion may stand, ascending; none when `theirs` has the same text too.

    One of whole lines must be whole lines there. One inside a line is looked up with its line, which may have been
    edited: then as tokens.
    """
    search = _by_lines if insertion.span == insertion.lines else _by_its_line
    found = search(base, ours, insertion)
    if search is _by_its_line and not found:
        found = _by_tokens(base, ours, theirs, insertion)
    return [] if search(base, theirs, insertion) else found


def _by_lines(base: bytes, text: bytes, insertion: Insertion) -> list[int]:
    """Find whole lines."""
    needles = {base[slice(*place)] for place in insertion.places if whole_lines(base, place) == place}
    return sorted(
        start
        for needle in needles
        for start in _occurrences(text, needle)
        if begins_line(text, start) and (begins_line(text, start + len(needle)) or start + len(needle) == len(text))
    )


def _by_its_line(base: bytes, text: bytes, insertion: Insertion) -> list[int]:
    """Find an insertion inside a line by the whole of the lines that it touches."""
    begin, end = insertion.lines
    return [
        start + insertion.span[0] - begin
        for start in _occurrences(text, base[begin:end])
        if begins_line(text, start) and _ends_line(text, start + end - begin)
    ]


def _by_tokens(base: bytes, ours: bytes, theirs: bytes, insertion: Insertion) -> list[int]:
    """Find the only place of an insertion's tokens, which must be where its line was and still be an entry of its own.

    `, SaE` may be followed by `, GAM`, but not by ` as S`, which edits what was inserted.
    """
    places = [place for place in insertion.places if any(_separated(base[slice(*place)]))] or insertion.places
    hits = [(start, place) for place in places for start in _token_hits(base, ours, place)]
    if any(_token_hits(base, theirs, place) for place in places):
        return []
    classes = classes_of(ours, [start for start, _ in hits], insertion.size)
    begin, end = windows(base, ours, insertion)[1]
    fits = all(
        begin <= start + insertion.size and start <= end and _is_entry(base, place, ours, start)
        for start, place in hits
    )
    return sorted(classes) if fits and len(set(classes.values())) == 1 else []


def _token_hits(base: bytes, text: bytes, place: Span) -> list[int]:
    size = place[1] - place[0]
    return [start for start in _occurrences(text, base[slice(*place)]) if _is_token(text, start, start + size)]


def _separated(text: bytes) -> tuple[bool, bool]:
    """Tell whether a text begins, and whether it ends, with a comma or a newline."""
    text = text.strip(b" \t")
    return text[:1] in (b",", *NEWLINES), text[-1:] in (b",", *NEWLINES)


def _is_entry(base: bytes, place: Span, ours: bytes, start: int) -> bool:
    """Tell whether what stands beside an insertion is what stood there, or is parted from it."""
    text = base[slice(*place)]
    begins, ends = _separated(text)
    old, new = _beside(base, *place), _beside(ours, start, start + len(text))
    comment = new[1] == b"#" and b"\n" not in text and b"\r" not in text
    return (begins or new[0] == old[0] or (ends and new[0] in _OPENERS)) and (
        ends or new[1] == old[1] or (begins and (new[1] in _CLOSERS or comment))
    )


def _beside(text: bytes, first: int, last: int) -> tuple[bytes, bytes]:
    """Give the tokens before and after a span, blanks passed over."""
    before = TOKEN.findall(text[whole_lines(text, (first, first))[0] : first].rstrip(b" \t"))
    after = _AFTER.match(text, last)
    return before[-1] if before else b"", after[1] if after else b""


def classes_of(text: bytes, starts: Sequence[int], size: int) -> dict[int, int]:
    """Give a number to each start of a run in a text; those whose deletion has the same result share theirs."""
    classes: dict[int, int] = {}
    previous = -1
    for start in sorted(set(starts)):
        at = start
        while at > max(previous, 0) and text[at - 1] == text[at + size - 1]:
            at -= 1
        classes[start] = classes.get(at, at) if at == previous else at
        previous = start
    return classes


def windows(base: bytes, ours: bytes, insertion: Insertion) -> tuple[Span, Span]:
    """Give the spans in `base` and `ours` between the nearest lines that each has once, around an insertion."""
    old, new = split_lines(base), split_lines(ours)
    counts, once = Counter(old), {line for line, count in Counter(new).items() if count == 1}
    starts = dict(zip(new, accumulate(map(len, new), initial=0), strict=False))
    (before, after), (begin, end) = (0, len(base)), (0, len(ours))
    at = 0
    for line in old:
        stop = at + len(line)
        if counts[line] == 1 and line in once:
            if stop <= insertion.lines[0]:
                before, begin = stop, starts[line] + len(line)
            elif at >= insertion.lines[1] and starts[line] >= begin:
                after, end = at, starts[line]
                break
        at = stop
    return (before, after), (begin, end)


def _occurrences(text: bytes, needle: bytes) -> Iterator[int]:
    """Give where a needle begins in a text; occurrences may overlap."""
    start = text.find(needle)
    while start >= 0:
        yield start
        start = text.find(needle, start + 1)


def _ends_line(text: bytes, at: int) -> bool:
    """Tell whether a line ends at an offset, before its newline or behind it."""
    return at == len(text) or text[at : at + 1] in NEWLINES or begins_line(text, at)


def _is_token(text: bytes, first: int, last: int) -> bool:
    """Tell whether a span cuts no word and no CRLF in two."""
    return not any(_CUT.fullmatch(text[max(at - 1, 0) : at + 1]) for at in (first, last))
