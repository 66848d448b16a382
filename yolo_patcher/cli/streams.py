"""The three streams of the process, whatever its parent made of them."""

from __future__ import annotations

import errno
import io
import os
import sys


class _Closed(io.RawIOBase):
    """Fails to be written as a closed file does."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def open_streams() -> None:
    """Give a process that began with closed streams some that fail when they are written, as a full disk does.

    Python has none at all then, and the next file that is opened would take the number of one.
    """
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    while (taken := os.open(os.devnull, os.O_RDWR)) <= 2:
        continue
    os.close(taken)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(_Closed()), encoding="utf-8"))


def give_up_stdout() -> None:
    """Let what is left in the buffer go nowhere: at the end Python would try it again, and complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        # It has no number: it stands for one that was closed.
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
