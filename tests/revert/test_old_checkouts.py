"""Checkouts that an earlier yolo-patcher patched: told, finished, reapplied and reverted as that version did it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from old_checkouts_read import FOLDER, answers, listing, unpack
from synthetic import tree

from yolo_patcher.cli.main import run

LAYOUTS = ("ultralytics-list", "ultralytics-single", "yolov5", "yolov5-package")
INTERRUPTED = tuple(
    f"{command}-{where}"
    for command in ("apply", "revert")
    for where in ("at-the-journal", "after-a-file", "on-its-way-back")
)
CASES = ("original", "patched", "stacked", "edited", "forgotten", "exported", *INTERRUPTED)
CELLS = [
    # One layout is enough for what runs at every save.
    pytest.param(layout, case, marks=() if layout == LAYOUTS[0] else pytest.mark.slow)
    for layout in LAYOUTS
    for case in CASES
]
STATE = ".yolo-patcher"
TOML = "yolo-patcher.toml"

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """New files get the modes that they got where the archives were made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def answer(capsys: Capture, root: Path, command: str, *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run([command, *words, "--repo", str(root), "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def check_answered(capsys: Capture, root: Path, said: dict[str, Any], command: str, *words: str) -> None:
    """Check that a command answers all that it answered once; it may tell more."""
    code, document = answer(capsys, root, command, *words)
    assert (code, list(differences(document, said["document"]))) == (said["code"], [])


def differences(found: Any, said: Any, where: str = "") -> Iterator[str]:
    """Give what was said and is not there, or is something else."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key, value in said.items():
            yield from differences(found[key], value, f"{where}.{key}") if key in found else [f"{where}.{key} is gone"]
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, value in enumerate(said):
            yield from differences(found[number], value, f"{where}[{number}]")
    elif found != said:
        yield f"{where}: {found!r} and not {said!r}"


def ours(root: Path) -> dict[str, tuple[int, bytes]]:
    return {path: one for path, one in tree(root, with_state=True).items() if path.startswith(STATE)}


def forms_of(root: Path) -> dict[str, tuple[int, bytes]]:
    """Give the modes and bytes of what is the user's or a patch's."""
    return {path: one for path, one in tree(root).items() if path != TOML}


def test_every_archive_is_used() -> None:
    assert {path.name.removesuffix(".tar.xz") for path in FOLDER.iterdir()} == {*LAYOUTS, "buildable"}
    for layout in LAYOUTS:
        assert set(answers(layout)) - {"commit", "layout"} == set(CASES)


@pytest.mark.parametrize(("layout", "case"), CELLS)
def test_what_is_applied_is_told_and_what_was_interrupted_is_finished(
    capsys: Capture, tmp_path: Path, layout: str, case: str
) -> None:
    root, said = unpack(layout, case, tmp_path), answers(layout)[case]
    interrupted = any((root / STATE / name).exists() for name in ("journal.json", "rollback.json"))
    assert interrupted == (case in INTERRUPTED)
    check_answered(capsys, root, said["status"], "status")
    assert listing(root) == said["after status"]
    again = unpack(layout, case, tmp_path / "again")
    check_answered(capsys, again, said["dry run"], "revert", "--all", "--dry-run")
    assert listing(again) == said["after status"]


@pytest.mark.parametrize(("layout", "case"), CELLS)
def test_reapply_leaves_what_is_in_place(capsys: Capture, tmp_path: Path, layout: str, case: str) -> None:
    root, said = unpack(layout, case, tmp_path), answers(layout)[case]
    check_answered(capsys, root, said["reapply"], "reapply", "--no-verify")
    assert listing(root) == said["after reapply"]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [STATE, TOML])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_fresh_copy_gets_the_same_patches(capsys: Capture, tmp_path: Path, layout: str, kept: str) -> None:
    patched, fresh = unpack(layout, "exported", tmp_path), unpack(layout, "original", tmp_path)
    (shutil.copytree if kept == STATE else shutil.copy)(patched / kept, fresh / kept)
    original = forms_of(fresh)
    code, document = answer(capsys, fresh, "reapply", "--no-verify")
    assert (code, document["changed"]) == (0, True)
    assert forms_of(fresh) == forms_of(patched)
    assert answer(capsys, fresh, "revert", "--all")[0] == 0
    assert forms_of(fresh) == original


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "case"), CELLS)
def test_each_order_of_reverts_leaves_what_it_left(capsys: Capture, tmp_path: Path, layout: str, case: str) -> None:
    original = forms_of(unpack(layout, "original", tmp_path / "before"))
    for number, (order, steps) in enumerate(answers(layout)[case]["reverts"].items()):
        root = unpack(layout, case, tmp_path / str(number))
        for name, step in zip(order.split(), steps, strict=True):
            code, document = answer(capsys, root, "revert", name)
            assert (code, document.get("notes")) == (step["code"], step["notes"]), f"{order}: {name}"
            assert listing(root) == step["left"], f"{order}: {name}"
        assert not ours(root) or not steps
        assert case == "edited" or not steps or forms_of(root) == original


@pytest.mark.torch
def test_verified_patches_are_told_verified_and_reverted(capsys: Capture, tmp_path: Path) -> None:
    root, said = unpack("buildable", "verified", tmp_path), answers("buildable")["verified"]
    check_answered(capsys, root, said["status"], "status")
    code, document = answer(capsys, root, "verify")
    assert code == 0
    for now, then in zip(document["patches"], said["verify"]["document"]["patches"], strict=True):
        assert now["id"] == then["id"]
        assert now["verify"]["status"] == "passed"
        assert now["verify"]["params"] == then["verify"]["params"]
    check_answered(capsys, root, said["reapply"], "reapply")
    assert answer(capsys, root, "revert", "--all")[0] == 0
    assert forms_of(root) == forms_of(unpack("buildable", "original", tmp_path))
