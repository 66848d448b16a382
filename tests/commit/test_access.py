"""What can't be written safely is refused in the plan: nothing is staged, verified or written."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from refusing import check_refused
from synthetic import LAYOUTS, apply, commit_plan, contents, planned_on, revert, tree, write_checkout

from yolo_patcher.commit.access import check_access
from yolo_patcher.errors import PatcherError

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
MODEL = "ultralytics/cfg/models/v8/yolov8-se-head.yaml"
SE = "ultralytics/nn/modules/se.py"
STATE = ".yolo-patcher"

as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")


def check_no_access(root: Path, kind: str, part: str, path: str) -> PatcherError:
    """State that a plan is refused before it is verified, and in the same words when it is committed."""
    planned = planned_on(root)
    work = (lambda: check_access(planned.checkout.root, planned.plan.changes), lambda: commit_plan(planned))
    early, late = (check_refused(one, kind, part, path=path, root=root) for one in work)
    assert early.message == late.message
    assert early.help
    return early


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    (root / MODEL).mkdir()
    with pytest.raises(PatcherError) as caught:
        planned_on(root)
    assert (caught.value.kind, caught.value.path) == ("refused", MODEL)


@pytest.mark.parametrize("path", [MODEL, SE])
def test_a_name_that_differs_only_in_case(tmp_path: Path, path: str) -> None:
    root = write_checkout(tmp_path)
    other = (root / path).with_name(Path(path).name.upper())
    other.write_text("mine\n")
    assert other.name in check_no_access(root, "refused", "differs from this file's name only in case", path).message


@pytest.mark.parametrize("folder", ["ultralytics/nn", "ultralytics/cfg/models/v8"])
def test_a_read_only_folder(tmp_path: Path, folder: str) -> None:
    root = write_checkout(tmp_path)
    (root / folder).chmod(0o555)
    try:
        check_no_access(root, "io", "read-only", folder)
    finally:
        (root / folder).chmod(0o755)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_place_of_the_state(tmp_path: Path, kind: str) -> None:
    root = write_checkout(tmp_path / "a")
    if kind == "file":
        (root / STATE).write_text("mine\n")
    else:
        (tmp_path / "elsewhere").mkdir()
        (root / STATE).symlink_to(tmp_path / "elsewhere")
    check_no_access(root, "refused", "not the folder that yolo-patcher keeps its state in", STATE)


def test_links_in_a_circle(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    planned = planned_on(root)
    (root / SE).symlink_to("se.py")
    with pytest.raises(PatcherError) as caught:
        check_access(root, planned.plan.changes)
    assert caught.value.kind == "refused"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    planned = planned_on(root)
    (root / TASKS).unlink()
    os.mkfifo(root / TASKS)
    with pytest.raises(PatcherError) as caught:
        check_access(root, planned.plan.changes)
    assert (caught.value.kind, caught.value.path) == ("refused", TASKS)


def as_nobody(root: Path, work: Callable[[], None]) -> str:
    """Run something as a user who owns the checkout's folders but not its files, and give what it was refused with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            work()
            said = "done"
        except PatcherError as error:
            said = f"{error.kind}: {error.message}"
        except BaseException as error:
            said = repr(error)
        finally:
            # Whatever happens, the child must not go on as a second test runner.
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as file:
        return file.read()


@as_root
@pytest.mark.skipif(sys.platform == "win32", reason="no owners there")
def test_a_file_of_another_user() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        check_another_users_file(write_checkout(Path(folder) / "a"))


def check_another_users_file(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        os.chown(path, 65534, 65534)
    os.chown(root / TASKS, 0, 0)
    (root / TASKS).chmod(0o666)
    planned = planned_on(root)
    before = tree(root)
    said = as_nobody(root, lambda: check_access(root, planned.plan.changes))
    assert said == "refused: the file is another user's, and would become yours"
    os.chown(root / TASKS, 65534, 65534)
    assert as_nobody(root, lambda: check_access(root, planned.plan.changes)) == "done"
    assert tree(root) == before


@as_root
def test_root_keeps_owners(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    os.chown(root / TASKS, 65534, 65533)
    apply(root)
    assert ((root / TASKS).stat().st_uid, (root / TASKS).stat().st_gid) == (65534, 65533)
    revert(root)
    assert ((root / TASKS).stat().st_uid, (root / TASKS).stat().st_gid) == (65534, 65533)


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_link_that_is_swapped_in_behind_the_plan(tmp_path: Path, which: str) -> None:
    root = write_checkout(tmp_path / "a")
    planned = planned_on(root)
    place = root / (TASKS if which == "file" else "ultralytics/nn")
    outside = tmp_path / "outside"
    place.rename(outside)
    place.symlink_to(outside)
    before = tree(outside) if outside.is_dir() else outside.read_bytes()
    with pytest.raises(PatcherError) as caught:
        commit_plan(planned)
    assert caught.value.kind == "refused"
    assert "leads out of the checkout" in caught.value.message
    assert (tree(outside) if outside.is_dir() else outside.read_bytes()) == before


def test_a_moved_checkout_works(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    before = tree(root)
    apply(root)
    root.rename(tmp_path / "b")
    assert len(revert(tmp_path / "b")) == 1
    assert tree(tmp_path / "b", with_state=True) == before


def test_a_copied_checkout_works(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    before = tree(root)
    apply(root)
    shutil.copytree(root, tmp_path / "b")
    assert len(revert(tmp_path / "b")) == 1
    assert tree(tmp_path / "b", with_state=True) == before
    assert len(revert(root)) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_copied_checkout_with_all_its_files_edited_works(tmp_path: Path, layout: str) -> None:
    """As behind a container's mount, or on another disk: no inode and no hash is the same there."""
    root = write_checkout(tmp_path / "a", layout)
    before = contents(root)
    changed = [change.path for change in apply(root, "se", "gam@backbone").changes if change.before is not None]
    for path in changed:
        (root / path).write_bytes(b"# mine\n" + (root / path).read_bytes())
    copy = shutil.copytree(root, tmp_path / "b")
    for one in (copy, root):
        assert len(revert(one)) == 1
        assert contents(one) == {
            path: (b"# mine\n" if path in changed else b"") + content for path, content in before.items()
        }


def test_the_state_of_another_checkout_is_refused_though_that_one_has_patches_too(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path / "a"))
    other = write_checkout(tmp_path / "b")
    (other / TASKS).write_bytes(b"# mine\n" + (other / TASKS).read_bytes())
    (other / INIT).write_bytes(b"# mine\n" + (other / INIT).read_bytes())
    apply(other, "sae@backbone")
    shutil.rmtree(other / STATE)
    before = tree(other)
    shutil.copytree(tmp_path / "a" / STATE, other / STATE)
    with pytest.raises(PatcherError) as caught:
        revert(other)
    assert "another checkout" in caught.value.message
    assert tree(other) == before


def test_the_state_of_another_checkout_is_refused(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path / "a"))
    other = write_checkout(tmp_path / "b")
    before = tree(other)
    shutil.copytree(tmp_path / "a" / STATE, other / STATE)
    for work in (lambda: revert(other), lambda: planned_on(other)):
        with pytest.raises(PatcherError) as caught:
            work()
        assert (caught.value.kind, caught.value.path) == ("refused", STATE)
        assert "another checkout" in caught.value.message
    assert tree(other) == before
