"""What the checkouts' own trainers set, read from their files; and what follows for a parameter's name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from yolo_patcher.runtime.verify.results import Check
from yolo_patcher.runtime.verify.run import PROBE, run_probe

sys.path.insert(0, str(PROBE))
import yp_trainer  # type: ignore[import-not-found]

Fresh = Callable[..., Path]
NARROW = """
from torch import nn


def smart_optimizer(model):
    groups = [], [], []
    for v in model.modules():
        if hasattr(v, "bias") and isinstance(v.bias, nn.Parameter):
            groups[2].append(v.bias)
        if isinstance(v, nn.BatchNorm2d):
            groups[1].append(v.weight)
        elif hasattr(v, "weight") and isinstance(v.weight, nn.Parameter):
            groups[0].append(v.weight)
    return groups
"""
SCALED = tiny.gate("return self.fc(x) * self.gamma", tiny.INIT + "\nself.gamma = nn.Parameter(torch.ones(1))")


@pytest.mark.checkout
@pytest.mark.parametrize(
    ("name", "determinism", "narrow"),
    [
        ("ultralytics-8.0.0", "enforced", True),
        ("ultralytics-8.0.100", "enforced", True),
        ("ultralytics-8.1.0", "warns", False),
        ("ultralytics-8.4.190", "warns", False),
        ("yolov5-4.0.14", "ignored", True),
        ("yolov5-6.2.3", "enforced", False),
        ("yolov5-7.0.14", "enforced", False),
    ],
)
def test_what_the_trainers_set(name: str, determinism: str, narrow: bool, pristine: Fresh) -> None:
    package = str(pristine(name) / name.split("-")[0])
    assert yp_trainer.determinism(package)[0] == determinism
    rule = yp_trainer.optimiser(package)
    assert (rule is not None and rule.names == {"weight", "bias"}) == narrow
    assert (yp_trainer.side(package, "Detect"), yp_trainer.batch(package, "Detect")) == (640, 16)
    assert yp_trainer.side(package, "Classify") == 224


def verdict(root: Path, code: str, name: str, trainer: str = "", determinism: str | None = None) -> Check:
    """Run one check on a made-up checkout with such a trainer."""
    case = tiny.write(root, code)
    (root / "train.py").write_text(trainer)
    if determinism is not None:
        (root / "utils" / "general.py").write_text(determinism)
    case = replace(case, checks=("build", name))
    (answer,) = run_probe(root, "models.yolo", [case], python=None, device="cpu", timeout=60.0)
    return answer.checks[-1]


@pytest.mark.torch
def test_a_parameter_that_the_optimiser_does_not_know(tmp_path: Path) -> None:
    found = verdict(tmp_path, SCALED, "train", NARROW)
    assert found.status == "failed"
    assert "parameter gamma is in no group" in found.detail
    assert "bias and weight" in found.detail
    assert "train.py:7" in found.detail


@pytest.mark.torch
@pytest.mark.parametrize(
    "trainer", ["", NARROW.replace("v in model.modules():", "v in model.modules():\n        known = [*v.parameters()]")]
)
def test_an_optimiser_that_takes_all_parameters(trainer: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, SCALED, "train", trainer).status == "passed"


@pytest.mark.torch
@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("torch.use_deterministic_algorithms(True)", "failed", "enforces it (utils/general.py:2)"),
        ("torch.use_deterministic_algorithms(True, warn_only=True)", "warned", "only warns of it (utils/general.py:2)"),
        ("torch.use_deterministic_algorithms(False)", "warned", "does not ask for it"),
    ],
)
def test_determinism_is_judged_by_the_trainer(line: str, status: str, words: str, tmp_path: Path) -> None:
    pooled = tiny.gate("return x * self.fc(nn.functional.adaptive_max_pool2d(x, 1)).sigmoid()")
    found = verdict(tmp_path, pooled, "deterministic", determinism=f"import torch\n{line}\n")
    assert found.status == status
    for word in (words, "row 3: models/common.py:", "x.amax((2, 3), keepdim=True)"):
        assert word in found.detail
