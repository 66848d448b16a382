from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Capture, check_error, check_json, check_run
from synthetic import BLOCK, FLOW, tree, write_checkout

MODEL = "ultralytics/cfg/models/v8/yolov8.yaml"
BAD = BLOCK.replace("[[9, 12], 1, Detect", "[[9, 11], 1, Detect")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return write_checkout(tmp_path / "checkout")


@pytest.mark.parametrize("name", ["yolov8", "yolov8s", "yolov8n.yaml", MODEL])
def test_a_model_of_the_checkout(capsys: Capture, checkout: Path, name: str) -> None:
    before = tree(checkout, with_state=True)
    out, err = check_run(capsys, "check", name, "--repo", checkout)
    assert (out, err) == (f"{MODEL}: 14 rows, nothing wrong\n", "")
    document = check_json(capsys, "check", name, "--repo", checkout)
    assert (document["command"], document["model"]) == ("check", MODEL)
    assert (document["findings"], document["repair"]) == ([], None)
    assert document["scale"] == ("s" if name == "yolov8s" else "n")
    assert tree(checkout, with_state=True) == before


def test_a_file_outside_the_checkout(capsys: Capture, checkout: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BAD)
    out, err = check_run(capsys, "check", file, "--repo", checkout, code=1)
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith(f"{file}:24: YP004 row 12 (C2f) is dead")
    assert lines[1] == "  fix: Row 13 reads 11, its author most likely meant 12."
    assert lines[-1] == f"{file}: 2 findings"
    document = check_json(capsys, "check", file, "--repo", checkout, "--scale", "s", code=1)
    assert document["model"] == str(file)
    first, second = document["findings"]
    assert first == {
        "code": "YP004",
        "row": 12,
        "line": 24,
        "message": "row 12 (C2f) is dead: no row reads it",
        "fix": "Row 13 reads 11, its author most likely meant 12.",
    }
    assert (second["code"], second["row"], second["line"]) == ("YP005", 13, 26)
    assert document["repair"]["changes"] == [{"row": 13, "line": 26, "reads": [9, 11], "meant": [9, 12]}]


@pytest.mark.parametrize("row", ["[[9, 15], 1, Detect, [nc]]", "[[9, 12], 1, Detekt, [nc]]", "[[9, 12], 1, Detect]"])
def test_a_named_model_that_other_commands_refuse(capsys: Capture, checkout: Path, row: str) -> None:
    (checkout / MODEL).write_text(BLOCK.replace("[[9, 12], 1, Detect, [nc]]", row))
    for name in ("yolov8s", MODEL):
        document = check_json(capsys, "check", name, "--repo", checkout, code=1)
        assert document["model"] == MODEL
        assert document["findings"]


def test_what_no_finding_is_about_is_told_as_well(capsys: Capture, checkout: Path) -> None:
    text = BLOCK.replace("  - [-1, 1, SPPF", "  - [-1, 1, Conv, [128, 3, 1]]\n  - [-1, 1, SPPF")
    (checkout / MODEL).write_text(text)
    out, _ = check_run(capsys, "check", "yolov8", "--repo", checkout, code=1)
    assert "It looks as if 1 row was inserted" in out


def test_a_model_whose_scales_are_files(capsys: Capture, tmp_path: Path) -> None:
    root = write_checkout(tmp_path, "yolov5")
    assert check_json(capsys, "check", "yolov5m", "--repo", root)["scale"] == ""
    (root / "models/yolov5s.yaml").write_text(FLOW.replace("[9, 12]", "[9, 13]"))
    assert check_json(capsys, "check", "yolov5s", "--repo", root, code=1)["model"] == "models/yolov5s.yaml"


@pytest.mark.parametrize(
    "text", ["nc: [1\n", "nc: 4\n", "", "backbone: []\nhead: []\n", BLOCK.replace("0.25, 1024", "x")]
)
def test_what_is_no_model(capsys: Capture, checkout: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    check_error(capsys, 5, "model", "", "check", file, "--repo", checkout)


def test_usage(capsys: Capture, checkout: Path, tmp_path: Path) -> None:
    check_error(capsys, 2, "usage", "no model", "check", "yolov9", "--repo", checkout)
    check_error(capsys, 2, "usage", "no model YAML", "check", tmp_path / "none.yaml", "--repo", checkout)
    check_error(capsys, 2, "usage", "no scale 'z'", "check", "yolov8", "--repo", checkout, "--scale", "z")
    check_error(capsys, 2, "usage", "no scale 'z'", "check", MODEL, "--repo", checkout, "--scale", "z")
    check_error(capsys, 5, "checkout", "no checkout", "check", "yolov8", "--repo", tmp_path)
