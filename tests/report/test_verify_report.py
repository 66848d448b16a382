"""`verify --costs` and `verify --report`, from the command line to the file."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import tiny
from synthetic import apply, write_checkout

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.cli.main import run
from yolo_patcher.commit.state import read_state

Capture = pytest.CaptureFixture[str]


def patched(root: Path, capsys: Capture) -> Path:
    """Make a tiny checkout that torch can build, with one patch."""
    tiny.write(root, "", base=tiny.BASE.replace("[8,", "[32,"))
    (root / "models" / "base-gate.yaml").unlink()
    assert run(["apply", "se@after:2", "--repo", str(root), "--model", "base", "--no-verify"]) == 0
    capsys.readouterr()
    return root


def verify(capsys: Capture, root: Path, *options: str | Path, code: int = 0) -> tuple[str, str]:
    words = ["verify", "--repo", str(root), "--device", "cpu", *map(str, options)]
    assert run(words) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


@pytest.mark.torch
@pytest.mark.slow
def test_a_report_and_the_table(tmp_path: Path, capsys: Capture) -> None:
    root = patched(tmp_path / "c", capsys)
    file = tmp_path / "page.json"
    out, _ = verify(capsys, root, "--imgsz", "64", "--report", file)
    lines = [line.split() for line in out.splitlines()]
    assert ["3", "SE", "P3", "16", "32", "equal", "64"] in lines
    assert any(line[:1] == ["FLOPs"] for line in lines)
    assert any(line[:1] == ["latency"] for line in lines)
    assert out.endswith(f"Report: {file}\n")
    report = json.loads(file.read_text())
    costs = report["patches"][0]["verify"]["costs"]
    assert costs["rows"][0]["equal"] is True
    assert costs["flops"]["added"] == 64
    assert costs["image"] == [1, 3, 64, 64]
    assert report["repeat"] == "yolo-patcher verify --repo PATH --device cpu --imgsz 64 --report page.json"


@pytest.mark.torch
@pytest.mark.slow
def test_the_command_in_a_report_of_trials_makes_it_again(tmp_path: Path, capsys: Capture) -> None:
    root = patched(tmp_path / "c", capsys)
    file = tmp_path / "page.json"
    (patch,) = read_state(Snapshot(root)).patches
    trials = ["--try", "sae@after:2", "--try", "se@after:1", "--model", "base"]
    verify(capsys, root, patch.id, *trials, "--imgsz", "64", "--report", file)
    report = json.loads(file.read_text())
    ids = [one["id"] for one in report["patches"]]
    assert len(ids) == 3
    assert ids[0] == patch.id
    words = shlex.split(report["repeat"])
    words[words.index("PATH")], words[-1] = str(root), str(file)
    assert run(words[1:]) == 0
    assert [one["id"] for one in json.loads(file.read_text())["patches"]] == ids


def test_a_model_without_something_to_try_is_refused(tmp_path: Path, capsys: Capture) -> None:
    write_checkout(tmp_path / "c")
    _, err = verify(capsys, tmp_path / "c", "--model", "yolov8", code=2)
    assert "--model names the base of what is only tried" in err


@pytest.mark.torch
@pytest.mark.slow
def test_a_failed_verification_is_reported_too(tmp_path: Path, capsys: Capture) -> None:
    root = patched(tmp_path / "c", capsys)
    common = root / "models" / "common.py"
    common.write_text(common.read_text().replace("return x * gate.sigmoid()", "return x / 0 * gate.sigmoid()"))
    file = tmp_path / "page.html"
    out, _ = verify(capsys, root, "--imgsz", "64", "--report", file, "--json", code=7)
    document = json.loads(out)
    assert document["ok"] is False
    assert document["report"] == str(file)
    assert "verification failed" in file.read_text("utf-8")


@pytest.mark.torch
@pytest.mark.slow
def test_nothing_is_measured_or_written_unless_asked(tmp_path: Path, capsys: Capture) -> None:
    root = patched(tmp_path / "c", capsys)
    out, _ = verify(capsys, root, "--json")
    document: dict[str, Any] = json.loads(out)
    assert "costs" not in document["patches"][0]["verify"]
    assert "report" not in document


def test_a_wrong_target_is_refused_before_the_work(tmp_path: Path, capsys: Capture) -> None:
    write_checkout(tmp_path / "c")
    apply(tmp_path / "c", "se")
    for name, code in (("page.pdf", 2), ("page", 2), ("none/page.html", 6)):
        out, err = verify(capsys, tmp_path / "c", "--report", tmp_path / name, "--python", "/no/such", code=code)
        assert out == ""
        assert "page" in err
    (tmp_path / "notes.md").write_text("mine")
    _, err = verify(capsys, tmp_path / "c", "--report", tmp_path / "notes.md", "--python", "/no/such", code=3)
    assert "no report of yolo-patcher" in err
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_a_checkout_without_patches_has_nothing_to_report(tmp_path: Path, capsys: Capture) -> None:
    write_checkout(tmp_path / "c")
    _, err = verify(capsys, tmp_path / "c", "--report", tmp_path / "page.html", code=2)
    assert "no patch to report on" in err
    assert not (tmp_path / "page.html").exists()


def test_an_image_too_small_is_refused(tmp_path: Path, capsys: Capture) -> None:
    write_checkout(tmp_path / "c")
    _, err = verify(capsys, tmp_path / "c", "--imgsz", "1", code=2)
    assert "--imgsz" in err
