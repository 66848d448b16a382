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
from patching import make_smaller, patch_many
from planted import PLANTS, Plant

from yolo_patcher.runtime.verify.results import CHECKS, Case, Verification
from yolo_patcher.runtime.verify.run import run_probe

Fresh = Callable[..., Path]
Answers = dict[str, Verification]
IMPORTED = [name for name in PLANTS if PLANTS[name].fails != "import"]
REAL = [name for name in PLANTS if PLANTS[name].real != ""]


def check_found(plant: Plant, answer: Verification, first: str, warns: bool) -> None:
    """State that the check `first`, and beside it none but those in which the fault may show too, found the fault."""
    detail = {one.name: one.detail for one in answer.checks}
    if plant.needs_half and "the model in bfloat16" in detail["amp"]:
        pytest.skip(f"torch {answer.torch} has no float16 on the CPU: this fault shows on CUDA only")
    told = {check.name for check in (answer.warnings if warns else answer.failures)}
    assert first in told, answer.checks
    assert told <= {first, *plant.also}, told
    for word in plant.words:
        assert word in detail[first]
    status = {check.name: check.status for check in answer.checks}
    assert answer.status == ("failed" if "failed" in status.values() else "passed")
    assert {one for name, one in status.items() if name not in (first, *plant.also)} <= {"passed", "warned", "skipped"}


def as_planned(plant: Plant, case: Case) -> Case:
    """Put into a case what the plan says beside the class."""
    rows = tuple(
        replace(row, level=plant.level, settings={row.module: (plant.settings,)} if plant.settings else {})
        if row.new
        else row
        for row in case.rows
    )
    return replace(case, rows=rows)


def on_tiny(folder: Path, python: str, device: str) -> Answers:
    """Verify every plant that can be imported on one made-up checkout, in one process."""
    cases = tiny.write_many(folder, [PLANTS[name].code for name in IMPORTED])
    cases = [as_planned(PLANTS[name], case) for name, case in zip(IMPORTED, cases, strict=True)]
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
    make_smaller(root)
    module, cases = patch_many(root, [PLANTS[name].code for name in REAL])
    cases = [as_planned(PLANTS[name], case) for name, case in zip(REAL, cases, strict=True)]
    answers = run_probe(root, module, cases, python=None, device="cpu", timeout=600.0)
    return dict(zip(REAL, answers, strict=True))


def test_every_check_has_its_plant() -> None:
    assert {plant.fails for plant in PLANTS.values()} == set(CHECKS)


@pytest.mark.torch
@pytest.mark.parametrize("name", IMPORTED)
def test_with_this_python(name: str, lean: Answers) -> None:
    check_found(PLANTS[name], lean[name], PLANTS[name].fails, PLANTS[name].warns)


@pytest.mark.complete
@pytest.mark.parametrize("name", IMPORTED)
def test_with_complete_python(name: str, complete: Answers) -> None:
    assert complete[name].stubbed == ()
    check_found(PLANTS[name], complete[name], PLANTS[name].fails, PLANTS[name].warns)


@pytest.mark.torch
@pytest.mark.cuda
@pytest.mark.parametrize("name", IMPORTED)
def test_on_cuda(name: str, cuda: Answers) -> None:
    check_found(PLANTS[name], cuda[name], PLANTS[name].fails, PLANTS[name].warns)


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_on_a_real_checkout(name: str, real: Answers) -> None:
    plant = PLANTS[name]
    check_found(plant, real[name], plant.real or plant.fails, plant.warns or plant.real_warns)


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
    check_found(plant, answer, "import", warns=False)


@pytest.mark.torch
def test_a_base_that_cannot_take_the_step_is_not_blamed_on_the_patch(tmp_path: Path) -> None:
    fault = "    def forward(self, x):\n        y = []\n"
    assert fault in tiny.YOLO
    raises = "        if self.training and len(x) == 4:\n            raise TypeError('no fours')\n"
    case = tiny.write(tmp_path, yolo=tiny.YOLO.replace(fault, fault + raises))
    case = replace(case, checks=("build", "deterministic"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=600.0)
    assert answer.failures == ()
    assert "the unpatched model can't either: TypeError: no fours" in answer.checks[-1].detail
