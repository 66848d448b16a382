"""Take one step of a patch out of one file, whatever became of the file since."""

from __future__ import annotations

from yolo_patcher.revert.absent import is_absent
from yolo_patcher.revert.merge.merge import Conflict, Merged, merge


def undo(name: str, before: bytes | None, after: bytes | None, now: bytes | None) -> Merged:
    """Give a file's content without what a step did to it.

    Args:
        name: the class or the model YAML that the step brought.
        before: the file as the step found it, None for no file.
        after: the file as the step left it.
        now: the file as it is.

    Returns:
        The content, which is None for no file, or the conflicts that keep it from being told.
    """
    if now == after:
        return Merged(before, ())
    if now == before or is_absent(name, before, after, now):
        return Merged(now, ())
    if before is None or after is None or now is None:
        return Merged(None, (Conflict(1, after or b"", now or b"", before or b""),))
    return merge(after, now, before)
