from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthetic import apply, revert, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.cli.main import run
from yolo_patcher.revert.status import patch_statuses

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
SE = "ultralytics/nn/modules/se.py"
MODEL = "ultralytics/cfg/models/v8/yolov8-se-head.yaml"


def check_status(root: Path, *states: str, **files: str) -> None:
    """Check the patches' states, and those files of the first that are not intact, by their stem."""
    found = patch_statuses(open_checkout(root).snapshot)
    assert [one.state for one in found] == list(states)
    if found:
        named = {Path(one.path).stem.strip("_").replace("-", "_"): one.state for one in found[0].files}
        assert {path: state for path, state in named.items() if state != "intact"} == files


def test_nothing(tmp_path: Path) -> None:
    check_status(write_checkout(tmp_path))


def test_intact(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    check_status(tmp_path, "intact")
    apply(tmp_path, "sae@backbone")
    check_status(tmp_path, "intact", "intact")
    revert(tmp_path, everything=True)
    check_status(tmp_path)


@pytest.mark.parametrize(("path", "name"), [(TASKS, "tasks"), (INIT, "init"), (SE, "se"), (MODEL, "yolov8_se_head")])
def test_edited(tmp_path: Path, path: str, name: str) -> None:
    apply(write_checkout(tmp_path))
    with (tmp_path / path).open("ab") as file:
        file.write(b"# mine\n")
    check_status(tmp_path, "edited", **{name: "edited"})


def test_missing(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / TASKS).unlink()
    check_status(tmp_path, "missing", tasks="missing")


@pytest.mark.parametrize(("path", "name"), [(SE, "se"), (MODEL, "yolov8_se_head")])
def test_a_created_file_that_is_gone(tmp_path: Path, path: str, name: str) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / path).unlink()
    check_status(tmp_path, "missing", **{name: "reverted"})


def test_reverted_by_other_means(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path)
    for path in (SE, MODEL):
        (tmp_path / path).unlink()
    for path in (TASKS, INIT):
        (tmp_path / path).write_bytes(before[path][1])
    check_status(tmp_path, "reverted", tasks="reverted", init="reverted", se="reverted", yolov8_se_head="reverted")


def test_the_later_patch_of_a_file_gone_the_first_still_there(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    middle = tree(tmp_path)
    apply(tmp_path, "sae@backbone")
    (tmp_path / TASKS).write_bytes(middle[TASKS][1])
    check_status(tmp_path, "intact", "missing")


def test_edits_win_over_what_is_missing(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / TASKS).unlink()
    (tmp_path / INIT).write_bytes(b"SE = 1\n")
    check_status(tmp_path, "edited", tasks="missing", init="edited")


def test_hashes_decide_and_times_do_not(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    content = (tmp_path / TASKS).read_bytes()
    (tmp_path / TASKS).unlink()
    (tmp_path / TASKS).write_bytes(content)
    check_status(tmp_path, "intact")


def test_as_json(tmp_path: Path) -> None:
    patch = apply(write_checkout(tmp_path)).patch
    (one,) = patch_statuses(open_checkout(tmp_path).snapshot)
    document = one.as_json()
    assert document.items() >= {**patch.as_json(), "state": "intact"}.items()
    assert {"path": TASKS, "state": "intact"} in document["files"]  # type: ignore[operator]


Capture = pytest.CaptureFixture[str]


def told(root: Path, capsys: Capture, *words: str) -> str:
    capsys.readouterr()
    assert run(["status", "--repo", str(root), *words]) == 0
    return capsys.readouterr().out


def test_only_a_patchs_own_classes_are_told_to_be_at_its_positions(tmp_path: Path, capsys: Capture) -> None:
    base = apply(write_checkout(tmp_path), "sae").patch.model
    assert run(["apply", "gam@neck", "--model", base, "--repo", str(tmp_path), "--no-verify"]) == 0
    text = told(tmp_path, capsys)
    assert "  SaE at head (" in text
    assert "  GAM at neck (" in text
    assert "GAM, SaE" not in text
    patches = json.loads(told(tmp_path, capsys, "--json"))["patches"]
    assert [one["classes"] for one in patches] == [{"sae": "SaE"}, {"gam": "GAM"}]


def test_patches_of_other_settings_are_told_apart(tmp_path: Path, capsys: Capture) -> None:
    write_checkout(tmp_path)
    for reduction in (16, 8):
        words = ["apply", "se", "--set", f"reduction={reduction}", "--output", f"se-{reduction}"]
        assert run([*words, "--repo", str(tmp_path), "--no-verify", "--json"]) == 0
    applied = json.loads(capsys.readouterr().out.rpartition("\n{\n")[2].join(["{\n", ""]))
    assert applied["patch"]["settings"]["se"]["reduction"] == 8
    text = told(tmp_path, capsys)
    assert "reduction=16" in text
    assert "reduction=8" in text
    patches = json.loads(told(tmp_path, capsys, "--json"))["patches"]
    assert [one["settings"]["se"]["reduction"] for one in patches] == [16, 8]
