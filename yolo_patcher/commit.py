"""Write a plan to a checkout, all of it or nothing. No other module writes there."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from yolo_patcher.access import check_access, resolve_target
from yolo_patcher.checkout import STATE_FOLDER
from yolo_patcher.errors import PatcherError
from yolo_patcher.patch import FileChange, digest
from yolo_patcher.state import STATE_PATH, PatchRecord, blob_path, state_bytes

_TEMPORARY = ".yolo-patcher-new"


def commit(root: Path, changes: Sequence[FileChange], patches: Sequence[PatchRecord]) -> None:
    """Write changes and the state that results from them.

    Every file is written beside its place first, and renamed into it when all are there. An error puts back what was
    already renamed; a signal is held until the end.

    Args:
        root: the checkout.
        changes: the files' bytes, before and after.
        patches: every patch that the checkout holds afterwards; with none, the state folder goes.

    Raises:
        PatcherError: `refused`, when a file is not what was planned on; `io`, when writing failed. In both cases the
            checkout is as it was.
    """
    check_access(root, changes)
    for change in changes:
        _require(root, change.path, change.before)
    with _signals_held():
        try:
            _write_all(root, changes, patches)
        except OSError as error:
            raise PatcherError(
                "io",
                f"writing failed: {error.strerror or error}",
                path=str(error.filename or root),
                help="The checkout is as it was before.",
            ) from error


def _require(root: Path, path: str, expected: bytes | None) -> None:
    target = resolve_target(root, path)
    try:
        found: bytes | None = target.read_bytes()
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise PatcherError("io", f"the file can't be read: {error.strerror}", path=path) from error
    if found != expected:
        raise PatcherError(
            "refused",
            "the file changed while yolo-patcher was working",
            path=path,
            help="Nothing was written. Run the command again.",
        )


def _write_all(root: Path, changes: Sequence[FileChange], patches: Sequence[PatchRecord]) -> None:
    undo: list[Callable[[], None]] = []
    saved: list[Path] = []
    try:
        if patches:
            _keep_blobs(root, changes, undo)
        every = [*changes, *_state_change(root, patches)]
        written = [(change, _write_beside(root, change, undo), _save_beside(root, change, undo)) for change in every]
        saved += [old for _, _, old in written if old is not None]
        for change, new, old in written:
            _put(root, change, new, old, undo)
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        raise
    for old in saved:
        with contextlib.suppress(OSError):
            old.unlink()
    if not patches:
        shutil.rmtree(root / STATE_FOLDER, ignore_errors=True)


def _state_change(root: Path, patches: Sequence[PatchRecord]) -> list[FileChange]:
    """Give the change of the state file, which is written like any other and comes last."""
    place = root / STATE_PATH
    before = place.read_bytes() if place.exists() else None
    after = state_bytes(patches) if patches else None
    return [] if before == after else [FileChange(STATE_PATH, before, after)]


def _write_beside(root: Path, change: FileChange, undo: list[Callable[[], None]]) -> Path | None:
    """Write a file's new bytes beside its place, with its mode and owner, and give where; None for a deletion."""
    return None if change.after is None else _write_copy(root, change, change.after, _TEMPORARY, undo)


def _save_beside(root: Path, change: FileChange, undo: list[Callable[[], None]]) -> Path | None:
    """Write a file's old bytes beside its place, so that a full disk can't keep them from being put back."""
    return None if change.before is None else _write_copy(root, change, change.before, f"{_TEMPORARY}-undo", undo)


def _write_copy(root: Path, change: FileChange, content: bytes, suffix: str, undo: list[Callable[[], None]]) -> Path:
    target = resolve_target(root, change.path)
    temporary = target.with_name(f".{target.name}{suffix}")
    undo.append(lambda: temporary.unlink(missing_ok=True))
    _write(temporary, content)
    if change.before is not None:
        _copy_owner(target, temporary)
    return temporary


def _copy_owner(source: Path, target: Path) -> None:
    status = source.stat()
    if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (target.stat().st_uid, target.stat().st_gid):
        os.chown(target, status.st_uid, status.st_gid)
    target.chmod(status.st_mode & 0o7777)


def _put(root: Path, change: FileChange, new: Path | None, old: Path | None, undo: list[Callable[[], None]]) -> None:
    """Move a file into its place, or delete it, and note how to put back what was there."""
    target = resolve_target(root, change.path)
    undo.append(partial(target.unlink, missing_ok=True) if old is None else lambda: _replace(old, target))
    if new is None:
        target.unlink()
    else:
        new.replace(target)
    _sync_folder(target.parent)


def _replace(old: Path, target: Path) -> None:
    old.replace(target)


def _keep_blobs(root: Path, changes: Sequence[FileChange], undo: list[Callable[[], None]]) -> None:
    """Store the bytes that a revert needs; a state folder that was not there before goes when the commit fails."""
    folder = root / STATE_FOLDER
    if not folder.exists():
        undo.append(partial(shutil.rmtree, folder, ignore_errors=True))
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _write(ignore, b"*\n")
    for content in {one for change in changes for one in (change.before, change.after) if one is not None}:
        place = root / blob_path(digest(content) or "")
        if not place.exists():
            temporary = place.with_name(place.name + _TEMPORARY)
            undo.append(partial(temporary.unlink, missing_ok=True))
            _write(temporary, content)
            temporary.replace(place)


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold Ctrl-C and a request to end until the writing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    held = {
        number: signal.signal(number, lambda one, _: arrived.append(one)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
