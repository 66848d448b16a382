"""Reports for tests: a real patch on a small checkout, with made-up figures where none need to be measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from synthetic import apply, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.state import read_state
from yolo_patcher.report.page.content import Page, make_part
from yolo_patcher.runtime.verify.applied import applied_model
from yolo_patcher.runtime.verify.costs import Amount, Costs, Latency, Spread
from yolo_patcher.runtime.verify.results import Check, Verification
from yolo_patcher.runtime.verify.row_costs import recipes_of, with_row_costs

COSTS = Costs(
    image=(1, 3, 640, 640),
    seed=0,
    device_name="A Processor",
    threads=2,
    parameters=Amount(3_157_200, 3_158_000),
    flops=Amount(8_743_987_200, 8_744_030_208),
    inference_memory=Amount(21_305_344, 21_305_344),
    training_memory=Amount(203_715_976, 210_000_000),
    training_batch=1,
    latency=Latency(31, 28, Spread(12.34, 12.1, 12.9), Spread(12.56, 12.2, 13.1), Spread(0.21, 0.15, 0.29)),
)
CHECKS = (Check("build", "passed", 0.3, ""), Check("deterministic", "skipped", 0.0, "needs CUDA"))


def make_page(
    root: Path,
    *wanted: str,
    settings: tuple[str, ...] = (),
    checks: tuple[Check, ...] = CHECKS,
    costs: Costs | None = COSTS,
) -> Page:
    """Patch a small checkout once for each of `wanted`, and make the page of all."""
    if not root.exists():
        write_checkout(root)
    for one in wanted or ("se@head",):
        apply(root, one, settings=settings)
    checkout = open_checkout(root)
    site = checkout.site
    parts = []
    for record in read_state(site.snapshot).patches:
        recipes = recipes_of(record)
        status = "failed" if any(check.status == "failed" for check in checks) else "passed"
        counts = {row: 8 * (number + 1) for number, row in enumerate(record.patch.rows)}
        found = costs and replace(costs, row_flops=dict.fromkeys(record.patch.rows, 4096))
        answer = Verification(status, "cpu", "3.11.7", "2.13.0", ("cv2",), None, checks, counts, costs=found)
        applied = applied_model(site, record)
        answer = with_row_costs(answer, record, applied, recipes)
        parts.append(make_part(checkout, record, applied, recipes, answer))
    date = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
    return Page(checkout.dialect.NAME, site.version or "", date, "yolo-patcher verify --report page.html", tuple(parts))
