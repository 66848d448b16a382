"""Give files their new contents, forward or back, from a journal on the disk; and go on where that was interrupted."""

from __future__ import annotations

import contextlib
import stat
from dataclasses import replace
from pathlib import Path

from yolo_patcher.checkout.snapshot import STATE_FOLDER, Snapshot
from yolo_patcher.commit import disk
from yolo_patcher.commit.access import resolve_target
from yolo_patcher.commit.journal import JOURNAL_PATH, PRIVATE, ROLLBACK_PATH, Entry, Journal, from_bytes, to_bytes
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import read_blob
from yolo_patcher.errors import PatcherError

_TEMPORARY = ".yolo-patcher-new"
_PLAIN = 0o777


def carry_out(root: Path, journal: Journal) -> None:
    """Write the journal, which is the point of no return for others, then the files; an error goes back."""
    folder = root / STATE_FOLDER
    try:
        disk.put(root / JOURNAL_PATH, to_bytes(journal), PRIVATE)
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


def finish(root: Path) -> str:
    """Go on where an interrupted commit stopped: forward, or back when it was already on its way back."""
    back = (root / ROLLBACK_PATH).exists()
    path = ROLLBACK_PATH if back else JOURNAL_PATH
    content = Snapshot(root).read(path)
    if content is None:
        return ""
    journal = _believed(root, from_bytes(content, path))
    # Whoever wrote it may have been killed before this; no file may reach the disk without it.
    disk.sync_folder(root / STATE_FOLDER)
    _forward(root, journal.reverse() if back else journal)
    _end(root, journal, path)
    how = "Took back" if back else "Finished"
    count = len(journal.entries)
    return f"{how} an interrupted {journal.command}: {count} file{'s' if count > 1 else ''}."


def _believed(root: Path, journal: Journal) -> Journal:
    """Give a journal as far as it may be believed: it may have come with the checkout, from whomever.

    A file that is there stays whose it is and as it may be used. One that is not gets plain permissions, and the owner
    that the journal names only where that is its folder's.
    """

    def entry(one: Entry) -> Entry:
        target = real_path(root, one.path)
        if target.exists():
            found = target.stat()
            return replace(one, mode=stat.S_IMODE(found.st_mode), owner=(found.st_uid, found.st_gid))
        folder = target.parent.stat() if target.parent.is_dir() else None
        known = folder is not None and one.owner == (folder.st_uid, folder.st_gid)
        return replace(one, mode=one.mode & _PLAIN, owner=one.owner if known else None)

    return replace(journal, entries=tuple(map(entry, journal.entries)))


def _forward(root: Path, journal: Journal, touched_only: bool = False) -> None:
    """Give every file its `after`; those that have it are left, and one that has neither stops it all.

    Args:
        root: the checkout.
        journal: what to write.
        touched_only: leave a file that has neither: another program wrote it before we did.
    """
    waiting: list[tuple[Entry, Path, bytes | None]] = []
    for entry in journal.entries:
        found = digest_at(root, entry.path)
        if found == entry.before and found != entry.after:
            waiting.append((entry, real_path(root, entry.path), _saved(root, journal, entry.after)))
        elif found != entry.after and not touched_only:
            raise _third_state(journal, entry)
    for entry, target, content in waiting:
        if content is not None:
            disk.write_new(_temporary(target), content, entry.mode, entry.owner)
    for entry, target, _ in waiting:
        if digest_at(root, entry.path) != entry.before:
            raise _third_state(journal, entry)
        if entry.after is None:
            disk.remove(target)
        else:
            disk.move(_temporary(target), target)
    for folder in dict.fromkeys(real_path(root, entry.path).parent for entry in journal.entries):
        disk.sync_folder(folder)


def _end(root: Path, journal: Journal, path: str) -> None:
    """Take away what is left beside the files, then the journal."""
    left = [_temporary(real_path(root, entry.path)) for entry in journal.entries]
    for folder in dict.fromkeys([one.parent for one in left if disk.remove(one)]):
        disk.sync_folder(folder)
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


def _saved(root: Path, journal: Journal, name: str | None) -> bytes | None:
    try:
        return read_blob(Snapshot(root), name)
    except PatcherError as error:
        raise PatcherError(
            error.kind,
            f"an interrupted {journal.command} can't be finished: {error.message}",
            path=error.path,
            help=f"Nothing was changed. Restore {STATE_FOLDER} from a backup; or restore your files by your version "
            f"control, then delete {STATE_FOLDER}.",
        ) from error


def real_path(root: Path, path: str) -> Path:
    """Give the real file behind a path; a journal that came with the checkout must not reach what git runs.

    Raises:
        PatcherError: `refused`, when it leads out of the checkout or into git's own folder.
    """
    target = resolve_target(root, path)
    if any(part.lower() == ".git" for part in target.relative_to(root.resolve()).parts):
        raise PatcherError("refused", "the path leads into git's own folder", path=path, help="Nothing was changed.")
    return target


def digest_at(root: Path, path: str) -> str | None:
    """Give the hash of what a path holds now, None for no file.

    Raises:
        PatcherError: `refused`, when there is a folder, and as `real_path`.
    """
    try:
        return digest(real_path(root, path).read_bytes())
    except FileNotFoundError:
        return None
    except IsADirectoryError as error:
        raise PatcherError("refused", "there is a folder in the place of this file", path=path) from error
