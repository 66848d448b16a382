"""Take a patch's insertions out of a file that was edited since: a three-way merge that would rather refuse than guess.

A line diff between the patched file and today's must choose where repeated lines belong, and may choose wrongly. Here
today's file is never aligned. What the patch inserted is computed from its own two files, and each insertion is looked
up as it was written, in the same order. Whatever a user did outside the insertions, they are among what is found; so
when there is only one way to find them all, taking them out is right. When there is another way, it is a conflict.
What was inserted is taken for the fewest insertions that make the one file of the other.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from yolo_patcher.revert.merge.insertions import NEWLINES, TOKEN, Insertion, Span, find_insertions, split_lines
from yolo_patcher.revert.merge.search import classes_of, find, windows

_WORD = re.compile(rb"[\w\x80-\xff]+")


@dataclass(frozen=True)
class Conflict:
    """A place where an insertion can't be taken out without a guess.

    Attributes:
        line: where `ours` begins in the file of now, counted from 1.
        base: the lines as the patch left them.
        ours: the lines of now.
        theirs: the lines without the patch.
    """

    line: int
    base: bytes
    ours: bytes
    theirs: bytes

    def text(self, name: str) -> str:
        """Give the three versions between the usual markers; bytes that are no UTF-8 are replaced.

        Args:
            name: the file's name, for the first marker.
        """
        parts = (
            [f"<<<<<<< now: {name}, line {self.line}"],
            _shown(self.ours),
            ["||||||| as the patch left it"],
            _shown(self.base),
            ["======="],
            _shown(self.theirs),
            [">>>>>>> without the patch"],
        )
        return "".join(f"{line}\n" for part in parts for line in part)


@dataclass(frozen=True)
class Merged:
    """The outcome of a merge.

    Attributes:
        content: the file without the patch, None on a conflict.
        conflicts: what stands in the way, in the file's order; empty when `content` is there.
    """

    content: bytes | None
    conflicts: tuple[Conflict, ...] = ()


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Give `ours` without what `base` has over `theirs`.

    Every byte of `ours` that the patch did not insert is kept, in its order. An insertion that the user has taken out
    already is no conflict. One that was edited inside is, and so is one that can be told from other text only by a
    guess: where the same text was in the file before, or was copied.

    Args:
        base: the file as the patch left it.
        ours: the file as it is now.
        theirs: the file as it was before the patch.
    """
    if ours == base:
        return Merged(theirs)
    if theirs in (base, ours):
        return Merged(ours)
    insertions = find_insertions(base, theirs)
    if insertions is None:
        return Merged(None, (_conflict(base, ours, theirs, (0, len(base)), (0, len(ours))),))
    found = [find(base, ours, theirs, one) for one in insertions]
    removed, failed = _placed(base, ours, insertions, found)
    rest = _without(ours, removed)
    for number, one in enumerate(insertions):
        if not found[number] and not _is_gone(base[slice(*one.span)], rest, theirs):
            failed.add(number)
    return _refused(base, ours, insertions, sorted(failed)) if failed else Merged(rest)


def _refused(base: bytes, ours: bytes, insertions: Sequence[Insertion], failed: Iterable[int]) -> Merged:
    conflicts = []
    for number in failed:
        old, new = windows(base, ours, insertions[number])
        inside = [(a - old[0], b - old[0]) for a, b in (one.span for one in insertions) if old[0] <= a and b <= old[1]]
        conflicts.append(_conflict(base, ours, _without(base[slice(*old)], inside), old, new))
    return Merged(None, tuple(dict.fromkeys(conflicts)))


def _placed(
    base: bytes, ours: bytes, insertions: Sequence[Insertion], found: Sequence[Sequence[int]]
) -> tuple[list[Span], set[int]]:
    """Take the found insertions in their order; give their spans in `ours`, and which have no place or several.

    When the first way from the left and the first from the right agree, there is no other.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    end, begin = 0, len(ours)
    numbers = [number for number, starts in enumerate(found) if starts]
    for number in numbers:
        index = bisect_left(found[number], end)
        if index < len(found[number]):
            first[number] = found[number][index]
            end = first[number] + insertions[number].size
    for number in reversed(numbers):
        index = bisect_right(found[number], begin - insertions[number].size) - 1
        if index >= 0:
            last[number] = begin = found[number][index]
    spans, failed = [], set()
    for number in numbers:
        one = insertions[number]
        classes = classes_of(ours, found[number], one.size)
        if number in first and number in last and classes[first[number]] == classes[last[number]]:
            spans.append(_spared(base, ours, one, first[number]))
        else:
            failed.add(number)
    return spans, failed


def _spared(base: bytes, ours: bytes, insertion: Insertion, start: int) -> Span:
    """Give the span to take out, without its first comma or newline where that now parts what is left.

    An insertion at the end of a list, or of a file without a final newline, may begin and end with one.
    """
    end = start + insertion.size
    tokens = TOKEN.findall(ours[start:end])
    follows = base[insertion.span[1] :].split(maxsplit=1)[:1], ours[end:].split(maxsplit=1)[:1]
    parts = insertion.span != insertion.lines and tokens[0] == tokens[-1] and tokens[0] in (b",", *NEWLINES)
    return (start + len(tokens[0]), end) if parts and follows[0] != follows[1] else (start, end)


def _is_gone(inserted: bytes, rest: bytes, theirs: bytes) -> bool:
    """Tell whether no word that only the insertion brought is left, and no more of its lines than there were before."""
    # A number tells nothing: a user may write `# step 6` where a marker said `after-6`.
    brought = {word for word in _WORD.findall(inserted) if not word.isdigit()} - set(_WORD.findall(theirs))
    left, before = (Counter(line.strip() for line in split_lines(text)) for text in (rest, theirs))
    residue = any(left[line] > before[line] for line in {line.strip() for line in split_lines(inserted)} - {b""})
    new = set(_WORD.findall(rest)) - set(_WORD.findall(theirs))
    renamed = any(word.startswith(tuple(brought)) or word.endswith(tuple(brought)) for word in new)
    return bool(brought) and not renamed and not residue


def _conflict(base: bytes, ours: bytes, without: bytes, old: Span, new: Span) -> Conflict:
    """Give the conflict of two windows, without the lines at their ends that all three versions share."""
    three = [split_lines(text) for text in (base[slice(*old)], ours[slice(*new)], without)]
    same = len(list(takewhile(lambda lines: len(set(lines)) == 1, zip(*three, strict=False))))
    number = len(split_lines(ours[: new[0]])) + same + 1
    three = [lines[same:] for lines in three]
    same = len(list(takewhile(lambda lines: len(set(lines)) == 1, zip(*map(reversed, three), strict=False))))
    parts = [b"".join(lines[: len(lines) - same]) for lines in three]
    return Conflict(number, *parts)


def _shown(text: bytes) -> list[str]:
    return [line.decode("utf-8", "replace") for line in text.splitlines()]


def _without(text: bytes, spans: Iterable[Span]) -> bytes:
    for first, last in sorted(spans, reverse=True):
        text = text[:first] + text[last:]
    return text
