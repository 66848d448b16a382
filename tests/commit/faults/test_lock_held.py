"""Two processes on one checkout: a writer that holds the lock, and others that want it or only read."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from children import Ended, ended
from image import inside, outside, take
from oracle import check_settled
from shim import Fault
from synthetic import apply, commit_plan, planned_on, tree, write_checkout
from verbs import Verb, verb

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit import writer as writer_module
from yolo_patcher.commit.state import read_state
from yolo_patcher.commit.writer import recover
from yolo_patcher.revert.status import patch_statuses

LOCK = ".yolo-patcher/lock"


def nth_replace(one: Verb, behind: str) -> int:
    """Give a rename among the blobs, or among the files that come behind the journal, as `Fault` counts."""
    names = [index for index, name in enumerate(one.calls, 1) if name == "replace"]
    return {"blobs": names[1], "journal": names[-3]}[behind]


@contextmanager
def paused(one: Verb, behind: str) -> Iterator[int]:
    """Stop a writer inside its commit, in a process of its own, and let it go on at the end."""
    pid = os.fork()
    if not pid:
        ended_as = 99
        try:
            from shim import installed

            with installed(Fault(at=nth_replace(one, behind), number=signal.SIGSTOP)):
                one.run()
            ended_as = 0
        finally:
            os._exit(ended_as)
    os.waitpid(pid, os.WUNTRACED)
    try:
        yield pid
    finally:
        try:
            os.kill(pid, signal.SIGCONT)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def goes_on(pid: int, after: float) -> None:
    """Let a stopped process go on a while later."""
    if not os.fork():
        time.sleep(after)
        os.kill(pid, signal.SIGCONT)
        os._exit(0)


def check_held(how: Ended, pid: int, command: str) -> None:
    assert (how.code, how.kind) == (3, "refused")
    assert f"{command}, process {pid}" in how.message


@pytest.mark.quick(behind=("journal",))
@pytest.mark.parametrize("behind", ["blobs", "journal"])
def test_a_second_writer_is_refused_and_told_who_holds_the_lock(tmp_path: Path, behind: str) -> None:
    one = verb("apply", tmp_path / "a")
    second = planned_on(one.root, "sae")
    with paused(one, behind) as pid:
        found = take(one.root)
        check_held(ended(lambda: commit_plan(second)), pid, "apply")
        assert take(one.root) == found
    assert check_settled(one.root, one.before, one.after) == "after"


@pytest.mark.slow
def test_a_reader_waits_for_a_commit_that_is_under_way(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    with paused(one, "journal") as pid:
        goes_on(pid, 0.5)
        assert recover(one.root) == ""
        assert outside(take(one.root)) == outside(one.after)
    os.wait()


def test_a_reader_that_has_waited_long_enough_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = verb("apply", tmp_path / "a")
    monkeypatch.setattr(writer_module, "_READERS_PATIENCE", 0.2)
    with paused(one, "journal") as pid:
        check_held(ended(lambda: recover(one.root)), pid, "apply")


def test_a_reader_does_not_wait_where_nothing_was_begun(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    with paused(one, "blobs"):
        found = take(one.root)
        assert any(name.startswith("blobs/") for name in inside(found))
        assert recover(one.root) == ""
        assert take(one.root) == found
        assert patch_statuses(open_checkout(one.root).snapshot) == ()


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    with paused(one, "journal") as pid:
        node = (one.root / LOCK).stat().st_ino
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert check_settled(one.root, one.before, one.after) == "after"
    assert (one.root / LOCK).stat().st_ino == node


def test_the_lock_file_stays_the_same(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    node = (tmp_path / LOCK).stat().st_ino
    apply(tmp_path, "sae")
    assert (tmp_path / LOCK).stat().st_ino == node


def test_where_there_are_no_locks_it_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    apply(write_checkout(tmp_path))
    assert len(read_state(open_checkout(tmp_path).snapshot).patches) == 1


def command(root: Path, recipe: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "yolo_patcher", "apply", recipe, "--no-verify", "--repo", str(root)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def sequence(root: Path, *recipes: str) -> dict[str, tuple[int, bytes]]:
    for recipe in recipes:
        apply(root, recipe)
    return tree(root)


@pytest.mark.slow
def test_two_commands_at_once(tmp_path: Path) -> None:
    orders: tuple[tuple[str, ...], ...] = (("se",), ("sae",), ("se", "sae"), ("sae", "se"))
    expected = {recipes: sequence(write_checkout(tmp_path / "-".join(recipes)), *recipes) for recipes in orders}
    for number in range(10):
        root = write_checkout(tmp_path / str(number))
        both = [command(root, recipe) for recipe in ("se", "sae")]
        said = [one.communicate(timeout=600)[0] for one in both]
        codes = [one.returncode for one in both]
        assert sorted(codes) in ([0, 0], [0, 3]), said
        recorded = tuple(one.patch.recipes[0] for one in read_state(open_checkout(root).snapshot).patches)
        assert sorted(recorded) == sorted(name for name, code in zip(("se", "sae"), codes, strict=True) if code == 0)
        assert tree(root) == expected[recorded]
        assert recover(root) == ""
        assert all(one.state == "intact" for one in patch_statuses(open_checkout(root).snapshot))
