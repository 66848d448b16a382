"""A patch applied over files that git restored: nothing that the way back needs is lost."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from synthetic import contents, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.cli.main import run
from yolo_patcher.commit.state import read_state
from yolo_patcher.revert.status import patch_statuses

ASKED = ("se", "sae@backbone", "gam@neck")


def command(*argv: object) -> int:
    return run([*map(str, argv), "--json"])


def apply(root: Path, asked: str) -> None:
    assert command("apply", asked, "--repo", root, "--no-verify") == 0


def check_all_is_stored(root: Path) -> None:
    state = read_state(open_checkout(root).snapshot)
    assert {path.name for path in (root / ".yolo-patcher/blobs").iterdir()} == state.contents


def restore(root: Path, original: dict[str, bytes], paths: list[str]) -> None:
    for path in paths:
        (root / path).write_bytes(original[path])


@pytest.mark.quick(layout=("ultralytics-list",), which=("both",))
@pytest.mark.parametrize("layout", ["ultralytics-list", "ultralytics-single", "yolov5-list"])
@pytest.mark.parametrize("which", ["both", "parse_model", "classes"])
@pytest.mark.parametrize("again", list(permutations(range(2))), ids=str)
def test_two_patches_applied_again_over_restored_files_come_out(
    tmp_path: Path, layout: str, which: str, again: tuple[int, ...]
) -> None:
    root = write_checkout(tmp_path, layout)
    before, original = tree(root), contents(root)
    for asked in ASKED[:2]:
        apply(root, asked)
    changed = sorted(path for path, content in contents(root).items() if original.get(path, content) != content)
    home = [path for path in changed if path.endswith(("tasks.py", "yolo.py"))]
    restore(root, original, {"both": changed, "parse_model": home, "classes": sorted({*changed} - {*home})}[which])
    for number in again:
        apply(root, ASKED[number])
        check_all_is_stored(root)
    whole = contents(root)
    assert command("revert", "--all", "--repo", root) == 0
    assert tree(root, with_state=True) == before
    for asked in ASKED[:2]:
        apply(root, asked)
    assert set(contents(root)) == set(whole)


@pytest.mark.quick(applied=(0,))
@pytest.mark.parametrize(
    ("order", "applied"), [(order, number % 3) for number, order in enumerate(permutations(range(3)))], ids=str
)
def test_each_of_three_patches_applied_again_comes_out_in_any_order(
    tmp_path: Path, order: tuple[int, ...], applied: int
) -> None:
    root = write_checkout(tmp_path)
    before, original = tree(root), contents(root)
    for asked in ASKED:
        apply(root, asked)
    restore(root, original, [path for path in original if contents(root)[path] != original[path]])
    apply(root, ASKED[applied])
    check_all_is_stored(root)
    held = [one.id for one in read_state(open_checkout(root).snapshot).patches]
    for number in order:
        assert command("revert", held[number], "--repo", root) == 0
        check_all_is_stored_or_gone(root)
    assert tree(root, with_state=True) == before


def check_all_is_stored_or_gone(root: Path) -> None:
    if (root / ".yolo-patcher/state.json").exists():
        check_all_is_stored(root)


def test_the_record_of_a_patch_applied_again_may_be_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_checkout(tmp_path)
    before, original = tree(root), contents(root)
    apply(root, "sae")
    apply(root, "se")
    restore(root, original, [path for path in original if contents(root)[path] != original[path]])
    apply(root, "sae")
    apply(root, "se")
    for path in sorted((root / ".yolo-patcher").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    capsys.readouterr()
    assert command("revert", "--all", "--repo", root) == 0
    assert len(json.loads(capsys.readouterr().out)["patches"]) == 2
    assert tree(root, with_state=True) == before


def test_a_class_that_patches_share_comes_back_for_all_of_them(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    before, original = tree(root), contents(root)
    for asked in ("se@head", "se@backbone"):
        apply(root, asked)
    whole = contents(root)
    restore(root, original, [path for path in original if whole[path] != original[path]])
    apply(root, "se@head")
    assert contents(root) == whole
    assert [one.state for one in patch_statuses(open_checkout(root).snapshot)] == ["intact", "intact"]
    assert command("revert", "--all", "--repo", root) == 0
    assert tree(root, with_state=True) == before
