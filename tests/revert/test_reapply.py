"""`reapply`: the recorded patches again, after an upgrade, after git took them away, or on a fresh clone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from synthetic import LAYOUTS, apply, contents, revert, tree, write_checkout

from yolo_patcher.cli.main import run

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
STATE = ".yolo-patcher"
TOML = "yolo-patcher.toml"

Capture = pytest.CaptureFixture[str]


def command(capsys: Capture, *argv: object, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    found = run([str(word) for word in argv] + ["--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found == code, document
    return document


def reapply(capsys: Capture, root: Path, *more: object, code: int = 0) -> dict[str, Any]:
    return command(capsys, "reapply", "--repo", root, "--no-verify", *more, code=code)


def states(capsys: Capture, root: Path) -> list[str]:
    return [one["state"] for one in command(capsys, "status", "--repo", root)["patches"]]


@pytest.mark.quick(layout=("ultralytics-list",))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_in_place(capsys: Capture, tmp_path: Path, layout: str) -> None:
    root = write_checkout(tmp_path, layout)
    apply(root)
    apply(root, "sae@backbone")
    before = tree(root, with_state=True)
    document = reapply(capsys, root)
    assert not document["changed"]
    assert len(document["patches"]) == 2
    assert tree(root, with_state=True) == before


@pytest.mark.parametrize("kept", ["state", "toml"])
def test_who_reads_a_module_goes_on_as_it_was(capsys: Capture, tmp_path: Path, kept: str) -> None:
    positions = ["after:6:next", "head:all", "neck:p3:final", "before:C2f[0]:all"]
    root = write_checkout(tmp_path / "a")
    made = apply(root, "sae@after:6:next", "sae@head:all", "se@neck:p3:final", "se@before:C2f[0]:all")
    assert made.patch.positions == tuple(positions)
    wanted = contents(root)
    command(capsys, "status", "--repo", root, "--export")
    newer = write_checkout(tmp_path / "b")
    original = contents(newer)
    if kept == "state":
        shutil.copytree(root / STATE, newer / STATE)
    else:
        shutil.copy(root / TOML, newer)
        assert all(f'"{position}"' in (newer / TOML).read_text() for position in positions)
    assert reapply(capsys, newer)["changed"]
    assert {path: content for path, content in contents(newer).items() if path != TOML} == wanted
    (shown,) = command(capsys, "status", "--repo", newer)["patches"]
    assert shown["positions"] == positions
    (newer / TOML).unlink(missing_ok=True)
    revert(newer, everything=True)
    assert contents(newer) == original


@pytest.mark.quick(layout=("ultralytics-list",), kept=("state",))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kept", ["state", "toml"])
def test_an_upgrade_of_every_file(capsys: Capture, tmp_path: Path, layout: str, kept: str) -> None:
    """A new version takes the place of all files; the patches go on again and come off again."""
    root = write_checkout(tmp_path / "a", layout)
    apply(root, "se", "gam@backbone")
    apply(root, "sae@neck")
    wanted = contents(root)
    command(capsys, "status", "--repo", root, "--export")
    newer = write_checkout(tmp_path / "b", layout)
    for file in newer.rglob("*.py"):
        file.write_bytes(b"# a newer version\n" + file.read_bytes())
    original = contents(newer)
    if kept == "state":
        shutil.copytree(root / STATE, newer / STATE)
    else:
        shutil.copy(root / TOML, newer)
    assert reapply(capsys, newer)["changed"]
    found = contents(newer)
    assert {path for path in found if path != TOML} == set(wanted)
    for path, content in wanted.items():
        assert found[path].replace(b"# a newer version\n", b"") == content, path
    assert states(capsys, newer) == ["intact", "intact"]
    revert(newer, everything=True)
    assert {path: content for path, content in contents(newer).items() if path != TOML} == original


def test_what_git_took_away_comes_back(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    before = tree(root)
    apply(root)
    apply(root, "sae@backbone")
    wanted = tree(root)
    for path in (TASKS, INIT):
        (root / path).write_bytes(before[path][1])
    assert states(capsys, root) == ["missing", "missing"]
    document = reapply(capsys, root, "--dry-run")
    assert document["dry_run"]
    assert {one["path"] for one in document["files"]} == {TASKS, INIT}
    assert states(capsys, root) == ["missing", "missing"]
    reapply(capsys, root)
    assert tree(root) == wanted


def test_edits_are_kept(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    (root / TASKS).write_bytes(b"# mine\n" + (root / TASKS).read_bytes())
    edited = tree(root)
    assert not reapply(capsys, root)["changed"]
    assert tree(root) == edited


def test_an_edit_inside_is_a_conflict(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    (root / TASKS).write_bytes((root / TASKS).read_bytes().replace(b"elif m is SE:", b"elif m in {SE}:"))
    before = tree(root, with_state=True)
    assert reapply(capsys, root, code=3)["error"]["kind"] == "conflict"
    assert tree(root, with_state=True) == before


def test_nothing_recorded(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    assert "no patch is recorded" in reapply(capsys, root, code=2)["error"]["message"]
    error = command(capsys, "status", "--repo", root, "--export", code=2)["error"]
    assert "no patch to export" in error["message"]


def test_settings_and_output_survive_the_export(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    argv = ["apply", "se", "sae@backbone", "--set", "se.reduction=8", "--output", "mine", "--no-verify"]
    command(capsys, *argv, "--repo", root)
    command(capsys, "status", "--repo", root, "--export")
    fresh = write_checkout(tmp_path / "b")
    shutil.copy(root / TOML, fresh)
    reapply(capsys, fresh)
    assert tree(fresh) == tree(root)
    command(capsys, "status", "--repo", fresh, "--export")
    assert tree(fresh) == tree(root)


def test_a_toml_that_is_somebody_elses_is_not_written_over(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    (root / TOML).write_text("# mine\n")
    assert command(capsys, "status", "--repo", root, "--export", code=3)["error"]["path"] == TOML
    assert (root / TOML).read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("schema = 2\n", "schema 2"),
        ("schema = ", "can't be read"),
        ("schema = 1\n", "'patch' is missing"),
        ("schema = 1\n[[patch]]\nbase = 'a'\nmodel = 'b'\nrecipe = []\n", "no recipe"),
        ("schema = 1\n[[patch]]\nbase = 'a'\nmodel = 'b'\n", "'recipe' is missing"),
    ],
)
def test_a_bad_toml(capsys: Capture, tmp_path: Path, text: str, part: str) -> None:
    root = write_checkout(tmp_path)
    (root / TOML).write_text(text)
    before = tree(root, with_state=True)
    error = reapply(capsys, root, code=3)["error"]
    assert error["path"] == TOML
    assert part in error["message"]
    assert tree(root, with_state=True) == before


def test_a_base_that_moved(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    apply(root)
    command(capsys, "status", "--repo", root, "--export")
    fresh = write_checkout(tmp_path / "b")
    folder = fresh / "ultralytics/cfg/models"
    (folder / "v8").rename(folder / "eight")
    shutil.copy(root / TOML, fresh)
    document = reapply(capsys, fresh)
    assert document["patches"][0]["model"] == "ultralytics/cfg/models/eight/yolov8-se-head.yaml"
    assert any("is not there any more" in note for note in document["notes"])


def test_without_a_record_all_is_in_place(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    original = tree(root)
    apply(root)
    shutil.rmtree(root / STATE)
    assert not reapply(capsys, root)["changed"]
    command(capsys, "revert", "--repo", root)
    assert tree(root) == original


def test_a_base_of_another_patch_that_git_took_away(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    first = command(capsys, "apply", "sae@after:6", "--repo", root, "--no-verify")["patch"]["model"]
    second = command(capsys, "apply", "se", "--model", first, "--repo", root, "--no-verify")["patch"]["model"]
    wanted = tree(root)
    for path in (first, second):
        (root / path).unlink()
    reapply(capsys, root)
    assert tree(root) == wanted
    assert [one["model"] for one in command(capsys, "status", "--repo", root)["patches"]] == [first, second]


def test_a_name_that_another_patch_has_is_refused(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    patch = command(capsys, "apply", "se", "--output", "mine", "--repo", root, "--no-verify")["patch"]
    (root / patch["model"]).unlink()
    before = tree(root, with_state=True)
    argv = ["apply", "sae", "--output", "mine", "--repo", root, "--no-verify"]
    error = command(capsys, *argv, code=3)["error"]
    assert error["path"] == patch["model"]
    assert patch["id"] in error["message"]
    assert tree(root, with_state=True) == before


def test_a_base_that_is_applied_again_stays_in_front(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    first = command(capsys, "apply", "sae@after:6", "--repo", root, "--no-verify")["patch"]["model"]
    second = command(capsys, "apply", "se", "--model", first, "--repo", root, "--no-verify")["patch"]["model"]
    wanted = tree(root)
    (root / first).unlink()
    assert command(capsys, "apply", "sae@after:6", "--repo", root, "--no-verify")["changed"]
    assert tree(root) == wanted
    assert [one["model"] for one in command(capsys, "status", "--repo", root)["patches"]] == [first, second]
    assert states(capsys, root) == ["intact", "intact"]
