"""The operations that change a disk, each durable or undone: nothing else in the program makes one in a checkout."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_COPIED = 2**22
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_new(path: Path, content: bytes, mode: int | None = None, owner: tuple[int, int] | None = None) -> None:
    """Write a file that is not there yet, down to the disk; what was there under this name is a leftover and goes.

    Args:
        path: where.
        content: what.
        mode: the permissions, whatever the process's mask; None for those that a new file has.
        owner: user and group, None for our own.

    Raises:
        OSError: when it can't be written; nothing is left then.
    """
    remove(path)
    descriptor = os.open(path, _NEW, 0o666 if mode is None else 0o600)
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if owner is not None and hasattr(os, "fchown"):
                found = os.fstat(descriptor)
                if (found.st_uid, found.st_gid) != owner:
                    os.fchown(descriptor, *owner)
            if mode is not None:
                _change_mode(descriptor, path, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(path)
        raise


def _change_mode(descriptor: int, path: Path, mode: int) -> None:
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)
    else:
        path.chmod(mode)


def move(source: Path, target: Path) -> None:
    """Put a file in another's place, in one step; `sync_folder` makes it durable."""
    os.replace(source, target)  # noqa: PTH105  # all that changes a disk goes through `os`


def remove(path: Path) -> bool:
    """Delete a file, and tell whether it was there; one that is not there is as good."""
    try:
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        return False
    return True


def make_folder(path: Path) -> None:
    """Make a folder durably, unless it is there."""
    try:
        os.mkdir(path)  # noqa: PTH102
    except FileExistsError:
        if path.is_symlink() or not path.is_dir():
            raise
    # Also where it was there: whoever made it may have been killed before this.
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file of the tool's own in one step: it is there whole or not at all; `mode` as in `write_new`."""
    temporary = path.with_name(path.name + ".tmp")
    write_new(temporary, content, mode)
    try:
        move(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(temporary)
        raise


def replace_file(path: Path, content: bytes) -> None:
    """Write a file of the user's own naming in one step; one that was there keeps its mode, a new one has the usual.

    Raises:
        OSError: when it can't be written; what was there is there still, and nothing else is left.
    """
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    write_new(temporary, content, mode)
    try:
        move(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(temporary)
        raise


@contextmanager
def copied_beside(source: Path, temporary: Path, target: Path, replace: bool) -> Iterator[Callable[[], None]]:
    """Copy a file of whatever size beside its target, and give what puts it there in one step; else nothing is left.

    Args:
        source: the file.
        temporary: where its copy lies until then, in the target's folder.
        target: where its copy goes.
        replace: whether a file that is there may be replaced.

    Raises:
        FileExistsError: when there is one that may not, on the last step.
        OSError: when it can't be written; what was there is there still, and nothing else is left.
    """

    def finish() -> None:
        if replace:
            move(temporary, target)
        else:
            _name(temporary, target)
        sync_folder(target.parent)

    try:
        with source.open("rb") as content, temporary.open("xb") as file:
            shutil.copyfileobj(content, file, _COPIED)
            file.flush()
            os.fsync(file.fileno())
        yield finish
    finally:
        remove(temporary)


def _name(temporary: Path, target: Path) -> None:
    """Give a file a name that nobody has, however late somebody takes it."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        if target.exists():
            raise FileExistsError(str(target)) from None
        move(temporary, target)
