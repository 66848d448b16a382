"""Checks that are left out by request: known names only, and said in the answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import CHECKS, NEEDED, OPTIONAL
from yolo_patcher.runtime.verify.run import run_probe


@pytest.mark.parametrize("name", [name for name in (*CHECKS, *OPTIONAL) if name not in NEEDED])
def test_every_other_check_may_be_left_out(name: str) -> None:
    HowToVerify(skip=(name,)).refuse_unknown()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (HowToVerify(skip=("determinism",)), "there is no check determinism"),
        (HowToVerify(skip=("build",)), "can't be left out"),
        (HowToVerify(optional=("forward",)), "no optional check forward"),
    ],
)
def test_a_name_that_is_none_is_refused(how: HowToVerify, words: str) -> None:
    with pytest.raises(PatcherError) as caught:
        how.refuse_unknown()
    assert caught.value.kind == "usage"
    assert words in caught.value.message


@pytest.mark.torch
@pytest.mark.parametrize("statement", ["raise ValueError('planted')", "os.abort()"])
def test_what_is_left_out_is_said(statement: str, tmp_path: Path) -> None:
    """Also where the process ended before its turn."""
    case = tiny.write(tmp_path, tiny.gate(f"if not self.training: {statement}\n{tiny.FORWARD}"))
    case = replace(case, checks=("build", "wiring", "forward", "size"), skip=("size",))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=60.0)
    assert [check.name for check in answer.failures] == ["forward"]
    assert {one.name: one.detail for one in answer.checks}["size"] == "left out by request"


@pytest.mark.torch
def test_a_fault_that_only_a_left_out_check_sees(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, tiny.gate(init=tiny.INIT + "\nself.spare = nn.Linear(c, c)"))
    answers = run_probe(
        tmp_path,
        "models.yolo",
        [replace(case, checks=("build", "train")), replace(case, checks=("build", "train"), skip=("train",))],
        python=None,
        device="cpu",
        timeout=60.0,
    )
    assert [answer.status for answer in answers] == ["failed", "passed"]
