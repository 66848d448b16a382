"""Plan the way back: the bytes that each file had before, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yolo_patcher.checkout import Snapshot
from yolo_patcher.errors import PatcherError
from yolo_patcher.patch import FileChange, digest
from yolo_patcher.state import FileRecord, PatchRecord, blob_path, read_state


@dataclass(frozen=True)
class RevertPlan:
    """What a revert does.

    Attributes:
        reverted: the patches that go, the last applied first.
        remaining: the patches that stay.
        changes: every file that changes.
        notes: what the user should know.
    """

    reverted: tuple[PatchRecord, ...]
    remaining: tuple[PatchRecord, ...]
    changes: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()


def plan_revert(snapshot: Snapshot, ids: Sequence[str], everything: bool) -> RevertPlan:
    """Plan the revert of patches: those named, all, or the one that was applied last.

    Raises:
        PatcherError: `usage`, when there is no such patch; `refused` or `conflict`, when a file is not what the patch
            left, or another patch changed it afterwards.
    """
    patches = list(read_state(snapshot))
    chosen = _chosen(patches, ids, everything)
    contents: dict[str, bytes | None] = {}
    notes: list[str] = []
    for one in chosen:
        patches.remove(one)
        heir = next(
            (other for other in patches if set(other.patch.classes.values()) & set(one.patch.classes.values())), None
        )
        files = one.files
        if heir is not None:
            shared = tuple(file for file in files if file.path != one.patch.model)
            patches[patches.index(heir)] = replace(heir, files=(*shared, *heir.files))
            files = tuple(file for file in files if file.path == one.patch.model)
            kept = sorted(set(one.patch.classes.values()))
            notes.append(f"{', '.join(kept)} stays, because {heir.id} uses it.")
        for file in files:
            contents[file.path] = _restored(snapshot, one, file, contents, patches)
    changes = tuple(
        FileChange(path, snapshot.read(path), content)
        for path, content in sorted(contents.items())
        if snapshot.read(path) != content
    )
    return RevertPlan(tuple(chosen), tuple(patches), changes, tuple(notes))


def _chosen(patches: Sequence[PatchRecord], ids: Sequence[str], everything: bool) -> list[PatchRecord]:
    """Give the patches to revert, the last applied first."""
    known = {one.id: one for one in patches}
    unknown = [one for one in ids if one not in known]
    if unknown:
        held = f"It holds {', '.join(known)}." if known else "It holds none."
        raise PatcherError("usage", f"the checkout holds no patch {', '.join(unknown)}", help=held)
    if everything:
        wanted = set(known)
    elif ids:
        wanted = set(ids)
    elif len(known) > 1:
        raise PatcherError(
            "usage", f"the checkout holds {len(known)} patches", help=f"Name one, or --all: {', '.join(known)}."
        )
    else:
        wanted = set(known)
    return [one for one in reversed(patches) if one.id in wanted]


def _restored(
    snapshot: Snapshot,
    one: PatchRecord,
    file: FileRecord,
    contents: dict[str, bytes | None],
    remaining: Sequence[PatchRecord],
) -> bytes | None:
    """Give a file's content without a patch."""
    current = contents[file.path] if file.path in contents else snapshot.read(file.path)
    found = digest(current)
    if found == file.before:
        return current
    if found == file.after:
        return _blob(snapshot, file.before)
    later = [other.id for other in remaining if file.path in {changed.path for changed in other.files}]
    if later:
        raise PatcherError(
            "refused",
            f"{later[-1]} changed this file after {one.id}",
            path=file.path,
            help=f"Nothing was changed. Revert {later[-1]} first, or all: yolo-patcher revert --all.",
        )
    state = "is missing" if current is None else "was edited"
    raise PatcherError(
        "conflict",
        f"the file {state} since {one.id} was applied",
        path=file.path,
        help=f"Nothing was changed. Undo your edits of this file; `yolo-patcher status` shows what {one.id} left.",
    )


def _blob(snapshot: Snapshot, name: str | None) -> bytes | None:
    if name is None:
        return None
    content = snapshot.read(blob_path(name))
    if content is None or digest(content) != name:
        raise PatcherError(
            "refused", "the saved original is missing or damaged", path=blob_path(name), help="Nothing was changed."
        )
    return content
