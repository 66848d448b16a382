"""The contents that a checkout's state and journal name, each stored under its hash."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from yolo_patcher.checkout.snapshot import STATE_FOLDER, Snapshot
from yolo_patcher.commit import disk
from yolo_patcher.commit.journal import JOURNAL_PATH, PRIVATE, ROLLBACK_PATH
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import blob_path, read_blob, read_state
from yolo_patcher.errors import PatcherError


def keep_blobs(root: Path, contents: Iterable[bytes]) -> None:
    """Store contents durably, for their owner alone; those that are there already stay, unless others can read them."""
    folder = root / STATE_FOLDER / "blobs"
    disk.make_folder(folder)
    for content in dict.fromkeys(contents):
        place = root / blob_path(digest(content) or "")
        if not place.is_file() or place.read_bytes() != content or _is_open(place):
            disk.put(place, content, PRIVATE)
    disk.sync_folder(folder)


def _is_open(place: Path) -> bool:
    return os.name == "posix" and bool(place.stat().st_mode & 0o077)


def is_stored(root: Path, name: str) -> bool:
    """Tell whether the content of a hash is stored, undamaged."""
    try:
        return read_blob(Snapshot(root), name) is not None
    except PatcherError:
        return False


def untidy(root: Path) -> bool:
    """Tell whether there is anything that `tidy` would take away."""
    try:
        return next(_superfluous(root), None) is not None
    except OSError:
        # Another process is at it, or the folder can't be read.
        return False


def tidy(root: Path) -> None:
    """Take away what no state and no journal names: the leftovers of a process that was killed."""
    with contextlib.suppress(OSError):
        for path in list(_superfluous(root)):
            with contextlib.suppress(OSError):
                disk.remove(path)
        os.rmdir(root / STATE_FOLDER / "blobs")  # noqa: PTH106  # fails, rightly, while one is needed


def _superfluous(root: Path) -> Iterator[Path]:
    folder = root / STATE_FOLDER
    yield from folder.glob("*.tmp")
    if any((root / path).exists() for path in (JOURNAL_PATH, ROLLBACK_PATH)):
        return
    try:
        needed = read_state(Snapshot(root)).contents
    except PatcherError:
        # A damaged state may still be restored, and then needs its blobs.
        return
    blobs = folder / "blobs"
    if blobs.is_symlink():
        # Somebody else's folder.
        return
    yield from (path for path in blobs.glob("*") if path.name not in needed)
