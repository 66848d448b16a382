from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from refusing import check_refused
from synthetic import after, apply, commit_plan, planned_on, revert, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.access import check_access
from yolo_patcher.commit.patch import FileChange, digest
from yolo_patcher.commit.state import FileRecord, State, StepRecord, read_state
from yolo_patcher.commit.transition import transition
from yolo_patcher.commit.writer import commit
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import Planned
from yolo_patcher.revert.revert import plan_revert

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
SE = "ultralytics/nn/modules/se.py"


@dataclass
class Action:
    """One commit to try: `run` does it, on a checkout in the state `before`."""

    root: Path
    run: Callable[[], object]


def applying(root: Path) -> Action:
    planned = planned_on(write_checkout(root))
    return Action(root, lambda: commit_plan(planned))


def applying_second(root: Path) -> Action:
    apply(write_checkout(root))
    planned = planned_on(root, "sae@backbone")
    return Action(root, lambda: commit_plan(planned))


def reverting(root: Path) -> Action:
    apply(write_checkout(root))
    snapshot = open_checkout(root).snapshot
    planned = plan_revert(snapshot, [], False).transition(snapshot)
    return Action(root, lambda: commit(root, planned, "revert"))


ACTIONS = {"apply": applying, "apply a second": applying_second, "revert": reverting}


def check_no_temporaries(root: Path) -> None:
    assert [path for path in tree(root, with_state=True) if "yolo-patcher-new" in path or path.endswith(".tmp")] == []


def state_of(root: Path) -> list[str]:
    return [one.id for one in read_state(open_checkout(root).snapshot).patches]


def check_not_committed(root: Path, planned: Planned, kind: str, part: str, path: Any = ANY) -> PatcherError:
    return check_refused(lambda: commit_plan(planned), kind, part, path=path, root=root)


@pytest.mark.parametrize("name", ACTIONS)
def test_all_is_written(tmp_path: Path, name: str) -> None:
    action = ACTIONS[name](tmp_path / "a")
    before = tree(action.root)
    action.run()
    assert tree(action.root) != before
    check_no_temporaries(action.root)


def test_what_is_written_is_the_plan(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    planned = planned_on(root)
    expected = after(root, planned.plan)
    apply(root)
    assert {path: content for path, (_, content) in tree(root).items()} == expected
    assert (root / ".yolo-patcher/.gitignore").read_bytes() == b"*\n"
    assert state_of(root) == [planned.plan.patch.id]


def test_a_state_that_names_what_nobody_has_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    planned = planned_on(root)
    lost = replace(planned.state, steps=(StepRecord("class", "Gone", (FileRecord("a.py", None, "0" * 64),)),))
    error = check_refused(lambda: commit_plan(replace(planned, state=lost)), "internal", "names 0000", root=root)
    assert error.code == 70
    assert not (root / ".yolo-patcher").exists()


def test_a_state_may_name_what_was_lost_before(tmp_path: Path) -> None:
    first = apply(write_checkout(tmp_path)).patch
    second = apply(tmp_path, "sae@backbone").patch.id
    (tmp_path / ".yolo-patcher/blobs" / (digest((tmp_path / first.model).read_bytes()) or "")).unlink()
    assert revert(tmp_path, second) == (second,)


@pytest.mark.parametrize("path", [TASKS, INIT])
def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path, path: str) -> None:
    planned = planned_on(write_checkout(tmp_path))
    with (tmp_path / path).open("a") as file:
        file.write("# mine\n")
    check_not_committed(tmp_path, planned, "refused", "changed while", path)


def test_a_file_that_went_meanwhile_is_refused(tmp_path: Path) -> None:
    planned = planned_on(write_checkout(tmp_path))
    (tmp_path / INIT).unlink()
    with pytest.raises(PatcherError):
        commit_plan(planned)
    assert not (tmp_path / SE).exists()


def test_a_file_that_came_meanwhile_is_refused(tmp_path: Path) -> None:
    planned = planned_on(write_checkout(tmp_path))
    (tmp_path / SE).write_text("mine\n")
    check_not_committed(tmp_path, planned, "refused", "changed while", SE)


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o644, 0o664, 0o666, 0o777])
def test_modes_are_kept(tmp_path: Path, mode: int) -> None:
    write_checkout(tmp_path)
    (tmp_path / TASKS).chmod(mode)
    before = tree(tmp_path)
    apply(tmp_path)
    found = tree(tmp_path)
    assert found[TASKS][0] == mode
    assert found[INIT][0] == before[INIT][0]
    revert(tmp_path)
    assert tree(tmp_path) == before


def test_what_is_kept_of_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    blobs = list((tmp_path / ".yolo-patcher/blobs").iterdir())
    assert {stat.S_IMODE(one.stat().st_mode) for one in blobs} == {0o600}
    for one in blobs:
        one.chmod(0o644)
    apply(tmp_path, "sae")
    named = [
        (tmp_path / ".yolo-patcher/blobs" / (digest((tmp_path / path).read_bytes()) or "")) for path in (TASKS, INIT)
    ]
    assert {stat.S_IMODE(one.stat().st_mode) for one in named} == {0o600}


