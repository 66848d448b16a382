"""Commit a transition, and finish or take back one that was interrupted.

The order is what makes it safe: what is needed to go either way is on the disk before the journal is, and the journal
is the last to go. Before it is there nothing happened; from then on the next command finishes the work.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.access import check_access, resolve_target
from yolo_patcher.checkout import STATE_FOLDER, Snapshot
from yolo_patcher.commit import disk
from yolo_patcher.commit.blobs import keep_blobs, tidy, untidy
from yolo_patcher.commit.journal import JOURNAL_PATH, ROLLBACK_PATH, Entry, Journal, from_bytes, to_bytes
from yolo_patcher.commit.lock import locked
from yolo_patcher.errors import PatcherError
from yolo_patcher.patch import FileChange, digest
from yolo_patcher.state import read_blob
from yolo_patcher.transition import Transition

_TEMPORARY = ".yolo-patcher-new"
# A writer does not wait for another: what it planned on will have changed. Readers wait for a commit, which is short.
_WRITERS_PATIENCE, _READERS_PATIENCE = 1.0, 10.0


def commit(root: Path, wanted: Transition, command: str) -> None:
    """Write a transition, all of it or nothing.

    A signal is held until the end; an error takes back what was written.

    Args:
        root: the checkout.
        wanted: what to write.
        command: who writes, for a process that finds the lock held.

    Raises:
        PatcherError: `refused`, when a file is not what was planned on or another process is writing; `io`, when
            writing failed. In both cases the checkout is as it was.
    """
    check_access(root, wanted.changes)
    folder = root / STATE_FOLDER
    with _signals_held(), _telling(root):
        _prepare(folder)
        with locked(root, command, _WRITERS_PATIENCE) as earlier:
            _finish(root)
            for change in wanted.changes:
                _require(root, change, earlier)
            try:
                contents = [content for one in wanted.changes for content in (one.before, one.after)]
                keep_blobs(root, [content for content in (*contents, *wanted.keep) if content is not None])
                _carry_out(root, Journal(command, tuple(_entry(root, change) for change in wanted.changes)))
            finally:
                tidy(root)


def recover(root: Path) -> str:
    """Finish what an interrupted commit left, and say so in one sentence; "" when there was nothing.

    Raises:
        PatcherError: `refused`, when a file was changed since, or another process is at work; `io`, when writing fails.
    """
    folder = root / STATE_FOLDER
    interrupted = any((root / path).exists() for path in (JOURNAL_PATH, ROLLBACK_PATH))
    if not interrupted and not (folder.is_dir() and untidy(root)):
        return ""
    with _signals_held(), _telling(root):
        try:
            with locked(root, "recovery", _READERS_PATIENCE if interrupted else 0):
                said = _finish(root)
                tidy(root)
                return said
        except (PatcherError, OSError):
            # Leftovers without a journal are no reason to fail: the next commit clears them.
            if interrupted:
                raise
            return ""


def _prepare(folder: Path) -> None:
    """Make the tool's own folder, which git shall ignore."""
    disk.make_folder(folder)
    if not (folder / ".gitignore").exists():
        disk.put(folder / ".gitignore", b"*\n")


def _require(root: Path, change: FileChange, earlier: str) -> None:
    if _digest(root, change.path) != digest(change.before):
        raise PatcherError(
            "refused",
            "the file changed while yolo-patcher was working",
            path=change.path,
            help=f"Nothing was written. Run the command again. The last yolo-patcher to write here: {earlier}.",
        )


def _entry(root: Path, change: FileChange) -> Entry:
    target = resolve_target(root, change.path)
    if change.before is None:
        mask = os.umask(0)
        os.umask(mask)
        return Entry(change.path, None, digest(change.after), 0o666 & ~mask, None)
    found = target.stat()
    mode = stat.S_IMODE(found.st_mode)
    return Entry(change.path, digest(change.before), digest(change.after), mode, (found.st_uid, found.st_gid))


def _carry_out(root: Path, journal: Journal) -> None:
    """Write the journal, which is the point of no return for others, then the files; an error goes back."""
    folder = root / STATE_FOLDER
    try:
        disk.put(root / JOURNAL_PATH, to_bytes(journal))
        disk.sync_folder(folder)
        _forward(root, journal)
        _end(root, journal, JOURNAL_PATH)
    except BaseException:
        _take_back(root, journal)
        raise


