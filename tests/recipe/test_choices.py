"""A hyper-parameter of named choices, from the command line to the row of a model YAML, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from conftest import Checkouts
from synthetic import LAYOUTS, contents, write_checkout

from yolo_patcher.cli.main import run

Capture = pytest.CaptureFixture[str]

RECIPE = """\
name: mine
version: 1
title: My gate
class: MyGate
template: mine.py
kind: channel gate
formula: y = x * sigmoid(W mean(x))
hyperparameters:
  bias: {type: bool, default: false, help: a bias}
  variant: {type: choice, choices: [paper, released_code, pooled_twice], default: paper, help: the form of the gate}
parameters: C * C + bias * C + C * (variant == "released_code")
channels:
  - {when: variant == "pooled_twice" and C > 100, warn: "{variant} costs much at {C} channels"}
"""
CLASS = '''\
"""My gate."""

import torch
from torch import nn


class MyGate(nn.Module):
    """My gate: y = x * sigmoid(W mean(x)), in the released code with a factor for each channel."""

    def __init__(self, c1, bias=False, variant="paper"):
        super().__init__()
        if variant not in ("paper", "released_code", "pooled_twice"):
            raise ValueError(f"MyGate: variant={variant} is unknown")
        self.fc = nn.Conv2d(c1, c1, 1, bias=bias)
        self.weight = nn.Parameter(torch.ones(1, c1, 1, 1)) if variant == "released_code" else None

    def forward(self, x):
        gate = self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
        return x * gate if self.weight is None else x * gate * self.weight
'''


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "mine.py").write_text(CLASS, encoding="utf-8")
    return str(folder)


def told(capsys: Capture, *argv: str, code: int = 0) -> dict[str, object]:
    assert run([*argv, "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def rows_of(root: Path, model: str) -> list[list[object]]:
    document = yaml.safe_load((root / model).read_text("utf-8"))
    return [row for row in document["backbone"] + document["head"] if row[2] == "MyGate"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_to_the_row_and_back(capsys: Capture, tmp_path: Path, recipe: str, layout: str) -> None:
    root = write_checkout(tmp_path / "checkout", layout)
    before = contents(root)
    repo = ["--repo", str(root), "--recipe", recipe]
    asked = ["apply", "mine", *repo, "--no-verify", "--set", "variant=Released-Code"]
    patch: dict[str, str] = told(capsys, *asked)["patch"]  # type: ignore[assignment]
    rows = rows_of(root, patch["model"])
    assert rows
    assert [row[3] for row in rows] == [[False, "released_code"]] * len(rows)
    text = (root / patch["model"]).read_text("utf-8")
    assert "[False, 'released_code']" in text
    assert "--set mine.variant=released_code" in text.splitlines()[0]
    assert not told(capsys, *asked)["changed"]
    patched = contents(root)
    assert not told(capsys, "reapply", *repo, "--no-verify")["changed"]
    assert contents(root) == patched
    told(capsys, "revert", "--repo", str(root))
    assert contents(root) == before


def test_from_the_exported_file_onto_a_fresh_checkout(capsys: Capture, tmp_path: Path, recipe: str) -> None:
    root, other = write_checkout(tmp_path / "checkout"), write_checkout(tmp_path / "other")
    told(
        capsys, "apply", "mine", "--repo", str(root), "--recipe", recipe, "--no-verify", "--set", "variant=pooled_twice"
    )
    told(capsys, "status", "--repo", str(root), "--export")
    (other / "yolo-patcher.toml").write_bytes((root / "yolo-patcher.toml").read_bytes())
    told(capsys, "reapply", "--repo", str(other), "--recipe", recipe, "--no-verify")
    assert contents(other) == contents(root)


def test_without_a_record_the_first_line_is_enough(capsys: Capture, tmp_path: Path, recipe: str) -> None:
    root = write_checkout(tmp_path / "checkout")
    before = contents(root)
    told(
        capsys,
        "apply",
        "mine",
        "--repo",
        str(root),
        "--recipe",
        recipe,
        "--no-verify",
        "--set",
        "variant=released_code",
    )
    (root / ".yolo-patcher" / "state.json").unlink()
    assert told(capsys, "revert", "--repo", str(root), "--recipe", recipe)["changed"]
    assert contents(root) == before


def test_the_default_is_not_written(capsys: Capture, tmp_path: Path, recipe: str) -> None:
    root = write_checkout(tmp_path / "checkout")
    repo = ["--repo", str(root), "--recipe", recipe, "--no-verify"]
    patch: dict[str, str] = told(capsys, "apply", "mine", *repo, "--set", "variant=paper")["patch"]  # type: ignore[assignment]
    assert [row[3] for row in rows_of(root, patch["model"])] == [[]] * len(rows_of(root, patch["model"]))


def test_a_near_miss_is_named(capsys: Capture, recipe: str) -> None:
    error: dict[str, str] = told(capsys, "apply", "mine", "--recipe", recipe, "--set", "variant=realesed", code=2)[
        "error"
    ]  # type: ignore[assignment]
    assert error["message"] == "variant cannot be 'realesed'"
    assert error["help"] == "Did you mean released_code? variant is paper, released_code or pooled_twice."


@pytest.mark.checkout
@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "ultralytics-8.4.190", "yolov5-7.0.14"])
def test_every_parse_model_gives_the_class_the_word(capsys: Capture, fresh: Checkouts, recipe: str, name: str) -> None:
    root = str(fresh(name))
    arguments = ["apply", "mine@backbone", "--repo", root, "--recipe", recipe, "--device", "cpu"]
    verify = told(capsys, *arguments, "--set", "variant=released_code")["verify"]
    assert isinstance(verify, dict)
    width = round(verify["params"]["added"] ** 0.5)
    assert verify["params"]["added"] == width * width + width
