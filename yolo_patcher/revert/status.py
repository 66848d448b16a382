"""Tell, for each patch and file, whether it is as the patch left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import PatchRecord, State, StepRecord, read_blob, read_state
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.absent import is_absent

if TYPE_CHECKING:
    from yolo_patcher.revert.held import Adopted

# From what needs the user most to what needs them least.
_ORDER = ("edited", "missing", "reverted", "intact")


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
    recorded: bool = True

    @property
    def state(self) -> str:
        """`unrecorded`; or `intact` when all files are, `reverted` when none is left, else the first that is wrong."""
        if not self.recorded:
            return "unrecorded"
        states = {file.state for file in self.files}
        if states == {"reverted"}:
            return "reverted"
        return next(
            (state for state in ("edited", "missing") if state in states), "missing" if len(states) > 1 else "intact"
        )

    def as_json(self) -> dict[str, object]:
        """Give the status for the JSON output."""
        files = [{"path": file.path, "state": file.state} for file in self.files]
        patch = self.record.patch
        # The record names the classes of the base's rows as well.
        classes = {recipe: name for recipe, name in patch.classes.items() if recipe in patch.recipes}
        return {
            **patch.as_json(),
            "classes": classes,
            "settings": self.record.settings,
            "skipped": list(self.record.skipped),
            "state": self.state,
            "files": files,
        }


def patch_statuses(snapshot: Snapshot, adopted: Adopted | None = None) -> tuple[PatchStatus, ...]:
    """Give the status of every patch that the checkout's state names, in the order in which they were applied.

    Args:
        snapshot: the checkout.
        adopted: what the checkout holds with and without a record; those without one come last.
    """
    state, unrecorded = (adopted.state, adopted.proven) if adopted else (read_state(snapshot), ())
    found = (PatchStatus(one, _files(snapshot, state, one), one.id not in unrecorded) for one in state.patches)
    return tuple(sorted(found, key=lambda one: not one.recorded))


def broken_classes(snapshot: Snapshot, state: State, patch: PatchRecord) -> frozenset[str]:
    """Give the classes of a patch that are not in the checkout any more, or not whole."""
    return frozenset(
        step.name
        for number, step in enumerate(state.steps)
        if step.kind == "class" and step.key in patch.uses
        if any(_state(snapshot, state.steps, number, file.path) in ("reverted", "missing") for file in step.files)
    )


def _files(snapshot: Snapshot, state: State, patch: PatchRecord) -> tuple[FileStatus, ...]:
    found: dict[str, set[str]] = {}
    for number, step in enumerate(state.steps):
        if step.key in patch.uses:
            for file in step.files:
                found.setdefault(file.path, set()).add(_state(snapshot, state.steps, number, file.path))
    return tuple(
        FileStatus(path, next(state for state in _ORDER if state in states)) for path, states in sorted(found.items())
    )


def _state(snapshot: Snapshot, steps: Sequence[StepRecord], number: int, path: str) -> str:
    """Find where in the path's history of hashes its content is today."""
    now = snapshot.read(path)
    found = digest(now)
    history = [(index, file) for index, one in enumerate(steps) for file in one.files if file.path == path]
    for index, file in reversed(history):
        if found == file.after:
            return "intact" if index >= number else "reverted"
    if found == history[0][1].before:
        return "reverted"
    if now is None:
        return "missing"
    own = next(file for index, file in history if index == number)
    try:
        before, after = read_blob(snapshot, own.before), read_blob(snapshot, own.after)
    except PatcherError:
        return "edited"
    return "reverted" if is_absent(steps[number].name, before, after, now) else "edited"
