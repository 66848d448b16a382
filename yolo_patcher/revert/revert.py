"""Plan the way back: the bytes that each file would have without a patch, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import FileChange, digest
from yolo_patcher.commit.patch_ids import whole_ids
from yolo_patcher.commit.state import (
    FileRecord,
    PatchRecord,
    State,
    StepRecord,
    read_blob,
    read_state,
    require_home,
)
from yolo_patcher.commit.transition import Transition, transition
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.merge.merge import Conflict, Merged
from yolo_patcher.revert.undo import undo

if TYPE_CHECKING:
    from yolo_patcher.revert.held import Adopted


Undone = Callable[[str, str, bytes | None, bytes | None, bytes | None], Merged]
"""Takes a step out of a file: of its path, the step's name, the file before and after it, and today's."""


@dataclass(frozen=True)
class RevertPlan:
    """What a revert does.

    Attributes:
        reverted: the patches that go, the last applied first.
        changes: every file that changes.
        state: what the checkout holds afterwards.
        keep: contents that this state names and that were not stored before.
        notes: what the user should know.
    """

    reverted: tuple[PatchRecord, ...]
    changes: tuple[FileChange, ...]
    state: State
    keep: tuple[bytes, ...]
    notes: tuple[str, ...] = ()

    def transition(self, snapshot: Snapshot) -> Transition:
        """Give what a commit of the plan writes."""
        return transition(snapshot, self.changes, self.state, self.keep)


def plan_revert(
    snapshot: Snapshot,
    ids: Sequence[str],
    everything: bool,
    *,
    anywhere: bool = False,
    adopted: Adopted | None = None,
    shared: Collection[str] = (),
    undone: Undone | None = None,
) -> RevertPlan:
    """Plan the revert of patches: those named, all, or the only one.

    Any patch of a stack may go: the later ones are kept as they would be had it never been applied. A class goes with
    the last patch that uses it. Edits made since are kept.

    Args:
        snapshot: the checkout.
        ids: the patches to revert.
        everything: revert all of them.
        anywhere: the state may be another checkout's, as after an upgrade.
        adopted: what the checkout holds with and without a record; None for the recorded patches alone.
        undone: how a step is taken out of a file; None for `undo`, which knows it by its bytes.
        shared: classes that go though patches that stay use them, for a patch that brings them anew.

    Raises:
        PatcherError: `usage`, when there is no such patch; `conflict`, when an edit stands where the patch did;
            `refused`, when the state is another checkout's.
    """
    state = read_state(snapshot) if adopted is None else adopted.state
    if adopted is not None and not anywhere:
        adopted.refuse_remains(ids, everything)
    chosen = _chosen(state.patches, ids, everything)
    if chosen and not anywhere:
        require_home(snapshot, state)
    remaining = tuple(one for one in state.patches if one not in chosen)
    needed = {key: one for one in reversed(remaining) for key in one.uses if key[1] not in shared}
    stack = _Stack(snapshot, state, adopted.known if adopted else {}, undone or _by_bytes)
    for number in reversed(range(len(state.steps))):
        if state.steps[number].key not in needed:
            stack.take_out(number, remaining)
    changes, steps, keep = stack.result()
    kept = {name: needed[kind, name].id for one in chosen for kind, name in one.uses if (kind, name) in needed}
    notes = [f"{name} stays, because {user} uses it." for name, user in sorted(kept.items())]
    notes += [note for one in chosen for note in (adopted.notes.get(one.id, ()) if adopted else ())]
    return RevertPlan(tuple(chosen), changes, replace(state, patches=remaining, steps=steps), keep, tuple(notes))


def without(checkout: Checkout, back: RevertPlan) -> Checkout:
    """Give the checkout as it is after a revert."""
    return checkout.changed({change.path: change.after for change in back.changes})


def _chosen(patches: Sequence[PatchRecord], ids: Sequence[str], everything: bool) -> list[PatchRecord]:
    """Give the patches to revert, the last applied first."""
    known = {one.id: one for one in patches}
    named = whole_ids(list(known), ids)
    if named and not everything:
        wanted = set(named)
    elif len(known) > 1 and not everything:
        raise PatcherError(
            "usage", f"the checkout holds {len(known)} patches", help=f"Name one, or --all: {', '.join(known)}."
        )
    else:
        wanted = set(known)
    return [one for one in reversed(patches) if one.id in wanted]


def _by_bytes(_: str, name: str, before: bytes | None, after: bytes | None, now: bytes | None) -> Merged:
    return undo(name, before, after, now)


class _Stack:
    """The steps of a checkout and its files of today, from which steps are taken out."""

    def __init__(self, snapshot: Snapshot, state: State, known: Mapping[str, bytes], undone: Undone) -> None:
        self.undone = undone
        self.snapshot = snapshot
        self.state = state
        self.steps: list[StepRecord | None] = list(state.steps)
        self.now: dict[str, bytes | None] = {}
        self.known = dict(known)

    def take_out(self, number: int, remaining: Sequence[PatchRecord]) -> None:
        """Take a step out of today's files, and out of what the steps after it are recorded to have found and left.

        Raises:
            PatcherError: `conflict`, when an edit stands where the step did, or a later step builds upon it.
        """
        step = self.steps[number]
        assert step is not None
        for file in step.files:
            before, after = self.content(file.before), self.content(file.after)
            for later, other in enumerate(self.steps[number + 1 :], number + 1):
                if other is not None:
                    self.steps[later] = self._rebased(step, other, file.path, before, after, remaining)
            now = self.now[file.path] if file.path in self.now else self.snapshot.read(file.path)
            undone = self.undone(file.path, step.name, before, after, now)
            if undone.conflicts:
                raise _conflict(step, file, now, undone.conflicts)
            self.now[file.path] = undone.content
        self.steps[number] = None

    def content(self, name: str | None) -> bytes | None:
        """Give the bytes of a hash, stored or just made."""
        return self.known[name] if name in self.known else read_blob(self.snapshot, name)

    def _rebased(
        self,
        step: StepRecord,
        other: StepRecord,
        path: str,
        before: bytes | None,
        after: bytes | None,
        remaining: Iterable[PatchRecord],
    ) -> StepRecord:
        """Give a later step's record as it would be without an earlier one."""
        files = []
        for file in other.files:
            if file.path == path:
                sides = [undo(step.name, before, after, self.content(name)) for name in (file.before, file.after)]
                if any(side.conflicts for side in sides):
                    user = next((one.id for one in remaining if other.key in one.uses), other.name)
                    raise PatcherError(
                        "conflict",
                        f"{user} changed the same lines after {step.name} came",
                        path=path,
                        help=f"Nothing was changed. Revert {user} first, or all: yolo-patcher revert --all.",
                    )
                file = FileRecord(path, *(self._keep(side.content) for side in sides))
            files.append(file)
        return replace(other, files=tuple(files))

    def _keep(self, content: bytes | None) -> str | None:
        name = digest(content)
        if name is not None and content is not None:
            self.known[name] = content
        return name

    def result(self) -> tuple[tuple[FileChange, ...], tuple[StepRecord, ...], tuple[bytes, ...]]:
        """Give the files that change, the steps that stay, and the contents that these name anew."""
        changes = tuple(
            FileChange(path, self.snapshot.read(path), content)
            for path, content in sorted(self.now.items())
            if self.snapshot.read(path) != content
        )
        steps = tuple(step for step in self.steps if step is not None)
        names = {name for step in steps for file in step.files for name in (file.before, file.after)}
        return changes, steps, tuple(content for name, content in self.known.items() if name in names)


def _conflict(step: StepRecord, file: FileRecord, now: bytes | None, conflicts: Sequence[Conflict]) -> PatcherError:
    if now is None:
        message, text = f"the file is missing, and {step.name} was only a part of it", ""
        remedy = "Restore the file, from your version control for instance, then revert again."
    elif file.before is None:
        message, text = f"the file was edited since it was created for {step.name}", ""
        remedy = "Move it away if you want to keep your edits, or delete it; then revert again."
    else:
        message = f"the file was edited where {step.name} stands"
        text = "".join(one.text(file.path) for one in conflicts)
        remedy = "Undo your edits of these lines, or delete them with the rest of the insertion; then revert again."
    line = conflicts[0].line if text else None
    return PatcherError(
        "conflict", message, path=file.path, line=line, help=f"Nothing was changed. {remedy}\n{text}".rstrip()
    )
