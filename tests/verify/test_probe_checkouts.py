"""Real checkouts, patched by hand, pass every check: with torch alone, and in a complete environment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import PINNED, YOLOV5
from patching import patch

from yolo_patcher.verify.results import CHECKS
from yolo_patcher.verify.run import run_probe

Fresh = Callable[..., Path]
LAYOUTS = [(name, "package") for name in PINNED] + [(name, "original") for name in YOLOV5]
pytestmark = [pytest.mark.checkout, pytest.mark.slow]


def check_passes(root: Path, python: str) -> tuple[str, ...]:
    """State that the patched checkout passes every check, on the CPU; give what had stand-ins."""
    module, case = patch(root)
    (answer,) = run_probe(root, module, [case], python=python, device="cpu", timeout=300.0)
    assert answer.failures == (), answer.output
    assert answer.status == "passed"
    assert {check.name for check in answer.checks if check.status == "skipped"} == {"deterministic"}
    assert {check.name for check in answer.checks} == set(CHECKS)
    assert answer.params is not None
    assert answer.params["added"] == sum(answer.new_params.values()) > 0
    assert len(answer.new_params) == 3
    assert all(shape is not None for shape in answer.shapes)
    assert not list(root.rglob("__pycache__"))
    return answer.stubbed


@pytest.mark.torch
@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_with_this_python(name: str, layout: str, fresh: Fresh) -> None:
    check_passes(fresh(name, layout), sys.executable)


@pytest.mark.complete
@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_with_complete_python(name: str, layout: str, fresh: Fresh) -> None:
    stubbed = check_passes(fresh(name, layout), "/usr/bin/python3")
    assert not {"numpy", "cv2", "torchvision", "matplotlib", "PIL", "requests"} & set(stubbed)
