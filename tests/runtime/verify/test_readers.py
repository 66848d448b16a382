"""The wiring check says which edges lead through new rows, and fails where these are not those that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from synthetic import plan
from tiny import HEAD, HEAD_ROWS

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.model.graph import Edge
from yolo_patcher.plan.plan import Plan
from yolo_patcher.runtime.verify.cases import verify_plan
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import CHECKS, Case, Check
from yolo_patcher.runtime.verify.run import run_probe

pytestmark = pytest.mark.torch

Fresh = Callable[..., Path]


def wiring(root: Path, case: Case) -> Check:
    """Run the wiring check of a case alone."""
    (answer,) = run_probe(
        root, "models.yolo", [replace(case, checks=("wiring",))], python=None, device="cpu", timeout=600.0
    )
    return next(check for check in answer.checks if check.name == "wiring")


def wiring_of(root: Path, planned: Plan) -> Check:
    """Run the wiring check of a plan alone."""
    skip = tuple(name for name in CHECKS if name not in ("import", "build", "wiring"))
    answer = verify_plan(open_checkout(root).site, planned, HowToVerify(skip=skip, device="cpu"))
    return next(check for check in answer.checks if check.name == "wiring")


@pytest.mark.parametrize(
    ("moved", "status", "detail"),
    [
        (None, "passed", "8 rows, 1 new; row 4 reads 3 for 2; row 7 reads 3 for 2"),
        (((2, 3), (2, 6)), "passed", "8 rows, 1 new; row 4 reads 3 for 2; row 7 reads 3 for 2"),
        (((2, 3),), "failed", "row 7 should not read row 2 through a new row"),
        (((2, 6),), "failed", "row 4 should not read row 2 through a new row"),
        (((2, 3), (2, 6), (5, 6)), "failed", "row 7 should read row 6 through a new row"),
        ((), "failed", "row 4 should not read row 2 through a new row"),
    ],
)
def test_exactly_the_edges_that_were_asked_for_move(
    moved: tuple[Edge, ...] | None, status: str, detail: str, tmp_path: Path
) -> None:
    check = wiring(tmp_path, replace(tiny.write(tmp_path), moved=moved))
    assert (check.status, check.detail) == (status, detail)


def test_a_module_for_the_final_row_alone(tmp_path: Path) -> None:
    case = replace(tiny.write(tmp_path, patched=HEAD), rows=HEAD_ROWS, moved=((2, 6),))
    check = wiring(tmp_path, case)
    assert (check.status, check.detail) == ("passed", "8 rows, 1 new; row 7 reads 6 for 2")


@pytest.mark.parametrize(
    ("sources", "detail"),
    [
        ((3, 6), "row 7 reads 2, 6 where the new rows are left out, and in the base 6, 2"),
        ((6, 3, 3), "row 7 reads 6, 2, 2 where the new rows are left out, and in the base 6, 2"),
        ((6, 2), "row 7 should read row 2 through a new row"),
    ],
)
def test_an_edge_that_the_base_has_not_fails_though_it_is_planned(
    sources: tuple[int, ...], detail: str, tmp_path: Path
) -> None:
    case = tiny.write(tmp_path, patched=tiny.PATCHED.replace("[[6, 3], 1, Detect", f"[{[*sources]}, 1, Detect"))
    rows = (*case.rows[:-1], replace(case.rows[-1], sources=sources))
    check = wiring(tmp_path, replace(case, rows=rows, moved=((2, 3), (2, 6))))
    assert (check.status, check.detail) == ("failed", detail)


EDGES = {
    "ultralytics-8.2.0": {
        "after:6": "row 8 reads 7 for 6; row 12 reads 7 for 6",
        "after:6:next": "row 8 reads 7 for 6",
        "backbone:p4:next": "row 8 reads 7 for 6",
        "after:15:final": "row 23 reads 22 for 15",
        "head": "row 25 reads 22 for 15, 23 for 18, 24 for 21",
        "head:all": "row 17 reads 16 for 15; row 21 reads 20 for 19; row 25 reads 16 for 15, 20 for 19, 24 for 23",
        "head:p4:next": "row 20 reads 19 for 18",
    },
    "yolov5-7.0.14": {
        "after:6:next": "row 8 reads 7 for 6",
        "neck:final": "row 27 reads 24 for 17, 25 for 20, 26 for 23",
        "head:p3:all": "row 19 reads 18 for 17; row 25 reads 18 for 17",
    },
}


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", EDGES)
def test_each_reader_on_real_checkouts(name: str, fresh: Fresh) -> None:
    root = fresh(name)
    for position, told in EDGES[name].items():
        planned = plan(root, positions=[position])
        check = wiring_of(root, planned)
        assert (check.status, check.detail.partition("; ")[2]) == ("passed", told), position
    # The same model for another request is wired wrongly.
    planned = plan(root, positions=["after:6:next"])
    for other in ("after:6", "after:4:next"):
        wrong = replace(planned, patch=replace(planned.patch, positions=(other,)))
        check = wiring_of(root, wrong)
        assert check.status == "failed", other
        assert "through a new row" in check.detail
