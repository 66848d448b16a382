"""What `.yolo-patcher/state.json` says: which patches a checkout holds, and the hashes of every file they changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yolo_patcher import __version__
from yolo_patcher.checkout import STATE_FOLDER, Snapshot, relative_path
from yolo_patcher.errors import PatcherError
from yolo_patcher.patch import FileChange, Patch, digest

STATE_PATH = f"{STATE_FOLDER}/state.json"
_SCHEMA = 1


@dataclass(frozen=True)
class FileRecord:
    """A file that a patch changed: the hashes of its bytes before and after, None for no file."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class PatchRecord:
    """A patch that was committed."""

    patch: Patch
    files: tuple[FileRecord, ...]
    tool: str

    @property
    def id(self) -> str:
        """The patch's name."""
        return self.patch.id

    def as_json(self) -> dict[str, object]:
        """Give the record as it is stored."""
        files = [{"path": one.path, "before": one.before, "after": one.after} for one in self.files]
        return {**self.patch.as_json(), "recipes": list(self.patch.recipes), "files": files, "tool": self.tool}


def blob_path(name: str) -> str:
    """Give the path of the blob with a hash."""
    return f"{STATE_FOLDER}/blobs/{name}"


def record(patch: Patch, changes: Sequence[FileChange]) -> PatchRecord:
    """Make the record of a patch from its changes."""
    files = tuple(FileRecord(one.path, digest(one.before), digest(one.after)) for one in changes)
    return PatchRecord(patch, files, __version__)


def read_state(snapshot: Snapshot) -> tuple[PatchRecord, ...]:
    """Read the patches that a checkout holds, in the order in which they were applied.

    Raises:
        PatcherError: `refused`, when the state is damaged or of a newer yolo-patcher.
    """
    content = snapshot.read(STATE_PATH)
    if content is None:
        return ()
    try:
        document = json.loads(content)
        if document["schema"] != _SCHEMA:
            raise PatcherError(
                "refused",
                f"the state is of schema {document['schema']}, which this yolo-patcher does not know",
                path=STATE_PATH,
                help="Use the newer yolo-patcher that wrote it.",
            )
        return tuple(_record(entry) for entry in document["patches"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PatcherError(
            "refused",
            f"the state is damaged: {error}",
            path=STATE_PATH,
            help="Nothing was changed. Restore the folder .yolo-patcher from a backup.",
        ) from error


def _record(entry: Mapping[str, Any]) -> PatchRecord:
    patch = Patch(
        id=str(entry["id"]),
        recipes=tuple(entry["recipes"]),
        positions=tuple(entry["positions"]),
        rows=tuple(entry["rows"]),
        base=entry["base"],
        model=entry["model"],
        load=entry["load"],
        scale=entry["scale"],
        classes=dict(entry["classes"]),
    )
    files = tuple(FileRecord(_inside(one["path"]), one["before"], one["after"]) for one in entry["files"])
    return PatchRecord(patch, files, str(entry["tool"]))


def _inside(path: str) -> str:
    try:
        return str(relative_path(path))
    except PatcherError as error:
        raise ValueError(error.message) from error


def state_bytes(patches: Sequence[PatchRecord]) -> bytes:
    """Give the content of the state file."""
    document = {"schema": _SCHEMA, "patches": [one.as_json() for one in patches]}
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
