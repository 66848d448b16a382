"""Which rows of a model YAML yolo-patcher inserted or changed: by the checkout's state, or else by its header."""

from __future__ import annotations

from collections.abc import Collection

from yolo_patcher.checkout.marker import read_header
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.state import PatchRecord, read_state
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml


def inserted_rows(snapshot: Snapshot, model: ModelYaml, catalogue: Collection[str]) -> frozenset[int]:
    """Give the rows that a patch inserted or gave another class; none for a model that is not ours.

    Args:
        snapshot: the checkout, whose state may name the model.
        model: the model.
        catalogue: the classes that count as ours where no state names the model but its first line does.
    """
    record = record_of(snapshot, model.path)
    if record is not None:
        patch = record.patch
        classes, rows = patch.recipes_of_classes, {*patch.rows, *patch.changed_rows}
        return frozenset(row.index for row in model.rows if row.index in rows and row.module in classes)
    if read_header(model.source.encode()):
        return frozenset(row.index for row in model.rows if row.module in catalogue)
    return frozenset()


def record_of(snapshot: Snapshot, path: str) -> PatchRecord | None:
    """Give the patch that brought a model YAML, None when none did."""
    # A damaged state is for `status` to report; it must not keep anyone from looking at a model.
    try:
        patches = read_state(snapshot).patches
    except PatcherError:
        return None
    return next((one for one in patches if one.patch.model == path), None)
