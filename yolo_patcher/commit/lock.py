"""One writer at a time: a lock on a file that is never deleted, and the name of who holds it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.checkout.snapshot import STATE_FOLDER
from yolo_patcher.errors import PatcherError

LOCK_PATH = f"{STATE_FOLDER}/lock"
_PAUSE = 0.05
# A file system that knows no locks: what was planned on is still compared before anything is written.
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}


@contextmanager
def locked(root: Path, command: str, patience: float) -> Iterator[str]:
    """Hold the lock of a checkout, and give who held it before, in words; the system frees it when the process ends.

    Args:
        root: the checkout; its state folder is there.
        command: what wants it, for others to read.
        patience: seconds to wait for another process.

    Raises:
        PatcherError: `refused`, when another process holds it all that time.
        OSError: when the lock file can't be opened.
    """
    descriptor = os.open(root / LOCK_PATH, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        until = time.monotonic() + patience
        while not _take(descriptor):
            if time.monotonic() > until:
                raise PatcherError(
                    "refused",
                    f"another yolo-patcher is at work on this checkout: {_holder(descriptor)}",
                    path=LOCK_PATH,
                    help="Nothing was written. Wait until it has ended, then run the command again.",
                )
            time.sleep(_PAUSE)
        before = _holder(descriptor)
        _sign(descriptor, command)
        yield before
    finally:
        # It is closed whatever the system says, and what was done under the lock stays done.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 4096, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS
    return True


def _holder(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        said = json.loads(os.read(descriptor, 1000))
        return f"{said['command']}, process {said['pid']}, since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that left no name"


def _sign(descriptor: int, command: str) -> None:
    said = {"command": command, "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
    # Only for others to read: a full disk must not keep a revert from being tried.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(said).encode())
