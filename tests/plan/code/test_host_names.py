"""A class that is appended to a file finds there what its template imports, and hides nothing of that file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthetic import tree, write_checkout

from yolo_patcher.cli.main import run

HOST = "models/common.py"
RECIPE = """\
name: mine
version: 1
title: My gate
class: MyGate
template: mine.py
kind: channel gate
formula: y = relu(x)
parameters: "0"
hyperparameters: {}
"""
CODE = '''\
"""My gate."""

import torch
from torch import nn
from torch.nn import functional as F


class MyGate(nn.Module):
    """My gate."""

    def forward(self, x):
        return F.relu(x) * max(torch.ones(2))
'''

Capture = pytest.CaptureFixture[str]


def apply(folder: Path, root: Path, capsys: Capture) -> tuple[int, dict[str, dict[str, object]]]:
    (folder / "mine.yaml").write_text(RECIPE)
    (folder / "mine.py").write_text(CODE)
    capsys.readouterr()
    code = run(["apply", str(folder / "mine.yaml"), "--no-verify", "--json", "--repo", str(root)])
    return code, json.loads(capsys.readouterr().out)


def host(folder: Path, line: str, path: str = HOST) -> Path:
    """Write a checkout, one file of which begins with a line."""
    root = write_checkout(folder / "checkout", "yolov5")
    (root / path).write_text(f"{line}\n{(root / path).read_text()}")
    return root


@pytest.mark.parametrize(
    "line",
    [
        "import math",
        "import torch.nn.functional as F",
        "from torch.nn import functional as F",
        "import torch.cuda",
        "import torch, math",
        "try:\n    import torch\nexcept ImportError:\n    raise",
        "maximum = max",
    ],
)
def test_the_same_name_for_the_same_thing(tmp_path: Path, line: str, capsys: Capture) -> None:
    root = host(tmp_path, line)
    code, document = apply(tmp_path, root, capsys)
    assert code == 0, document
    text = (root / HOST).read_text()
    assert text.count("import functional as F") + text.count("functional as F") >= 1
    assert text.count("as F") == 1
    compile(text, HOST, "exec")


@pytest.mark.parametrize(
    "line",
    [
        "F = None",
        "import math as F",
        "import torch.functional as F",
        "from torchvision.transforms import functional as F",
        "from . import functional as F",
        "from .torch.nn import functional as F",
        "def F(x): pass",
        "class F: pass",
        "def max(x): pass",
        "from numpy import max",
        "import numpy as torch",
        "try:\n    import torch\nexcept ImportError:\n    torch = None",
    ],
)
def test_the_same_name_for_another_thing_is_refused(tmp_path: Path, line: str, capsys: Capture) -> None:
    root = host(tmp_path, line)
    before = tree(root, with_state=True)
    code, document = apply(tmp_path, root, capsys)
    error = document["error"]
    assert (code, error["kind"], error["path"]) == (3, "refused", HOST), error
    assert error["line"] == line.count("\n") + 1
    assert "and here it is another thing" in str(error["message"])
    assert tree(root, with_state=True) == before


def test_a_name_of_the_file_that_takes_everything_is_not_hidden(tmp_path: Path, capsys: Capture) -> None:
    root = host(tmp_path, "F = 1", "models/yolo.py")
    text = (root / "models/yolo.py").read_text()
    assert "from models.common import *" in text
    code, document = apply(tmp_path, root, capsys)
    assert (code, document["error"]["path"], document["error"]["line"]) == (3, "models/yolo.py", 1)


def test_a_class_in_a_file_of_its_own_meets_nobody(tmp_path: Path, capsys: Capture) -> None:
    root = write_checkout(tmp_path / "checkout")
    for path in root.rglob("*.py"):
        path.write_text(f"{path.read_text()}\nF = None\n")
    code, document = apply(tmp_path, root, capsys)
    assert code == 0, document
