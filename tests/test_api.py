"""The product as scripts and notebooks call it."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import write_checkout

from yolo_patcher import api


@pytest.mark.parametrize(("after", "count"), [("[[9, 12], 1, Detect", ""), ("[[9, 11], 1, Detect", "check finds")])
def test_what_check_finds_in_the_base_is_a_warning_of_the_plan(after: str, count: str, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = tmp_path / api.plan(tmp_path, "se").patch.base
    text = model.read_text("utf-8")
    assert "[[9, 12], 1, Detect" in text
    model.write_text(text.replace("[[9, 12], 1, Detect", after), encoding="utf-8")
    proposal = api.plan(tmp_path, "se")
    warnings = proposal.warnings
    assert len(warnings) == len(proposal.planned.plan.warnings) + bool(count)
    if count:
        assert "the base model may be mis-wired" in warnings[-1]
        assert count in warnings[-1]
        assert f"yolo-patcher check {proposal.patch.base}" in warnings[-1]
