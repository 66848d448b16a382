"""What must hold of a checkout whatever happened to a command: it is as before or as after, with nothing left over."""

from __future__ import annotations

from pathlib import Path

from image import Image, inside, outside, take
from shim import installed

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import read_state
from yolo_patcher.commit.writer import recover


def check_settled(root: Path, before: Image, after: Image, case: object = "") -> str:
    """Recover a checkout as any command does first, check all of it, and tell whether it is `before` or `after`."""
    with installed():
        recover(root)
    found = take(root)
    which = side(found, before, after, case)
    check_own_folder(root, found, case)
    assert recover(root) == "", f"{case}: recovery is not done after recovery"
    assert take(root) == found, f"{case}: a second recovery changes the checkout"
    return which


def side(found: Image, before: Image, after: Image, case: object = "") -> str:
    """Tell which of two a checkout is, in its files and in its state at once."""
    for which, wanted in (("before", before), ("after", after)):
        if outside(found) == outside(wanted) and _state(found) == _state(wanted):
            return which
    different = {path for path in {*found, *before} if found.get(path) != before.get(path)}
    raise AssertionError(f"{case}: neither before nor after; from before differ {sorted(different)}")


def _state(image: Image) -> tuple[int, bytes] | None:
    return image.get(".yolo-patcher/state.json")


def check_own_folder(root: Path, found: Image, case: object = "") -> None:
    """Check that the tool's folder holds the state, the contents that it names, and nothing else."""
    steps = read_state(open_checkout(root).snapshot).steps
    needed = {name for step in steps for file in step.files for name in (file.before, file.after) if name is not None}
    wanted = {f"blobs/{name}" for name in needed} | ({"state.json"} if steps else set())
    ours = inside(found)
    assert set(ours) == wanted, f"{case}: left {sorted(set(ours) - wanted)}, missing {sorted(wanted - set(ours))}"
    for name in needed:
        assert digest(ours[f"blobs/{name}"][1]) == name, f"{case}: a damaged content"
