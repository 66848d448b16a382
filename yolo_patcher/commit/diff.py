"""Unified diffs that `git apply` takes."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from yolo_patcher.commit.patch import FileChange

_CONTEXT = 3
_MANY = 100


def unified_diff(changes: Sequence[FileChange]) -> str:
    """Give one diff of all changes; bytes that are no UTF-8 become lone surrogates, which encode back exactly."""
    return "".join(line for change in changes for line in file_diff(change))


def file_diff(change: FileChange) -> Iterator[str]:
    """Give the lines of one file's diff, each with its newline."""
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    old, new = _lines(change.before), _lines(change.after)
    if not old and not new:
        return
    yield f"--- {'/dev/null' if change.before is None else f'a/{change.path}'}\n"
    yield f"+++ {'/dev/null' if change.after is None else f'b/{change.path}'}\n"
    yield from hunks(old, new)


class LineMatcher(difflib.SequenceMatcher[str]):
    """difflib's matcher, in a file's length where its blank lines alone would take the square of their number."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        self._old, self._new = old, new

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        """Give what difflib gives: the longest block of equal lines, of several the first."""
        end, new_end = len(self._old) if ahi is None else ahi, len(self._new) if bhi is None else bhi
        longest = _longest_around_unique(self._old, self._new, alo, end, blo, new_end) if end - alo > _MANY else None
        return longest or super().find_longest_match(alo, end, blo, new_end)


def _longest_around_unique(
    old: Sequence[str], new: Sequence[str], first: int, end: int, new_first: int, new_end: int
) -> difflib.Match | None:
    """Give the longest block of equal lines; None where it may hold no line that stands once in both texts."""
    in_old, in_new = Counter(old[first:end]), Counter(new[new_first:new_end])
    place = {line: number for number, line in enumerate(new[new_first:new_end], new_first) if in_new[line] == 1}
    longest, others, most_others, number = difflib.Match(first, new_first, 0), 0, 0, first
    while number < end:
        if in_old[old[number]] > 1 or old[number] not in place:
            others += 1
            most_others = max(most_others, others)
            number += 1
            continue
        begin, new_begin = number, place[old[number]]
        number, stop = number + 1, new_begin + 1
        while begin > first and new_begin > new_first and old[begin - 1] == new[new_begin - 1]:
            begin, new_begin = begin - 1, new_begin - 1
        while number < end and stop < new_end and old[number] == new[stop]:
            number, stop = number + 1, stop + 1
        if number - begin > longest.size:
            longest = difflib.Match(begin, new_begin, number - begin)
        others = 0
        # A line of the block that is no such line counts for the stretch that it ends.
        while in_old[old[number - 1 - others]] > 1 or old[number - 1 - others] not in place:
            others += 1
    return longest if longest.size > most_others else None


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Give the hunks between two texts' lines."""
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.opcodes = _opcodes(old, new)  # type: ignore[attr-defined]  # what get_opcodes keeps and gives
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@\n"
        for tag, old_first, old_last, new_first, new_last in group:
            if tag == "equal":
                yield from _marked(" ", old[old_first:old_last])
                continue
            yield from _marked("-", old[old_first:old_last])
            yield from _marked("+", new[new_first:new_last])


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Compare two texts' lines; the equal ends are cut off first, since comparing them takes the time."""
    shorter = min(len(old), len(new))
    first = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    last = next((n for n in range(shorter - first) if old[-1 - n] != new[-1 - n]), shorter - first)
    old_end, new_end = len(old) - last, len(new) - last
    middle = LineMatcher(old[first:old_end], new[first:new_end]).get_opcodes()
    moved = [(tag, a + first, b + first, c + first, d + first) for tag, a, b, c, d in middle]
    ends = [("equal", 0, first, 0, first), ("equal", old_end, len(old), new_end, len(new))]
    return [code for code in [ends[0], *moved, ends[1]] if code[1] < code[2] or code[3] < code[4]]


def _range(begin: int, end: int) -> str:
    length = end - begin
    if length == 1:
        return str(begin + 1)
    return f"{begin + 1 if length else begin},{length}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    return split_lines((content or b"").decode("utf-8", "surrogateescape"))


def split_lines(text: str) -> list[str]:
    r"""Split a text behind each `"\n"` and nowhere else, as `git` does."""
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def count_lines(change: FileChange) -> tuple[int, int]:
    """Give the number of lines that a change adds and removes."""
    lines = [line[0] for line in hunks(_lines(change.before), _lines(change.after))]
    return lines.count("+"), lines.count("-")
