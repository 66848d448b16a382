"""Tell, for each patch and file, whether it is as the patch left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yolo_patcher.checkout import Snapshot
from yolo_patcher.patch import digest
from yolo_patcher.state import PatchRecord, read_state


@dataclass(frozen=True)
class FileStatus:
    """A file of a patch: `intact`, `edited`, `missing` or `reverted`."""

    path: str
    state: str


@dataclass(frozen=True)
class PatchStatus:
    """A patch and its files."""

    record: PatchRecord
    files: tuple[FileStatus, ...]

    @property
    def state(self) -> str:
        """`intact` when all files are, `reverted` when none is left, else the first thing that is wrong."""
        states = [file.state for file in self.files]
        return next((state for state in ("edited", "missing") if state in states), _all_or(states))

    def as_json(self) -> dict[str, object]:
        """Give the status for the JSON output."""
        files = [{"path": file.path, "state": file.state} for file in self.files]
        return {**self.record.patch.as_json(), "state": self.state, "files": files}


def _all_or(states: Sequence[str]) -> str:
    if "reverted" in states and "intact" in states:
        return "missing"
    return "reverted" if "reverted" in states else "intact"


def patch_statuses(snapshot: Snapshot) -> tuple[PatchStatus, ...]:
    """Give the status of every patch that the checkout's state names, in the order in which they were applied."""
    patches = read_state(snapshot)
    return tuple(
        PatchStatus(
            one, tuple(FileStatus(file.path, _state(snapshot, patches, number, file.path)) for file in one.files)
        )
        for number, one in enumerate(patches)
    )


def _state(snapshot: Snapshot, patches: Sequence[PatchRecord], number: int, path: str) -> str:
    """Find where in the path's history of hashes its content is today."""
    found = digest(snapshot.read(path))
    history = [(index, file) for index, one in enumerate(patches) for file in one.files if file.path == path]
    for index, file in reversed(history):
        if found == file.after:
            return "intact" if index >= number else "reverted"
    if found == history[0][1].before:
        return "reverted"
    return "missing" if found is None else "edited"
