"""A state folder that is no folder, that leads elsewhere, that can't be written, or that holds leftovers."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from children import ended
from image import inside, restore, take
from shim import Fault, installed, kill
from synthetic import apply, write_checkout
from verbs import Verb, verb

from yolo_patcher.commit.writer import recover
from yolo_patcher.errors import PatcherError


def elsewhere(tmp_path: Path) -> tuple[Path, Path]:
    """Give a checkout, and a folder of somebody's with files that the tool would take for leftovers."""
    root, other = write_checkout(tmp_path / "a"), tmp_path / "other"
    other.mkdir()
    (other / "notes.tmp").write_text("mine")
    (other / "photo").write_text("mine")
    return root, other


def test_leftovers_are_not_looked_for_behind_a_link(tmp_path: Path) -> None:
    root, other = elsewhere(tmp_path)
    (root / ".yolo-patcher").symlink_to(other)
    before = take(other)
    assert recover(root) == ""
    assert take(other) == before


def test_contents_are_not_cleared_behind_a_link(tmp_path: Path) -> None:
    root, other = elsewhere(tmp_path)
    (root / ".yolo-patcher").mkdir()
    (root / ".yolo-patcher/blobs").symlink_to(other)
    (root / ".yolo-patcher/a.tmp").write_text("half")
    before = take(other)
    assert recover(root) == ""
    assert not (root / ".yolo-patcher/a.tmp").exists()
    assert take(other) == before
    with pytest.raises(PatcherError) as caught:
        apply(root)
    assert caught.value.code in (3, 6)
    assert take(other) == before


def interrupted(one: Verb) -> None:
    one.again()
    ended(one.run, kill([nth for nth, name in enumerate(one.calls, 1) if name == "replace"][-2], late=True))
    assert "journal.json" in inside(take(one.root))


def test_a_journal_behind_a_link_is_refused(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    interrupted(one)
    (one.root / ".yolo-patcher").rename(tmp_path / "other")
    (one.root / ".yolo-patcher").symlink_to(tmp_path / "other")
    before = take(one.root), take(tmp_path / "other")
    with pytest.raises(PatcherError) as caught:
        recover(one.root)
    assert caught.value.code == 3
    assert (take(one.root), take(tmp_path / "other")) == before


def test_a_file_in_the_folders_place_is_no_reason_to_fail_for_a_reader(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    (root / ".yolo-patcher").write_text("mine")
    assert recover(root) == ""
    with pytest.raises(PatcherError) as caught:
        apply(root)
    assert caught.value.code == 3
    assert (root / ".yolo-patcher").read_text() == "mine"


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_leftovers_on_a_read_only_disk_are_no_reason_to_fail(tmp_path: Path, error: int) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    (root / ".yolo-patcher/blobs/half.tmp").write_text("half")
    before = take(root)
    with installed(Fault(1, error, forever=True)) as shim:
        assert recover(root) == ""
    assert shim.calls
    assert take(root) == before
    assert recover(root) == ""
    assert not (root / ".yolo-patcher/blobs/half.tmp").exists()


def test_a_journal_on_a_read_only_disk_says_what_waits(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    interrupted(one)
    before = take(one.root)
    how = ended(lambda: recover(one.root), Fault(1, errno.EROFS, forever=True))
    assert (how.code, how.kind) == (6, "io")
    assert "waits to be finished" in how.message
    assert take(one.root) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    (root / ".yolo-patcher").chmod(0)
    try:
        with pytest.raises(PatcherError) as caught:
            recover(root)
        assert caught.value.code == 6
    finally:
        (root / ".yolo-patcher").chmod(0o755)


def test_something_that_can_not_go_does_not_keep_the_rest(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / ".yolo-patcher/a.tmp").mkdir()
    (tmp_path / ".yolo-patcher/b.tmp").write_text("half")
    assert recover(tmp_path) == ""
    assert not (tmp_path / ".yolo-patcher/b.tmp").exists()


def test_the_masks_of_two_processes(tmp_path: Path) -> None:
    """A file has the mode that the interrupted command would have given it, whoever finishes."""
    one = verb("apply", tmp_path / "a")
    old = os.umask(0)
    try:
        interrupted(one)
        os.umask(0o077)
        with installed():
            recover(one.root)
    finally:
        os.umask(old)
    found = take(one.root)
    assert found["ultralytics/nn/modules/se.py"][0] & 0o777 == 0o666
    assert found["ultralytics/cfg/models/v8/yolov8-se-head.yaml"][0] & 0o777 == 0o666
    restore(one.root, one.before)
