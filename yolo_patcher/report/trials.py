"""Show several verified patches beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yolo_patcher.report.figures import NONE, cost_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from yolo_patcher.commit.state import PatchRecord
    from yolo_patcher.runtime.verify.results import Verification


def show_trials(console: Console, records: Sequence[PatchRecord], answers: Sequence[Verification]) -> None:
    """Print a table of what each patch adds, and whether it passed; costs are there where they were measured."""
    from rich.table import Table
    from rich.text import Text

    costly = any(one.costs for one in answers)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("model", "parameters", "added", *(("FLOPs added", "latency added") if costly else ())):
        table.add_column(title, justify="left" if title == "model" else "right")
    table.add_column("verification", overflow="fold")
    for record, answer in zip(records, answers, strict=True):
        added = {name: cells[2] for name, *cells in cost_lines(answer.costs)} if answer.costs else {}
        costs = [added.get(name, NONE) for name in ("FLOPs", "latency")] if costly else []
        counts = [f"{answer.params['patched']:,}", f"{answer.params['added']:+,}"] if answer.params else [NONE, NONE]
        failed = ", ".join(check.name for check in answer.failures)
        table.add_row(*map(Text, (record.patch.load, *counts, *costs, f"{answer.status} {failed}".rstrip())))
    console.print(table)
