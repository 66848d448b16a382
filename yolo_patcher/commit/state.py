"""What `.yolo-patcher/state.json` says: the patches that a checkout holds, and the steps that they consist of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yolo_patcher import __version__
from yolo_patcher.checkout.marker import marked
from yolo_patcher.checkout.snapshot import STATE_FOLDER, Snapshot, relative_path
from yolo_patcher.commit.patch import Asked, FileChange, Patch, StandIn, Step, digest
from yolo_patcher.errors import PatcherError, shown

STATE_PATH = f"{STATE_FOLDER}/state.json"
_SCHEMA = 2
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class FileRecord:
    """A file that a step changed: the hashes of its bytes before and after, None for no file."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class StepRecord:
    """A step that was committed; `kind` and `name` as in `Step`."""

    kind: str
    name: str
    files: tuple[FileRecord, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What patches name the step by."""
        return self.kind, self.name


@dataclass(frozen=True)
class PatchRecord:
    """A patch that was committed.

    Attributes:
        patch: the patch.
        asked: what was asked for, so that it can be planned again.
        tool: the version of yolo-patcher.
        parameters: the parameters of each row of the patched model at the patch's scale; empty until it was verified.
        skipped: the checks that were left out by request when it was verified.
    """

    patch: Patch
    asked: tuple[Asked, ...]
    tool: str = __version__
    parameters: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The patch's name."""
        return self.patch.id

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """The hyper-parameters of each of its recipes."""
        return {one.recipe: dict(one.settings) for one in self.asked}

    @property
    def uses(self) -> frozenset[tuple[str, str]]:
        """The keys of the steps that the patch needs: its model and its classes."""
        stand_ins = (one.class_name for one in self.patch.stand_ins)
        classes = {("class", name) for name in (*self.patch.classes.values(), *stand_ins)}
        return frozenset({("model", self.patch.model), *classes})


@dataclass(frozen=True)
class State:
    """The patches of a checkout and their steps, each in the order in which they were applied.

    Attributes:
        patches: the patches.
        steps: the steps of all patches; a class that several patches use is here once.
        home: what tells this checkout's folder from another on this machine; "" when nothing was committed yet.
    """

    patches: tuple[PatchRecord, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    home: str = ""

    @property
    def contents(self) -> frozenset[str]:
        """The hashes of the contents that its steps name: what the way back needs."""
        names = {name for step in self.steps for file in step.files for name in (file.before, file.after)}
        return frozenset(name for name in names if name is not None)

    def find(self, patch_id: str) -> PatchRecord | None:
        """Give the patch of an id."""
        return next((one for one in self.patches if one.id == patch_id), None)

    def steps_of(self, patch: PatchRecord) -> tuple[StepRecord, ...]:
        """Give the steps that a patch needs."""
        return tuple(step for step in self.steps if step.key in patch.uses)

    def with_patch(self, patch: PatchRecord, steps: Iterable[Step]) -> State:
        """Give the state after another patch; one of the same id is replaced."""
        base = next((one for one in self.patches if one.patch.model == patch.patch.base), None)
        if base is not None:
            # The new model has the rows of its base, so it needs their classes as well.
            classes = {**base.patch.classes, **patch.patch.classes}
            own = {one.class_name for one in patch.patch.stand_ins}
            more = (replace(one, rows=()) for one in base.patch.stand_ins if one.class_name not in own)
            stand_ins = (*patch.patch.stand_ins, *more)
            patch = replace(patch, patch=replace(patch.patch, classes=classes, stand_ins=stand_ins))
        # In its old place: patches made on top of its model come behind it.
        patches = tuple(patch if one.id == patch.id else one for one in self.patches)
        patches = patches if patch in patches else (*patches, patch)
        return replace(self, patches=patches, steps=(*self.steps, *map(step_record, steps)))


def step_record(step: Step) -> StepRecord:
    """Make the record of a step."""
    files = tuple(FileRecord(one.path, digest(one.before), digest(one.after)) for one in step.changes)
    return StepRecord(step.kind, step.name, files)


def blob_path(name: str) -> str:
    """Give the path of the blob with a hash."""
    return f"{STATE_FOLDER}/blobs/{name}"


def read_blob(snapshot: Snapshot, name: str | None) -> bytes | None:
    """Give the bytes that were saved under a hash; None for no file.

    Raises:
        PatcherError: `refused`, when they are missing or damaged.
    """
    if name is None:
        return None
    content = snapshot.read(blob_path(name))
    if content is None or digest(content) != name:
        raise PatcherError(
            "refused", "the saved original is missing or damaged", path=blob_path(name), help="Nothing was changed."
        )
    return content


def read_state(snapshot: Snapshot) -> State:
    """Read what a checkout holds.

    Raises:
        PatcherError: `refused`, when the state is damaged or of another version of yolo-patcher.
    """
    return parse_state(snapshot.read(STATE_PATH))


def parse_state(content: bytes | None) -> State:
    """Read what the state's file says; nothing where there is none.

    Raises:
        PatcherError: as `read_state`.
    """
    if content is None:
        return State()
    try:
        document = json.loads(content)
        if document["schema"] != _SCHEMA:
            raise PatcherError(
                "refused",
                f"the state is of schema {shown(document['schema'])}, which this yolo-patcher does not know",
                path=STATE_PATH,
                help="Use the yolo-patcher that wrote it.",
            )
        return State(
            tuple(_patch(entry) for entry in document["patches"]),
            tuple(_step(entry) for entry in document["steps"]),
            str(document["home"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PatcherError(
            "refused",
            f"the state is damaged: {str(error)[:200]}",
            path=STATE_PATH,
            help="Nothing was changed. Restore the folder .yolo-patcher from a backup.",
        ) from error


def _patch(entry: Mapping[str, Any]) -> PatchRecord:
    patch = Patch(
        id=_text(entry["id"]),
        recipes=tuple(map(_text, entry["recipes"])),
        positions=tuple(map(_text, entry["positions"])),
        rows=tuple(map(_count, entry["rows"])),
        base=_inside(entry["base"]),
        model=_inside(entry["model"]),
        load=_text(entry["load"]),
        scale=_text(entry["scale"]),
        classes={_text(recipe): _text(name) for recipe, name in entry["classes"].items()},
        stand_ins=tuple(map(_stand_in, entry.get("stand_ins", ()))),
    )
    asked = tuple(Asked.from_json(one) for one in entry["asked"])
    parameters, skipped = map(_count, entry["parameters"]), map(_text, entry.get("skipped", ()))
    return PatchRecord(patch, asked, _text(entry["tool"]), tuple(parameters), tuple(skipped))


def _stand_in(entry: Mapping[str, Any]) -> StandIn:
    return StandIn(
        class_name=_text(entry["class"]),
        base=_text(entry["base"]),
        place=_text(entry["place"]),
        recipes=tuple(map(_text, entry["recipes"])),
        rows=tuple(map(_count, entry["rows"])),
        other_channels=entry["other_channels"] is True,
    )


def _step(entry: Mapping[str, Any]) -> StepRecord:
    files = tuple(FileRecord(_inside(one["path"]), _hash(one["before"]), _hash(one["after"])) for one in entry["files"])
    return StepRecord(_text(entry["kind"]), _text(entry["name"]), files)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"{shown(value)} is no text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{shown(value)} is no count")
    return value


def _hash(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _HASH.fullmatch(value)):
        return value
    raise ValueError(f"{shown(value)} is no hash")


def _inside(path: str) -> str:
    try:
        return str(relative_path(path))
    except PatcherError as error:
        raise ValueError(error.message) from error


def state_change(snapshot: Snapshot, state: State) -> FileChange:
    """Give the change of the state file; where no patch is left, there is none."""
    return FileChange(STATE_PATH, snapshot.read(STATE_PATH), _bytes(state) if state.patches else None)


def _bytes(state: State) -> bytes:
    document = {
        "schema": _SCHEMA,
        "home": state.home,
        "patches": [_patch_json(one) for one in state.patches],
        "steps": [_step_json(one) for one in state.steps],
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _patch_json(one: PatchRecord) -> dict[str, object]:
    return {
        **one.patch.as_json(),
        "recipes": list(one.patch.recipes),
        "asked": [each.as_json() for each in one.asked],
        "tool": one.tool,
        "parameters": list(one.parameters),
        **({"skipped": list(one.skipped)} if one.skipped else {}),
    }


def _step_json(one: StepRecord) -> dict[str, object]:
    files: Sequence[object] = [{"path": file.path, "before": file.before, "after": file.after} for file in one.files]
    return {"kind": one.kind, "name": one.name, "files": files}


def holds(snapshot: Snapshot) -> State:
    """Read what a checkout holds, for a command that goes on from there.

    Raises:
        PatcherError: `refused`, when the state is damaged, or another checkout's.
    """
    state = read_state(snapshot)
    require_home(snapshot, state)
    return state


def require_home(snapshot: Snapshot, state: State) -> None:
    """Check that the state was written for this checkout, which may have been moved or copied as a whole since.

    What tells is in the files, for it goes wherever they go: a mark in the state's own folder would go along too when
    that folder alone is copied.

    Raises:
        PatcherError: `refused`, when the folder is another one, and no file in it is as any patch left it or bears a
            marker of one.
    """
    if not state.patches or state.home in ("", home_of(snapshot.root)):
        return
    files = [file for step in state.steps for file in step.files]
    # A created file may be the same in many checkouts; one that was there before tells more.
    telling = [file for file in files if file.before is not None] or files
    if any(digest(snapshot.read(file.path)) == file.after for file in telling):
        return
    if any(_bears_marker(snapshot, file) for file in telling):
        return
    raise PatcherError(
        "refused",
        "this state was written for another checkout: nothing that its patches left is here",
        path=STATE_FOLDER,
        help="Nothing was changed. `yolo-patcher reapply` puts its patches on this checkout; otherwise move the folder "
        "away.",
    )


def _bears_marker(snapshot: Snapshot, file: FileRecord) -> bool:
    """Tell whether a file that was edited since still bears a marker that the patch put there."""
    try:
        before, after = (read_blob(snapshot, name) or b"" for name in (file.before, file.after))
    except PatcherError:
        return False
    return bool((marked(after) - marked(before)) & marked(snapshot.read(file.path) or b""))


def home_of(root: Path) -> str:
    """Give what tells a checkout's folder from others on its disk: it stays when the folder is moved or renamed there.

    Where every file was put back by other means nothing else tells whose the state is.
    """
    return str(root.stat().st_ino)
