"""Take a patch's insertions out of a Python file that was formatted as a whole since: found by their words.

It is a second try, and what it gives must be proven: planning the patch on it must give the code that is there.
"""

from __future__ import annotations

import tokenize
from collections.abc import Iterator, Sequence

from yolo_patcher.revert.merge.code import Token, begins_statement, tokens, words
from yolo_patcher.revert.merge.insertions import Insertion, find_insertions

Span = tuple[int, int]
_LINE_ENDS = (tokenize.NEWLINE, tokenize.NL)
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_BLANK = " \t\r\n\f"


def without_insertions(base: str, ours: str, theirs: str) -> str | None:
    r"""Give `ours` without what `base` has over `theirs`, in its own formatting; None when that can't be told.

    Args:
        base: the file as the patch left it, with `\n` for its newlines.
        ours: the file as it is now.
        theirs: the file as it was before the patch, with `\n` for its newlines.
    """
    found = find_insertions(base.encode(), theirs.encode())
    if found is None:
        return None
    try:
        old, new = tokens(base), tokens(ours)
    except (SyntaxError, ValueError):
        return None
    runs = [_run(base, old, one) for one in found]
    if any(run is None for run in runs):
        return None
    needles = [(run, words(old[slice(*run)])) for run in runs if run is not None]
    needles = [(run, needle) for run, needle in needles if needle]
    brought = len(words(old)) - len(words(tokens(theirs)))
    if sum(len(needle) for _, needle in needles) != brought:
        return None
    places = _placed(new, [needle for _, needle in needles])
    if places is None:
        return None
    spans = [
        _statements(ours, new, place) if begins_statement(old, _first(old, run[0])) else _entry(ours, new, place)
        for (run, _), place in zip(needles, places, strict=True)
    ]
    for span in sorted((span for span in spans if span is not None), reverse=True):
        ours = ours[: span[0]] + ours[span[1] :]
    return None if None in spans else ours


def _run(text: str, found: Sequence[Token], insertion: Insertion) -> Span | None:
    """Give the numbers of the tokens that an insertion holds, at a place of it that cuts none in two."""
    content = text.encode()
    for place in (insertion.span, *insertion.places):
        start, end = (len(content[:at].decode("utf-8", "ignore")) for at in place)
        inside = [number for number, one in enumerate(found) if start <= one.start and one.end <= end and one.word]
        if not any(one.start < at < one.end for one in found if one.word for at in (start, end)):
            return (inside[0], inside[-1] + 1) if inside else (0, 0)
    return None


def _first(found: Sequence[Token], number: int) -> int:
    return next((at for at in range(number, len(found)) if found[at].word), number)


def _placed(found: Sequence[Token], needles: Sequence[Sequence[str]]) -> list[Span] | None:
    """Find runs of words in their order; None when there is no way to find them all, or more than one."""
    numbers = [number for number, one in enumerate(found) if one.word]
    spoken = [found[number].word for number in numbers]
    starts = [[at for at in range(len(spoken)) if spoken[at : at + len(one)] == list(one)] for one in needles]
    first: list[int] = []
    end = 0
    for one, its in zip(needles, starts, strict=True):
        at = next((at for at in its if at >= end), None)
        if at is None:
            return None
        first.append(at)
        end = at + len(one)
    last: list[int] = []
    begin = len(spoken)
    for one, its in zip(reversed(needles), reversed(starts), strict=True):
        begin = next(at for at in reversed(its) if at + len(one) <= begin)
        last.append(begin)
    if first != last[::-1]:
        return None
    return [(numbers[at], numbers[at + len(one) - 1]) for at, one in zip(first, needles, strict=True)]


def _statements(text: str, found: Sequence[Token], place: Span) -> Span | None:
    """Give the lines of whole statements, with the blank lines that parted them from what follows."""
    if not begins_statement(found, place[0]):
        return None
    start = text.rfind("\n", 0, found[place[0]].start) + 1
    # Brackets that the last word opens or stands in are a part of its statement.
    ends = _line_end(found, place)
    if text[start : found[place[0]].start].strip() or (ends is not None and ends.word):
        return None
    end = ends.end if ends is not None else len(text)
    blank = len(text[end:]) - len(text[end:].lstrip(_BLANK))
    if end + blank == len(text):
        # What parted it from what is above now parts nothing.
        return text.find("\n", len(text[:start].rstrip(_BLANK)), start) + 1 or start, len(text)
    above = text[:start].removesuffix("\n").rpartition("\n")[2]
    return start, end if above.strip() else text.rfind("\n", 0, end + blank) + 1


def _line_end(found: Sequence[Token], place: Span) -> Token | None:
    """Give what ends the line of some tokens: a newline in none of the brackets that they open, or the next word."""
    depth = 0
    for number, one in enumerate(found[place[0] :], place[0]):
        depth += (one.text in _OPENING) - (one.text in _CLOSING)
        if number > place[1] and (one.word or (one.kind in _LINE_ENDS and depth <= 0)):
            return one
    return None


def _entry(text: str, found: Sequence[Token], place: Span) -> Span | None:
    """Give an entry of a list with its comma, and with its line where nothing else is on it."""
    first, last = place
    start, end = found[first].start, found[last].end
    follows, precedes = next(_solid(found[last + 1 :]), None), next(_solid(reversed(found[:first])), None)
    if follows is not None and follows.text == ",":
        end = follows.end
        line = text.rfind("\n", 0, start) + 1
        behind = text.find("\n", end)
        if not text[line:start].strip() and behind >= 0 and not text[end:behind].strip():
            return line, behind + 1
        return start, end + len(text[end:]) - len(text[end:].lstrip(" \t"))
    return (precedes.start, end) if precedes is not None and precedes.text == "," else None


def _solid(found: Sequence[Token] | Iterator[Token]) -> Iterator[Token]:
    return (one for one in found if one.kind != tokenize.NL)
