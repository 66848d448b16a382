"""Temporary folders that go with the run that made them, or at the next run where that was killed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.ending import cleaned

PREFIX = "yolo-patcher-"
LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder that is there as long as the block; folders of runs that were killed go first.

    A folder lies in one that holds a lock beside it, which the system frees when the run ends, however it ends: that
    tells a dead run from a live one, whatever their process ids.

    Raises:
        PatcherError: `io`, when it can't be made.
    """
    tried = list[Path]()
    descriptor = None

    def clean() -> None:
        for folder in tried:
            _remove(folder)

    try:
        with cleaned(clean):
            try:
                sweep(Path(tempfile.gettempdir()))
                descriptor = _lock_new_folder(tried)
                content = tried[-1] / "run"
                content.mkdir()
            except OSError as error:
                raise PatcherError("io", f"no folder for temporary files: {error.strerror}") from error
            yield content
    finally:
        if descriptor is not None:
            os.close(descriptor)


def sweep(temporary: Path) -> None:
    """Remove this user's folders of runs that have ended; what can't be told or removed stays."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError), os.scandir(temporary) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with contextlib.suppress(OSError):
                    _sweep(Path(entry.path))


def _sweep(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        return
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        # A run that ended as it began or as it ended; one with something inside is not ours to judge.
        folder.rmdir()
        return
    try:
        _take(descriptor)
        _remove(folder)
    finally:
        os.close(descriptor)


def _lock_new_folder(tried: list[Path]) -> int | None:
    """Make a folder, the last of those tried, and give the descriptor that holds its lock; None where there is none.

    A folder is named in `tried` before it is there, so that it goes whenever this process is told to end.
    """
    while True:
        # ultralytics takes a digit and one of n, s, m, l, x in a path for the scale of a model. It is short because the
        # sockets of a data loader's workers lie below it, whose paths the system limits to about 100 characters.
        folder = Path(tempfile.gettempdir(), f"{PREFIX}{secrets.token_hex(4)}")
        tried.append(folder)
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            tried.pop()
            continue
        if sys.platform == "win32":
            return None
        try:
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileNotFoundError:
            # Another run swept it away before it had its lock.
            continue
        try:
            _take(descriptor)
            if (folder / LOCK).stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            # Another run took the lock first, and sweeps it.
            pass
        except OSError:
            # A file system without locks: nobody can take it, and so nobody sweeps it.
            return descriptor
        os.close(descriptor)


def _take(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(folder: Path) -> None:
    """Remove a folder, the lock last, so that what was begun can be finished by the next run."""
    for place in _inside(folder):
        if place.name != LOCK:
            remove_tree(place)
    if all(place.name == LOCK for place in _inside(folder)):
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink(missing_ok=True)
            folder.rmdir()


def remove_tree(folder: Path) -> None:
    """Remove a folder of our own as far as possible: also where folders in it are closed, or nested without end."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        number = 0
        folder.chmod(0o700)
        while inside := _inside(folder):
            for place in inside:
                if not _is_folder(place):
                    place.unlink()
                    continue
                # What is in it moves up, so that no path becomes too long.
                place.chmod(0o700)
                for deeper in _inside(place):
                    if _is_folder(deeper):
                        deeper.chmod(0o700)
                        deeper.rename(folder / f"{PREFIX}{number}")
                        number += 1
                    else:
                        deeper.unlink()
                place.rmdir()
        folder.rmdir()


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink()
