"""What a commit is about to do, as it stands on the disk: enough to finish it, or to take it back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from yolo_patcher.checkout.snapshot import STATE_FOLDER, relative_path
from yolo_patcher.errors import PatcherError

JOURNAL_PATH = f"{STATE_FOLDER}/journal.json"
ROLLBACK_PATH = f"{STATE_FOLDER}/rollback.json"
# Who may read a file of the user's is the file's business, so nobody else reads what is kept of it.
PRIVATE = 0o600
_SCHEMA = 1
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One file: the hashes of its bytes before and after, None for no file, and how it is to be put back.

    Attributes:
        path: where, relative to the checkout.
        before: the hash of what is replaced.
        after: the hash of what replaces it.
        mode: the permissions of the file, old or new.
        owner: user and group; None for our own.
    """

    path: str
    before: str | None
    after: str | None
    mode: int
    owner: tuple[int, int] | None


@dataclass(frozen=True)
class Journal:
    """A commit: the command that makes it, and its files in the order in which they are written."""

    command: str
    entries: tuple[Entry, ...]

    def reverse(self) -> Journal:
        """Give the way back."""
        back = tuple(replace(one, before=one.after, after=one.before) for one in reversed(self.entries))
        return replace(self, entries=back)


def to_bytes(journal: Journal) -> bytes:
    """Give the content of the journal's file."""
    files = [
        {"path": one.path, "before": one.before, "after": one.after, "mode": one.mode, "owner": one.owner}
        for one in journal.entries
    ]
    return (json.dumps({"schema": _SCHEMA, "command": journal.command, "files": files}, indent=1) + "\n").encode()


def from_bytes(content: bytes, path: str) -> Journal:
    """Read the journal's file.

    Raises:
        PatcherError: `refused`, when it is not one that this version wrote.
    """
    try:
        document = json.loads(content)
        if document["schema"] != _SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        return Journal(str(document["command"]), tuple(_entry(one) for one in document["files"]))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, PatcherError) as error:
        raise PatcherError(
            "refused",
            f"the journal of an interrupted commit can't be read: {error}",
            path=path,
            help="Nothing was changed. Finish it with the yolo-patcher that began it. If the file is damaged, restore "
            f"your files by your version control or from a backup, then delete {STATE_FOLDER}.",
        ) from error


def _entry(one: dict[str, Any]) -> Entry:
    owner = None if one["owner"] is None else (int(one["owner"][0]), int(one["owner"][1]))
    path, mode = str(relative_path(one["path"])), int(one["mode"])
    if "\0" in path or not 0 <= mode <= 0o7777:
        raise ValueError(f"{path!r} with mode {mode:o}")
    return Entry(path, _hash(one["before"]), _hash(one["after"]), mode, owner)


def _hash(value: Any) -> str | None:
    if value is not None and not _HASH.fullmatch(value):
        raise ValueError(f"{value!r} is no hash")
    return value  # type: ignore[no-any-return]
