"""A base model that is mis-wired is patched as it is, and said to be so."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import planned_on, write_checkout

from yolo_patcher.check.base_wiring import with_base_findings


@pytest.mark.parametrize(("after", "count"), [("[[9, 12], 1, Detect", ""), ("[[9, 11], 1, Detect", "check finds")])
def test_what_check_finds_is_a_warning(after: str, count: str, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = tmp_path / planned_on(tmp_path).plan.patch.base
    text = model.read_text("utf-8")
    assert "[[9, 12], 1, Detect" in text
    model.write_text(text.replace("[[9, 12], 1, Detect", after), encoding="utf-8")
    planned = planned_on(tmp_path)
    warnings = with_base_findings(planned).plan.warnings
    assert len(warnings) == len(planned.plan.warnings) + bool(count)
    if count:
        assert "the base model may be mis-wired" in warnings[-1]
        assert count in warnings[-1]
        assert f"yolo-patcher check {planned.plan.patch.base}" in warnings[-1]
