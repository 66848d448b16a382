"""Unified diffs that `git apply` takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from yolo_patcher.patch import FileChange

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CONTEXT = 3


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


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Give the hunks between two texts' lines; equal ends are cut off first, since comparing them takes the time."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    start = max(0, first - _CONTEXT)
    end = max(0, last - _CONTEXT)
    matcher = difflib.SequenceMatcher(None, old[start : len(old) - end], new[start : len(new) - end], autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        yield f"@@ -{_range(group, 1, start)} +{_range(group, 3, start)} @@\n"
        for tag, old_first, old_last, new_first, new_last in group:
            if tag == "equal":
                yield from _marked(" ", old[start + old_first : start + old_last])
                continue
            yield from _marked("-", old[start + old_first : start + old_last])
            yield from _marked("+", new[start + new_first : start + new_last])


def _range(group: Sequence[tuple[str, int, int, int, int]], which: int, start: int) -> str:
    begin, length = group[0][which] + start, group[-1][which + 1] - group[0][which]  # type: ignore[operator]
    if length == 1:
        return str(begin + 1)
    return f"{begin + 1 if length else begin},{length}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    return _LINE.findall((content or b"").decode("utf-8", "surrogateescape"))


def count_lines(change: FileChange) -> tuple[int, int]:
    """Give the number of lines that a change adds and removes."""
    lines = [line[0] for line in hunks(_lines(change.before), _lines(change.after))]
    return lines.count("+"), lines.count("-")
