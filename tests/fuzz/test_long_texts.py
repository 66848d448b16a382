"""Long lines, and many of them, cost no more than their length."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from synthetic import BLOCK, write_checkout

from yolo_patcher.cli.main import run

LENGTH = 64_000
SECONDS = 5
MODEL = "ultralytics/cfg/models/v8/yolov8.yaml"
RECIPE = """\
name: mine
version: 1
title: My block
class: SE
template: se.py
kind: channel gate
formula: y = x
parameters: "0"
hyperparameters:
  rate: {type: float, default: 0.5, help: a rate}
"""
TEMPLATE = (
    "from torch import nn\n\n\nclass SE(nn.Module):\n    def __init__(self, c1, rate=0.5):\n"
    "        super().__init__()\n\n"
    "    def forward(self, x):\n        return x\n"
)


def check_quick(code: int, *argv: str) -> None:
    """Check how a command ends, and that it does so soon."""
    begin = time.process_time()
    assert run(list(argv)) == code
    assert time.process_time() - begin < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        f"def f(): pass  #{':#' * (LENGTH // 2)}",
        "\n" * LENGTH,
        f"x = 1  # {'# noqa: E402 ' * (LENGTH // 13)}",
        "#" * LENGTH,
    ],
    ids=["colons and comments", "blank lines", "marks of imports", "comment"],
)
@pytest.mark.parametrize("layout", ["yolov5", "ultralytics-single"])
def test_a_long_line_of_a_checkout(tmp_path: Path, layout: str, line: str) -> None:
    root = write_checkout(tmp_path / "checkout", layout)
    (host,) = (path for path in root.rglob("*.py") if path.name in ("common.py", "modules.py"))
    host.write_text(f"{line}\nx = 1\n{host.read_text()}")
    check_quick(0, "apply", "se", "--no-verify", "--repo", str(root))
    # Without its record the patch is taken out by what the files say.
    shutil.rmtree(root / ".yolo-patcher")
    check_quick(0, "revert", "--all", "--repo", str(root))


def test_a_long_end_of_a_row(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "checkout")
    row = "  - [-1, 3, C2f, [64, True]]\n"
    # A row that was inserted without a shift, which comments may confirm.
    text = BLOCK.replace(row, row * 2, 1).replace("# 0-P1/2", " " * LENGTH, 1)
    (root / MODEL).write_text(text)
    check_quick(1, "check", MODEL, "--repo", str(root))


@pytest.mark.parametrize("value", ["9" * LENGTH + "x", "." * LENGTH, "1e" + "9" * LENGTH + "x"])
def test_a_long_value(tmp_path: Path, value: str) -> None:
    root = write_checkout(tmp_path / "checkout")
    (tmp_path / "mine.yaml").write_text(RECIPE)
    (tmp_path / "se.py").write_text(TEMPLATE)
    recipe = str(tmp_path / "mine.yaml")
    check_quick(2, "apply", recipe, "--set", f"rate={value}", "--no-verify", "--repo", str(root))


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "        " + "y = 1; " * 8000,
        "        y = (" + "SE, " * 15000 + ")",
        "        y = " + "x < " * 15000 + "x",
        "        # " + "#" * 60000,
        "    x: '" + "int | " * 30 + "int' = 1",
    ],
    ids=["statements", "own name", "comparisons", "comment", "annotation"],
)
def test_a_long_line_of_a_template(tmp_path: Path, code: str) -> None:
    root = write_checkout(tmp_path / "checkout", "yolov5")
    (tmp_path / "mine.yaml").write_text(RECIPE)
    (tmp_path / "se.py").write_text(f"{TEMPLATE}{code}\n")
    check_quick(0, "apply", str(tmp_path / "mine.yaml"), "--no-verify", "--repo", str(root))
