"""Each check has a faulty module that it alone finds: with torch alone, in Debian's Python, and on a real checkout."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from conftest import COMPLETE_PYTHON
from patching import patch_many
from planted import PLANTS, Plant

from yolo_patcher.runtime.verify.results import CHECKS, Verification
from yolo_patcher.runtime.verify.run import run_probe

Fresh = Callable[..., Path]
Answers = dict[str, Verification]
IMPORTED = [name for name in PLANTS if PLANTS[name].fails != "import"]
REAL = [name for name in PLANTS if PLANTS[name].real != ""]


def check_found(plant: Plant, answer: Verification, first: str) -> None:
    """State that the check `first`, and beside it only those in which the fault shows of necessity, found the fault."""
    if plant.needs_half and "the model in bfloat16" in {one.name: one.detail for one in answer.checks}["amp"]:
        pytest.skip(f"torch {answer.torch} has no float16 on the CPU: this fault shows on CUDA only")
    assert answer.status == "failed"
    expected = [first, *(plant.also if first == plant.fails else ())]
    assert [check.name for check in answer.failures] == expected, answer.failures
    for word in plant.words:
        assert word in answer.failures[0].detail
    assert {check.status for check in answer.checks if check.name not in expected} <= {"passed", "skipped"}


def on_tiny(folder: Path, python: str, device: str) -> Answers:
    """Verify every plant that can be imported on one made-up checkout, in one process."""
    cases = tiny.write_many(folder, [PLANTS[name].code for name in IMPORTED])
    answers = run_probe(folder, "models.yolo", cases, python=python, device=device, timeout=600.0)
    return dict(zip(IMPORTED, answers, strict=True))


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return on_tiny(tmp_path_factory.mktemp("lean"), sys.executable, "cpu")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return on_tiny(tmp_path_factory.mktemp("complete"), COMPLETE_PYTHON, "cpu")


@pytest.fixture(scope="module")
def cuda(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return on_tiny(tmp_path_factory.mktemp("cuda"), sys.executable, "cuda")


@pytest.fixture(scope="module")
def real(pristine: Fresh, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    root = tmp_path_factory.mktemp("real") / "checkout"
    shutil.copytree(pristine("ultralytics-8.4.190"), root)
    module, cases = patch_many(root, [PLANTS[name].code for name in REAL])
    answers = run_probe(root, module, cases, python=None, device="cpu", timeout=600.0)
    return dict(zip(REAL, answers, strict=True))


def test_every_check_has_its_plant() -> None:
    assert {plant.fails for plant in PLANTS.values()} == set(CHECKS)


@pytest.mark.torch
@pytest.mark.parametrize("name", IMPORTED)
def test_with_this_python(name: str, lean: Answers) -> None:
    check_found(PLANTS[name], lean[name], PLANTS[name].fails)


@pytest.mark.complete
@pytest.mark.parametrize("name", IMPORTED)
def test_with_complete_python(name: str, complete: Answers) -> None:
    assert complete[name].stubbed == ()
    check_found(PLANTS[name], complete[name], PLANTS[name].fails)


@pytest.mark.torch
@pytest.mark.cuda
@pytest.mark.parametrize("name", IMPORTED)
def test_on_cuda(name: str, cuda: Answers) -> None:
    check_found(PLANTS[name], cuda[name], PLANTS[name].fails)


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_on_a_real_checkout(name: str, real: Answers) -> None:
    check_found(PLANTS[name], real[name], PLANTS[name].real or PLANTS[name].fails)


@pytest.mark.parametrize(
    "python",
    [
        pytest.param(sys.executable, id="this", marks=pytest.mark.torch),
        pytest.param(COMPLETE_PYTHON, id="complete", marks=pytest.mark.complete),
    ],
)
def test_class_body_that_raises(python: str, tmp_path: Path) -> None:
    """What fails on import fails for all cases of the process."""
    plant = PLANTS["class body that raises"]
    case = tiny.write(tmp_path, plant.code)
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=python, device="cpu", timeout=600.0)
    check_found(plant, answer, "import")


@pytest.mark.torch
def test_a_base_that_cannot_take_the_step_is_not_blamed_on_the_patch(tmp_path: Path) -> None:
    fault = "    def forward(self, x):\n        y = []\n"
    assert fault in tiny.YOLO
    raises = "        if self.training and len(x) == 2:\n            raise TypeError('no pairs')\n"
    case = tiny.write(tmp_path, yolo=tiny.YOLO.replace(fault, fault + raises))
    case = replace(case, checks=("build", "deterministic"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=600.0)
    assert answer.failures == ()
    assert "the unpatched model can't either: TypeError: no pairs" in answer.checks[-1].detail
