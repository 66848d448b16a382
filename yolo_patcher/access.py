"""Refuse, before any work, files that could not be written safely: no other module learns it halfway."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.patch import FileChange


def check_access(root: Path, changes: Sequence[FileChange]) -> None:
    """Check that every file of a plan, and the checkout's folder, can be replaced.

    Raises:
        PatcherError: `io`, when permission is missing; `refused`, for a symlink that leaves the checkout, a hard link
            or a path that is no plain file.
    """
    if not os.access(root, os.W_OK | os.X_OK):
        raise _no_permission("the checkout's folder", str(root))
    for change in changes:
        target = resolve_target(root, change.path)
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise _no_permission("the folder", str(target.parent))
        if change.before is None or not target.exists():
            continue
        status = target.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PatcherError("refused", "this is no plain file", path=change.path)
        if not os.access(target, os.W_OK) or not status.st_mode & stat.S_IWUSR:
            raise PatcherError(
                "io", "the file is read-only", path=change.path, help="Make it writable: chmod u+w, then try again."
            )
        if status.st_nlink > 1:
            raise PatcherError(
                "refused",
                f"the file has {status.st_nlink} hard links, so another tree would be changed or left behind",
                path=change.path,
                help="Give the checkout a copy of its own: cp FILE FILE.copy && mv FILE.copy FILE.",
            )


def resolve_target(root: Path, path: str) -> Path:
    """Give the real file behind a path of the checkout; a symlink inside the checkout is followed.

    Raises:
        PatcherError: `refused`, when it leads out of the checkout.
    """
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise PatcherError(
            "refused",
            f"the path leads out of the checkout, to {target}",
            path=path,
            help="Replace the symbolic link by a copy of what it points to.",
        )
    return target


def _no_permission(what: str, path: str) -> PatcherError:
    return PatcherError("io", f"{what} can't be written", path=path, help="You have no permission to write there.")