def _take_back(root: Path, journal: Journal) -> None:
    """Undo what a failed commit wrote; where that fails as well, the next command does it.

    Raises:
        PatcherError: `io`, when it can't be done now.
    """
    if not (root / JOURNAL_PATH).exists():
        return
    try:
        disk.move(root / JOURNAL_PATH, root / ROLLBACK_PATH)
        disk.sync_folder(root / STATE_FOLDER)
        _forward(root, journal.reverse(), touched_only=True)
        _end(root, journal, ROLLBACK_PATH)
    except OSError as error:
        raise PatcherError(
            "io",
            f"writing failed, and so did putting back what was written: {error.strerror or error}",
            path=str(error.filename or root),
            help="Nothing is lost: `yolo-patcher status` brings the checkout in order as soon as it can be written.",
        ) from error


def _finish(root: Path) -> str:
    """Go on where an interrupted commit stopped: forward, or back when it was already on its way back."""
    back = (root / ROLLBACK_PATH).exists()
    path = ROLLBACK_PATH if back else JOURNAL_PATH
    try:
        content = (root / path).read_bytes()
    except FileNotFoundError:
        return ""
    journal = from_bytes(content, path)
    _forward(root, journal.reverse() if back else journal)
    _end(root, journal, path)
    how = "Took back" if back else "Finished"
    count = len(journal.entries)
    return f"{how} an interrupted {journal.command}: {count} file{'s' if count > 1 else ''}."


def _forward(root: Path, journal: Journal, touched_only: bool = False) -> None:
    """Give every file its `after`; those that have it are left, and one that has neither stops it all.

    Args:
        root: the checkout.
        journal: what to write.
        touched_only: leave a file that has neither: another program wrote it before we did.
    """
    waiting: list[tuple[Entry, Path]] = []
    for entry in journal.entries:
        found = _digest(root, entry.path)
        if found == entry.before and found != entry.after:
            waiting.append((entry, resolve_target(root, entry.path)))
        elif found != entry.after and not touched_only:
            raise _third_state(journal, entry)
    snapshot = Snapshot(root)
    for entry, target in waiting:
        content = read_blob(snapshot, entry.after)
        if content is not None:
            disk.write_new(_temporary(target), content, entry.mode, entry.owner)
    for entry, target in waiting:
        if _digest(root, entry.path) != entry.before:
            raise _third_state(journal, entry)
        if entry.after is None:
            disk.remove(target)
        else:
            disk.move(_temporary(target), target)
    for folder in dict.fromkeys(resolve_target(root, entry.path).parent for entry in journal.entries):
        disk.sync_folder(folder)


def _end(root: Path, journal: Journal, path: str) -> None:
    """Take away what is left beside the files, then the journal."""
    for entry in journal.entries:
        disk.remove(_temporary(resolve_target(root, entry.path)))
    disk.remove(root / path)
    # The work is done and durable: a journal that comes back is found to be carried out.
    with contextlib.suppress(OSError):
        disk.sync_folder(root / STATE_FOLDER)


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}{_TEMPORARY}")


def _third_state(journal: Journal, entry: Entry) -> PatcherError:
    saved = entry.before or entry.after
    return PatcherError(
        "refused",
        f"the file was changed while an interrupted {journal.command} waits to be finished",
        path=entry.path,
        help=f"Nothing was changed. Keep a copy of your version, put {STATE_FOLDER}/blobs/{saved} in its place, run "
        "the command again, then bring your edits back.",
    )


def _digest(root: Path, path: str) -> str | None:
    try:
        return digest(resolve_target(root, path).read_bytes())
    except FileNotFoundError:
        return None
    except IsADirectoryError as error:
        raise PatcherError("refused", "there is a folder in the place of this file", path=path) from error


@contextmanager
def _telling(root: Path) -> Iterator[None]:
    """Turn the system's errors into the one that users see."""
    try:
        yield
    except OSError as error:
        raise PatcherError(
            "io",
            f"writing failed: {error.strerror or error}",
            path=str(error.filename or root),
            help="The checkout is as it was before.",
        ) from error


@contextmanager
def _signals_held(numbers: Sequence[int] = (signal.SIGINT, signal.SIGTERM)) -> Iterator[None]:
    """Hold Ctrl-C and a request to end until the writing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    held = {number: signal.signal(number, lambda one, _: arrived.append(one)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
