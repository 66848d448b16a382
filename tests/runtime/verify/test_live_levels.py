"""The level that was planned for a row is the one that it has: in the patched model, and in the base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from yolo_patcher.runtime.verify.results import Check
from yolo_patcher.runtime.verify.run import run_probe

pytestmark = pytest.mark.torch
BASE = (1, 2, 3, 2, 2, 2, None)
PATCHED = (1, 2, 3, 3, 2, 2, 2, None)


def verdict(root: Path, patched: tuple[int | None, ...] = PATCHED, base: tuple[int | None, ...] = BASE) -> Check:
    """Run the check on the made-up checkout with such a plan."""
    case = tiny.write(root)
    rows = tuple(replace(row, level=level) for row, level in zip(case.rows, patched, strict=True))
    case = replace(case, rows=rows, base_levels=base, checks=("build", "levels"))
    (answer,) = run_probe(root, "models.yolo", [case], python=None, device="cpu", timeout=60.0)
    return answer.checks[-1]


def test_levels_as_planned(tmp_path: Path) -> None:
    found = verdict(tmp_path)
    assert (found.status, found.detail) == ("passed", "13 rows, base and patched")


def test_a_level_that_nobody_knows_is_no_difference(tmp_path: Path) -> None:
    assert verdict(tmp_path, (None,) * 8, (None,) * 7).detail == "0 rows, base and patched"


@pytest.mark.parametrize(
    ("patched", "base", "words"),
    [
        ((1, 2, 3, 4, 2, 2, 2, None), BASE, "row 3 (Gate) is planned at P4, and has a stride of 8 (P3)"),
        (
            PATCHED,
            (1, 2, 3, 3, 2, 2, None),
            "row 3 of the base (Upsample) is planned at P3, and has a stride of 4 (P2)",
        ),
    ],
)
def test_a_difference_names_the_row(
    patched: tuple[int | None, ...], base: tuple[int | None, ...], words: str, tmp_path: Path
) -> None:
    found = verdict(tmp_path, patched, base)
    assert found.status == "failed"
    assert words in found.detail


def test_a_row_of_padding_is_no_other_level(tmp_path: Path) -> None:
    """Two cells and one of padding are three of 64 pixels, a stride of 21."""
    padded = tiny.BASE.replace("[16, 3, 2]] # 2", "[16, 3, 2]] # 2\n  - [2, 1, nn.ZeroPad2d, [[0, 1, 0, 1]]] # 3")
    padded = padded.replace("[-1, 1, nn.Upsample", "[2, 1, nn.Upsample")
    padded = padded.replace("[[5, 2], 1, Detect", "[[6, 2], 1, Detect")
    case = tiny.write(tmp_path, base=padded)
    rows = tuple(replace(row, level=level) for row, level in zip(case.rows, PATCHED, strict=True))
    case = replace(case, rows=rows, base_levels=(1, 2, 3, 3, 2, 2, 2, None), checks=("build", "levels"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=60.0)
    assert (answer.checks[-1].status, answer.checks[-1].detail) == ("passed", "14 rows, base and patched")