def test_a_new_file_has_the_users_mask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        apply(write_checkout(tmp_path))
    finally:
        os.umask(old)
    assert tree(tmp_path)[SE][0] == 0o640


def test_a_symlink_inside_is_followed_and_stays(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    real = tmp_path / "shared" / "tasks.py"
    real.parent.mkdir()
    (tmp_path / TASKS).rename(real)
    (tmp_path / TASKS).symlink_to("../../shared/tasks.py")
    original = real.read_bytes()
    apply(tmp_path)
    assert (tmp_path / TASKS).is_symlink()
    assert b"m is SE:" in real.read_bytes()
    revert(tmp_path)
    assert (tmp_path / TASKS).is_symlink()
    assert real.read_bytes() == original


@pytest.mark.parametrize("path", [TASKS, INIT])
def test_a_symlink_that_leaves_the_checkout_is_refused(tmp_path: Path, path: str) -> None:
    root = write_checkout(tmp_path / "a")
    outside = tmp_path / "outside.py"
    (root / path).rename(outside)
    (root / path).symlink_to(outside)
    content = outside.read_bytes()
    check_not_committed(root, planned_on(root), "refused", "leads out of the checkout", path)
    assert outside.read_bytes() == content


def test_a_folder_that_leaves_the_checkout_is_refused(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    planned = planned_on(root)
    (root / "ultralytics/nn/modules").rename(tmp_path / "modules")
    (root / "ultralytics/nn/modules").symlink_to(tmp_path / "modules")
    before = tree(tmp_path / "modules")
    check_not_committed(root, planned, "refused", "leads out of the checkout", INIT)
    assert tree(tmp_path / "modules") == before


def test_a_hard_link_is_refused(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    os.link(root / TASKS, tmp_path / "other.py")
    error = check_not_committed(root, planned_on(root), "refused", "2 hard links", TASKS)
    assert "cp FILE" in error.help


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (tmp_path / TASKS).chmod(0o444)
    error = check_not_committed(tmp_path, planned_on(tmp_path), "io", "read-only", TASKS)
    assert "chmod u+w" in error.help


def test_a_folder_in_the_place_of_a_new_file_is_refused(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    planned = planned_on(root)
    (root / SE).mkdir()
    before = tree(root)
    with pytest.raises(PatcherError) as caught:
        commit_plan(planned)
    assert caught.value.kind in ("refused", "io")
    assert tree(root) == before
    check_no_temporaries(root)


def test_nothing_to_write_is_allowed_everywhere(tmp_path: Path) -> None:
    check_access(tmp_path, [])


def test_a_leftover_of_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (tmp_path / "ultralytics/nn/.tasks.py.yolo-patcher-new").write_text("half")
    apply(tmp_path)
    check_no_temporaries(tmp_path)
    assert b"m is SE:" in (tmp_path / TASKS).read_bytes()


CHILD = """
import os, signal, sys
from pathlib import Path

sys.path[:0] = {paths!r}
from synthetic import commit_plan, planned_on

root, nth, number = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
planned = planned_on(root)
real, calls = os.fsync, [0]


def fsync(descriptor):
    calls[0] += 1
    if calls[0] == nth:
        os.kill(os.getpid(), number)
    return real(descriptor)


os.fsync = fsync
try:
    commit_plan(planned)
except KeyboardInterrupt:
    sys.exit(130)
sys.exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "nth"), [(signal.SIGINT, 1), (signal.SIGINT, 12), (signal.SIGTERM, 4)])
def test_a_signal_leaves_all_or_nothing(tmp_path: Path, nth: int, number: signal.Signals) -> None:
    before = tree(write_checkout(tmp_path))
    here = Path(__file__).resolve().parent
    code = CHILD.format(paths=[str(here), str(here.parent)])
    command = [sys.executable, "-c", code, str(tmp_path), str(nth), str(int(number))]
    ended = subprocess.run(command, capture_output=True, timeout=600)
    assert ended.returncode == (130 if number is signal.SIGINT else -signal.SIGTERM), ended.stderr.decode()
    found = tree(tmp_path)
    assert found == before or (TASKS in found and b"m is SE:" in found[TASKS][1] and SE in found)
    assert len(state_of(tmp_path)) == (0 if found == before else 1)
    check_no_temporaries(tmp_path)


def test_commit_takes_records_of_other_patches_along(tmp_path: Path) -> None:
    first = apply(write_checkout(tmp_path)).patch
    second = apply(tmp_path, "sae@backbone").patch
    assert state_of(tmp_path) == [first.id, second.id]


def test_deletion_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    snapshot = Snapshot(tmp_path)
    commit(tmp_path, transition(snapshot, [FileChange("a", b"a", None)], State()), "revert")
    assert tree(tmp_path) == {}
