"""Refuse, before any work, files that could not be written safely: no other module learns it halfway."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.checkout.snapshot import STATE_FOLDER
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.errors import PatcherError

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def check_access(root: Path, changes: Sequence[FileChange]) -> None:
    """Check that every file of a plan, and the tool's own folder, can be written.

    Raises:
        PatcherError: `io`, for what is read-only; `refused`, for a symlink that leaves the checkout, a hard link, a
            file of another user, and a path that is no plain file or differs from another only in case.
    """
    if not changes:
        return
    _check_folder(root, str(root))
    _check_own_folder(root)
    for change in changes:
        if change.path.startswith(f"{STATE_FOLDER}/"):
            continue
        target = resolve_target(root, change.path)
        _check_folder(target.parent, str(Path(change.path).parent))
        if os.path.lexists(target):
            _check_file(target, change.path)
        else:
            _check_case(target, change.path)


def _check_own_folder(root: Path) -> None:
    folder = root / STATE_FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PatcherError(
            "refused",
            "this is not the folder that yolo-patcher keeps its state in",
            path=STATE_FOLDER,
            help="Nothing was written. Move it away, then run the command again.",
        )
    if folder.is_dir():
        _check_folder(folder, STATE_FOLDER)


def _check_folder(folder: Path, name: str) -> None:
    if not folder.is_dir():
        raise PatcherError("refused", "there is no such folder", path=name, help="Nothing was written.")
    if not os.access(folder, os.W_OK | os.X_OK) or not folder.stat().st_mode & _WRITABLE:
        raise PatcherError(
            "io",
            "the folder is read-only",
            path=name,
            help="Nothing was written. Make it writable: chmod u+w, or work on a checkout of your own.",
        )


def _check_file(target: Path, path: str) -> None:
    status = target.stat()
    if stat.S_ISDIR(status.st_mode):
        raise PatcherError(
            "refused", "there is a folder in the place of this file", path=path, help="Rename the folder."
        )
    if not stat.S_ISREG(status.st_mode):
        raise PatcherError("refused", "this is no plain file", path=path, help="Put a plain file in its place.")
    if not os.access(target, os.W_OK) or not status.st_mode & _WRITABLE:
        raise PatcherError(
            "io", "the file is read-only", path=path, help="Make it writable: chmod u+w, then try again."
        )
    if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
        raise PatcherError(
            "refused",
            "the file is another user's, and would become yours",
            path=path,
            help="Work on a checkout of your own, or as that user.",
        )
    if status.st_nlink > 1:
        raise PatcherError(
            "refused",
            f"the file has {status.st_nlink} hard links, so another tree would be changed or left behind",
            path=path,
            help="Give the checkout a copy of its own: cp FILE FILE.copy && mv FILE.copy FILE.",
        )


def _check_case(target: Path, path: str) -> None:
    """Refuse a new file that a file system without case would take for another that is there."""
    for other in target.parent.iterdir():
        name = other.name
        if name != target.name and name.casefold() == target.name.casefold():
            raise PatcherError(
                "refused",
                f"there is a {name}, which differs from this file's name only in case",
                path=path,
                help="Some file systems can't hold both. Choose another name with --output, or rename the other.",
            )


def resolve_target(root: Path, path: str) -> Path:
    """Give the real file behind a path of the checkout; a symlink inside the checkout is followed.

    Raises:
        PatcherError: `refused`, when it leads out of the checkout.
    """
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError) as error:
        raise PatcherError(
            "refused", "the symbolic links of this path lead in a circle", path=path, help="Repair the link."
        ) from error
    if not target.is_relative_to(root.resolve()):
        raise PatcherError(
            "refused",
            f"the path leads out of the checkout, to {target}",
            path=path,
            help="Replace the symbolic link by a copy of what it points to.",
        )
    return target
