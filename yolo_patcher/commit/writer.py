"""Commit a transition, and finish or take back one that was interrupted.

The order is what makes it safe: what is needed to go either way is on the disk before the journal is, and the journal
is the last to go. Before it is there nothing happened; from then on the next command finishes the work.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.checkout.snapshot import STATE_FOLDER
from yolo_patcher.commit import disk
from yolo_patcher.commit.access import check_access
from yolo_patcher.commit.blobs import is_stored, keep_blobs, tidy, untidy
from yolo_patcher.commit.carry_out import carry_out, digest_at, finish, real_path
from yolo_patcher.commit.journal import JOURNAL_PATH, ROLLBACK_PATH, Entry, Journal
from yolo_patcher.commit.lock import locked
from yolo_patcher.commit.patch import FileChange, digest
from yolo_patcher.commit.signals import signals_held
from yolo_patcher.commit.state import STATE_PATH, parse_state
from yolo_patcher.commit.transition import Transition
from yolo_patcher.errors import PatcherError

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
            writing failed; `internal`, when the new state names what nobody has. The checkout is then as it was.
    """
    check_access(root, wanted.changes)
    contents = _contents(wanted)
    _require_stored(root, wanted, contents)
    with _telling(root, "The checkout is as it was before."):
        disk.make_folder(root / STATE_FOLDER)
        with locked(root, command, _WRITERS_PATIENCE) as earlier, signals_held():
            _ignore_own_folder(root)
            finish(root)
            for change in wanted.changes:
                _require(root, change, earlier)
            try:
                keep_blobs(root, contents)
                carry_out(root, Journal(command, tuple(_entry(root, change) for change in wanted.changes)))
            finally:
                tidy(root)


def _contents(wanted: Transition) -> list[bytes]:
    """Give what a commit stores: all that is needed to go either way, and from the new state back."""
    sides = [content for one in wanted.changes for content in (one.before, one.after)]
    return [content for content in (*sides, *wanted.keep) if content is not None]


def _require_stored(root: Path, wanted: Transition, contents: Sequence[bytes]) -> None:
    """Refuse a state that names a content which is neither stored nor about to be: there would be no way back.

    What was lost before is not this commit's doing, and must not keep a user from taking out the rest.
    """
    for change in wanted.changes:
        if change.path == STATE_PATH:
            new = parse_state(change.after).contents - parse_state(change.before).contents - set(map(digest, contents))
            lost = sorted(name for name in new if not is_stored(root, name))
            if lost:
                raise PatcherError(
                    "internal",
                    f"this is a bug of yolo-patcher: the new state names {lost[0]}, a content that nothing has stored",
                    help="Nothing was written. Please report it with the commands that you ran on this checkout.",
                )


def recover(root: Path) -> str:
    """Finish what an interrupted commit left, and say so in one sentence; "" when there was nothing.

    Raises:
        PatcherError: `refused`, when a file was changed since, or another process is at work; `io`, when writing fails.
    """
    with _telling(root, "An interrupted commit waits to be finished: run the command again when that is remedied."):
        interrupted = any((root / path).exists() for path in (JOURNAL_PATH, ROLLBACK_PATH))
        if (root / STATE_FOLDER).is_symlink():
            if interrupted:
                raise _not_own_folder()
            return ""
        if not interrupted and not untidy(root):
            return ""
        try:
            with locked(root, "recovery", _READERS_PATIENCE if interrupted else 0), signals_held():
                said = finish(root)
                tidy(root)
                return said
        except (PatcherError, OSError):
            # Leftovers without a journal are no reason to fail: the next commit clears them.
            if interrupted:
                raise
            return ""


def _not_own_folder() -> PatcherError:
    return PatcherError(
        "refused",
        "an interrupted commit waits in a folder that is reached by a symbolic link",
        path=STATE_FOLDER,
        help="Nothing was changed. Put the folder itself in the link's place, then run the command again.",
    )


def _ignore_own_folder(root: Path) -> None:
    """Let git ignore the tool's own folder."""
    path = root / STATE_FOLDER / ".gitignore"
    if not path.exists():
        disk.put(path, b"*\n")


def _require(root: Path, change: FileChange, earlier: str) -> None:
    if digest_at(root, change.path) != digest(change.before):
        raise PatcherError(
            "refused",
            "the file changed while yolo-patcher was working",
            path=change.path,
            help=f"Nothing was written. Run the command again. The last yolo-patcher to write here: {earlier}.",
        )


def _entry(root: Path, change: FileChange) -> Entry:
    target = real_path(root, change.path)
    if change.before is None:
        mask = os.umask(0)
        os.umask(mask)
        return Entry(change.path, None, digest(change.after), 0o666 & ~mask, None)
    found = target.stat()
    mode = stat.S_IMODE(found.st_mode)
    return Entry(change.path, digest(change.before), digest(change.after), mode, (found.st_uid, found.st_gid))


@contextmanager
def _telling(root: Path, help: str) -> Iterator[None]:
    """Turn the system's errors into the one that users see."""
    try:
        yield
    except OSError as error:
        raise PatcherError(
            "io",
            f"writing failed: {error.strerror or error}",
            path=str(error.filename or root),
            help=help,
        ) from error
