from __future__ import annotations

import json
from pathlib import Path

import pytest
from pictures import read_svg
from synthetic import apply, write_checkout

from yolo_patcher.cli.main import run

Capture = pytest.CaptureFixture[str]


def inspect(capsys: Capture, repo: Path, *options: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run(["inspect", "--repo", str(repo), *options]) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


@pytest.mark.parametrize(
    ("form", "first"), [("mermaid", "flowchart TB"), ("dot", "digraph model {"), ("svg", "<svg xmlns=")]
)
def test_stdout_is_the_drawing(capsys: Capture, tmp_path: Path, form: str, first: str) -> None:
    out, err = inspect(capsys, write_checkout(tmp_path), "--format", form)
    assert out.startswith(first)
    assert out.endswith("\n")
    assert err == ""
    assert inspect(capsys, tmp_path, "--format", form)[0] == out


def test_a_patched_model(capsys: Capture, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = apply(tmp_path, "se").patch.model
    drawn = read_svg(inspect(capsys, tmp_path, "--model", model, "--format", "svg")[0])
    marked = [one.get("data-row") for one in drawn.root.iter() if "inserted" in one.get("class", "")]
    assert marked == ["13", "14"]
    table = inspect(capsys, tmp_path, "--model", model)[0].splitlines()
    assert [line.split()[1] for line in table if line.startswith("+ ")] == ["13", "14", "inserted"]
    assert not any(line.startswith("+") for line in inspect(capsys, tmp_path)[0].splitlines())


def test_the_document_is_the_same_in_a_table(capsys: Capture, tmp_path: Path) -> None:
    plain = inspect(capsys, write_checkout(tmp_path), "--json")[0]
    assert inspect(capsys, tmp_path, "--json", "--format", "table")[0] == plain
    assert set(json.loads(plain)["rows"][0]) == {
        "row", "section", "from", "repeats", "module", "args", "level", "channels", "line",
        "parameters",
    }  # fmt: skip


def test_wrong_use(capsys: Capture, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    out, err = inspect(capsys, tmp_path, "--format", "png", code=2)
    assert out == ""
    assert "'png' is not one of 'table', 'mermaid', 'dot', 'svg'" in err
    error = json.loads(inspect(capsys, tmp_path, "--format", "svg", "--json", code=2)[0])["error"]
    assert (error["kind"], error["message"]) == ("usage", "--json and --format svg exclude each other")
