"""What only the check `export` finds, every recipe of the catalogue through it, and where it can't run."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from conftest import COMPLETE_PYTHON
from patching import patch
from planted import Plant
from tiny import FORWARD, gate

from yolo_patcher.cli.main import run
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.runtime.verify.results import CHECKS, Case, Check, Verification
from yolo_patcher.runtime.verify.run import run_probe

# The numbers of a trace are right for what it saw, so it must not see all that it is asked for later.
PLANTS = {
    "number taken out of the graph": Plant(
        gate("return self.fc(x) / x.new_tensor([float(one.abs().max()) + 1 for one in x]).view(-1, 1, 1, 1)"),
        "export",
        ("TorchScript gives other numbers",),
    ),
    "break of the graph": Plant(
        gate("if float(x.sum()) != float(x.sum()): raise ValueError('NaN')\n" + FORWARD),
        "export",
        ("torch.compile needs a break of the graph",),
    ),
    "operation that ONNX has not": Plant(
        gate("return x * self.fc(torch.special.i0e(x.float()).to(x.dtype)).sigmoid()"), "export", ("i0e",)
    ),
    "size taken out of the graph": Plant(
        gate("return self.fc(x) * int(x.shape[2] * x.shape[3]) ** 0.5"),
        "export",
        ("ONNX opset", "for any size gives other numbers"),
    ),
}
# A matrix made for the size that is traced, as adaptive pooling without torch's own operation has it.
FIXED = gate("h = int(x.shape[2])\nreturn self.fc(x) + torch.matmul(x.new_tensor([[1 / h] * h] * h), x)")


@functools.cache
def exporting_python() -> str:
    """Give a Python with torch, onnx and onnxruntime: the variable's, the repository's own, this one or Debian's."""
    own = Path(__file__).parents[3] / ".venv-export/bin/python"
    for python in (os.environ.get("YOLO_PATCHER_EXPORT_PYTHON"), str(own), sys.executable, COMPLETE_PYTHON):
        if python and shutil.which(python):
            ended = subprocess.run([python, "-c", "import torch, onnx, onnxruntime"], capture_output=True)
            if ended.returncode == 0:
                return python
    pytest.skip("needs a Python with torch, onnx and onnxruntime: `make export-python`, or YOLO_PATCHER_EXPORT_PYTHON")


def only(answer: Verification) -> Check:
    """Give how the check `export` ended."""
    return next(check for check in answer.checks if check.name == "export")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verification]:
    folder = tmp_path_factory.mktemp("planted")
    names = [*PLANTS, "sound", "fixed"]
    codes = [*(plant.code for plant in PLANTS.values()), gate(), FIXED]
    cases = [replace(case, checks=(*CHECKS, "export")) for case in tiny.write_many(folder, codes)]
    answers = run_probe(folder, "models.yolo", cases, python=exporting_python(), device="cpu", timeout=600.0)
    return dict(zip(names, answers, strict=True))


@pytest.mark.torch
@pytest.mark.parametrize("name", PLANTS)
def test_only_export_finds_it(name: str, planted: dict[str, Verification]) -> None:
    plant, answer = PLANTS[name], planted[name]
    if "graph" in plant.words[0] and "needs torch 2.0" in only(planted["sound"]).detail:
        pytest.skip(f"torch {answer.torch} has no torch.compile")
    assert [check.name for check in answer.failures] == [plant.fails], answer.failures
    for word in plant.words:
        assert word in answer.failures[0].detail


@pytest.mark.torch
def test_sound_module(planted: dict[str, Verification]) -> None:
    check = only(planted["sound"])
    assert check.status == "passed"
    assert "for any size" in check.detail
    assert check.detail.startswith("TorchScript; torch.compile")


@pytest.mark.torch
def test_module_that_exports_for_a_fixed_size_only(planted: dict[str, Verification]) -> None:
    check = only(planted["fixed"])
    assert check.status == "passed", check
    assert "for a fixed size only" in check.detail


