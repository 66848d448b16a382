"""Which lines of a patched checkout are the patch's own: these get no stand-ins for missing modules."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from difflib import SequenceMatcher

from yolo_patcher.checkout.site import Site
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import PatchRecord, read_blob, read_state
from yolo_patcher.errors import PatcherError

Lines = tuple[tuple[int, int], ...]


def lines_of_plan(changes: Iterable[FileChange]) -> dict[str, Lines]:
    """Give, for each Python file that a plan changes, the first and last numbers of the lines that it inserts.

    A line that replaces another one, such as a longer import list, holds the checkout's own code and is not counted.
    """
    return {
        one.path: inserted(one.before, one.after)
        for one in changes
        if one.path.endswith(".py") and one.after is not None
    }


def lines_of_record(site: Site, record: PatchRecord) -> dict[str, Lines]:
    """Give the same for a committed patch, where its lines stand today.

    What can't be told, for an original is missing, is left out: those lines get stand-ins like the checkout's own.
    """
    found: dict[str, Lines] = {}
    for step in read_state(site.snapshot).steps_of(record):
        for file in step.files:
            now = site.snapshot.read(file.path)
            if not file.path.endswith(".py") or file.after is None or now is None:
                continue
            with suppress(PatcherError):
                after = read_blob(site.snapshot, file.after)
                lines = inserted(read_blob(site.snapshot, file.before), after)
                found[file.path] = found.get(file.path, ()) + carried(lines, after, now)
    return found


def inserted(before: bytes | None, after: bytes | None) -> Lines:
    """Give the first and last numbers, from 1, of every run of lines that `after` has and `before` has not."""
    codes = _matcher(before, after).get_opcodes()
    return tuple((first + 1, last) for tag, _, _, first, last in codes if tag == "insert")


def carried(lines: Lines, then: bytes | None, now: bytes) -> Lines:
    """Give where lines of `then` stand in `now`, as far as they are still there."""
    blocks = _matcher(then, now).get_matching_blocks()
    moved = []
    for first, last in lines:
        for block in blocks:
            begin, end = max(first, block.a + 1), min(last, block.a + block.size)
            if begin <= end:
                moved.append((begin - block.a + block.b, end - block.a + block.b))
    return tuple(moved)


def _matcher(one: bytes | None, other: bytes | None) -> SequenceMatcher[bytes]:
    # Bytes are split at \n, \r and \r\n only, which are the line ends of Python.
    return SequenceMatcher(None, (one or b"").splitlines(), (other or b"").splitlines(), autojunk=False)
