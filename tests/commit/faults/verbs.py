"""What changes a checkout, each prepared up to its commit: a folder as it is before, the commit, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from image import Image, restore, take
from oracle import check_own_folder
from shim import recorded
from synthetic import apply, commit_plan, planned_on, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.state import read_state
from yolo_patcher.commit.transition import transition
from yolo_patcher.commit.writer import commit
from yolo_patcher.plan.planned import changes_to, way_to
from yolo_patcher.revert.export import export_change
from yolo_patcher.revert.reapply import plan_reapply
from yolo_patcher.revert.revert import plan_revert

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
Work = Callable[[], object]


@dataclass(frozen=True)
class Verb:
    """A commit on a folder: `run` leads from `before` to `after` by the operations that `calls` names."""

    root: Path
    run: Work
    before: Image
    after: Image
    calls: tuple[str, ...]

    def again(self) -> None:
        """Put the folder back."""
        restore(self.root, self.before)


def verb(name: str, root: Path) -> Verb:
    """Prepare one of `VERBS` in a new folder, which is left as it is before."""
    root.mkdir()
    root = root.resolve()
    run = VERBS[name](root)
    before = take(root)
    calls = recorded(run).calls
    after = take(root)
    check_own_folder(root, after, name)
    assert all(after[path][0] == mode for path, (mode, _) in before.items() if path in after), "a mode was lost"
    restore(root, before)
    return Verb(root, run, before, after, tuple(calls))


def _uncommon(root: Path) -> Path:
    """Write a checkout with a symbolic link and with modes that a new file would not have."""
    write_checkout(root)
    (root / "shared").mkdir()
    (root / TASKS).rename(root / "shared/tasks.py")
    (root / TASKS).symlink_to("../../shared/tasks.py")
    (root / "shared/tasks.py").chmod(0o755)
    (root / INIT).chmod(0o666)
    return root


def _apply(root: Path) -> Work:
    planned = planned_on(_uncommon(root))
    return lambda: commit_plan(planned)


def _apply_yolov5(root: Path) -> Work:
    planned = planned_on(write_checkout(root, "yolov5-list"), "sae@head", "gam@backbone")
    return lambda: commit_plan(planned)


def _apply_second(root: Path) -> Work:
    apply(_uncommon(root))
    planned = planned_on(root, "sae@backbone")
    return lambda: commit_plan(planned)


def _stack(root: Path) -> list[str]:
    _uncommon(root)
    return [apply(root, recipe).patch.id for recipe in ("se", "sae@backbone", "gam@neck")]


def _revert(root: Path, *ids: str, everything: bool = False) -> Work:
    snapshot = open_checkout(root).snapshot
    planned = plan_revert(snapshot, ids, everything).transition(snapshot)
    return lambda: commit(root, planned, "revert")


def _revert_only(root: Path) -> Work:
    apply(_uncommon(root))
    return _revert(root)


def _reapply(root: Path) -> Work:
    pristine = take(_uncommon(root))
    _stack(_emptied(root))
    ours = {path: one for path, one in take(root).items() if path.startswith(".yolo-patcher")}
    restore(root, {**pristine, **ours})
    checkout = open_checkout(root)
    planned = plan_reapply(checkout, ()).planned
    wanted = way_to(checkout.snapshot, changes_to(checkout.snapshot, planned[-1].after()), planned)
    return lambda: commit(root, wanted, "reapply")


def _emptied(root: Path) -> Path:
    restore(root, {})
    return root


def _export(root: Path) -> Work:
    apply(_uncommon(root))
    snapshot = open_checkout(root).snapshot
    state = read_state(snapshot)
    wanted = transition(snapshot, [export_change(snapshot, state.patches)], state)
    return lambda: commit(root, wanted, "status --export")


VERBS: dict[str, Callable[[Path], Work]] = {
    "apply": _apply,
    "apply to yolov5": _apply_yolov5,
    "apply a second": _apply_second,
    "revert the only": _revert_only,
    "revert the last": lambda root: _revert(root, _stack(root)[-1]),
    "revert the middle": lambda root: _revert(root, _stack(root)[1]),
    "revert all": lambda root: (_stack(root), _revert(root, everything=True))[1],
    "reapply": _reapply,
    "export": _export,
}