@pytest.mark.torch
def test_python_without_onnx(tmp_path: Path) -> None:
    if subprocess.run([sys.executable, "-c", "import onnx"], capture_output=True).returncode == 0:
        pytest.skip("onnx is in this Python")
    case = replace(tiny.write(tmp_path), checks=("build", "export"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=600.0)
    assert (answer.status, only(answer).status) == ("passed", "skipped")
    assert "pip install onnx onnxruntime" in only(answer).detail


@pytest.mark.torch
def test_what_the_base_cannot_export_is_skipped(tmp_path: Path) -> None:
    yolo = tiny.YOLO.replace("        y = []\n", "        y = []\n        x = torch.special.i0e(x)\n")
    case: Case = replace(tiny.write(tmp_path, yolo=yolo), checks=("build", "export"))
    python = exporting_python()
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=python, device="cpu", timeout=600.0)
    assert (answer.status, only(answer).status) == ("passed", "skipped")
    assert "the unpatched model can't either" in only(answer).detail


@pytest.mark.torch
@pytest.mark.parametrize(
    ("file", "text", "opset"),
    [
        ("export.py", "import argparse\nargparse.ArgumentParser().add_argument('--opset', default=13)\n", 13),
        ("torch_utils.py", "def get_latest_opset():\n    return 14\n", 14),
        (
            "exporter.py",
            "def best_onnx_opset(onnx, cuda=False):\n    return onnx.defs.onnx_opset_version() - 2\n",
            None,
        ),
        ("default.yaml", "opset: 16\n", 16),
    ],
)
def test_the_opset_is_the_repositorys(file: str, text: str, opset: int | None, tmp_path: Path) -> None:
    case = replace(tiny.write(tmp_path), checks=("build", "export"))
    (tmp_path / "models" / file).write_text(text)
    python = exporting_python()
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=python, device="cpu", timeout=600.0)
    if opset is None:
        assert "opset" in only(answer).detail
        assert "opset 17" not in only(answer).detail
    else:
        assert f"ONNX opset {opset} " in only(answer).detail


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov5-7.0.14", "ultralytics-8.0.0", "ultralytics-8.4.190"])
def test_real_checkouts(name: str, fresh: Callable[..., Path]) -> None:
    root = fresh(name)
    module, case = patch(root)
    case = replace(case, checks=("build", "export"))
    (answer,) = run_probe(root, module, [case], python=exporting_python(), device="cpu", timeout=600.0)
    assert only(answer).status == "passed", only(answer)
    assert only(answer).detail.startswith("TorchScript; ")
    assert "for any size" in only(answer).detail


EXPORTED = [recipe for recipe in all_recipes() if recipe.signature.keeps_shape]
TOGETHER = 8


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("first", range(-(-len(EXPORTED) // TOGETHER)))
def test_every_recipe(first: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the command line, several in one model: exporting takes long, and a model more is as dear as ten rows."""
    tiny.write(tmp_path, "", base=tiny.WIDE)
    (tmp_path / "models" / "base-gate.yaml").unlink()
    # What is made for the end of a backbone may need more memory than there is on the large maps in front.
    wanted = [
        f"{recipe.name}@{'after:2' if recipe.position == 'backbone' else tiny.PLACES[number % len(tiny.PLACES)]}"
        for number, recipe in enumerate(EXPORTED[first :: -(-len(EXPORTED) // TOGETHER)])
    ]
    repo = str(tmp_path)
    assert run(["apply", *wanted, "--model", "base", "--output", "all.yaml", "--no-verify", "--repo", repo]) == 0
    capsys.readouterr()
    arguments = ["verify", "--repo", repo, "--check", "export", "--python", exporting_python(), "--device", "cpu"]
    assert run([*arguments, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["patches"]
    (export,) = [check for check in found["verify"]["checks"] if check["name"] == "export"]
    assert export["status"] == "passed", export


def test_unknown_check_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--repo", str(tmp_path), "--check", "exprot"]) == 2
    assert "It is one of: export" in capsys.readouterr().err
