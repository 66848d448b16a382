"""The checks that are run on request: two equal runs, a checkpoint that goes on training, the whole batch."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from conftest import COMPLETE_PYTHON, Checkouts
from patching import GATE, patch, patch_many

from yolo_patcher.runtime.verify.results import Check
from yolo_patcher.runtime.verify.run import run_probe

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from trainer_runs import environment

CLOCK = "import time\nreturn self.fc(x) * (1 + time.time() % 1)"
LOSSES = "return self.fc(x) * (1 + 0.1 * torch.rand(1, device=x.device))"
FORGETFUL = """

class Gate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc = nn.Conv2d(c, c, 1)

    def __reduce__(self):
        return nn.Identity, ()

    def forward(self, x):
        return self.fc(x)
"""


def asked_for(root: Path, code: str, name: str) -> Check:
    case = replace(tiny.write(root, code), checks=("build", name))
    (answer,) = run_probe(root, "models.yolo", [case], python=None, device="cpu", timeout=120.0)
    return answer.checks[-1]


@pytest.mark.torch
@pytest.mark.parametrize(("forward", "status"), [(tiny.FORWARD, "passed"), (LOSSES, "passed"), (CLOCK, "failed")])
def test_two_runs_from_one_seed(forward: str, status: str, tmp_path: Path) -> None:
    """Random numbers of the seeded generators are fine, those of a clock are not."""
    found = asked_for(tmp_path, tiny.gate(forward), "repeat")
    assert found.status == status
    assert ("equal losses" if status == "passed" else "give other losses") in found.detail


@pytest.mark.torch
@pytest.mark.slow
def test_a_step_with_the_whole_batch(tmp_path: Path) -> None:
    found = asked_for(tmp_path / "sound", tiny.gate(), "full")
    assert (found.status, found.detail) == ("passed", "640 x 640, batch 16")
    raising = tiny.gate(f"assert len(x) < 8, 'planted'\n{tiny.FORWARD}")
    assert "planted" in asked_for(tmp_path / "raising", raising, "full").detail


@pytest.mark.torch
def test_resume_needs_what_the_trainer_needs(tmp_path: Path) -> None:
    found = asked_for(tmp_path, tiny.gate(), "resume")
    assert found.status == "skipped"
    assert "which this Python lacks" in found.detail or "has no train.py" in found.detail


@pytest.mark.complete
@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layout", "more"),
    [
        ("ultralytics-8.4.190", "package", None),
        ("ultralytics-8.1.0", "package", None),
        ("yolov5-7.0.14", "original", "ultralytics-8.3.0"),
    ],
)
def test_a_checkpoint_goes_on_training(
    name: str,
    layout: str,
    more: str | None,
    fresh: Checkouts,
    pristine: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = fresh(name, layout)
    place = environment(tmp_path / "environment", [pristine(more)] if more else [], pristine)
    monkeypatch.setenv("PYTHONPATH", place.variables["PYTHONPATH"])
    module, case = patch(root)
    case = replace(case, checks=("build", "resume"))
    (answer,) = run_probe(root, module, [case], python=COMPLETE_PYTHON, device="cpu", timeout=300.0)
    assert answer.checks[-1].status == "passed", answer.checks[-1]
    assert "3 epochs, and " in answer.checks[-1].detail


@pytest.mark.complete
@pytest.mark.checkout
@pytest.mark.slow
def test_a_checkpoint_that_lost_a_row(pristine: Checkouts, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(pristine("ultralytics-8.4.190"), root)
    module, cases = patch_many(root, [FORGETFUL, GATE])
    cases = [replace(case, checks=("build", "resume")) for case in cases]
    answers = run_probe(root, module, cases, python=COMPLETE_PYTHON, device="cpu", timeout=300.0)
    assert [answer.checks[-1].status for answer in answers] == ["failed", "passed"]
    assert "Identity" in answers[0].checks[-1].detail
