"""Show to a person what a patch costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yolo_patcher.report.figures import NONE, cost_lines, count

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.runtime.verify.costs import Costs, RowCost


def show_costs(console: Console, costs: Costs) -> None:
    """Print the costs of the model, then those of each inserted row, then what could not be measured."""
    from rich.table import Table
    from rich.text import Text

    side = " x ".join(map(str, costs.image[2:]))
    threads = "" if costs.threads is None else f", {costs.threads} thread{'s' if costs.threads > 1 else ''}"
    where = f"{costs.device_name}{threads}"
    console.print(Text(f"\nCosts at {side}, batch {costs.image[0]} ({where})", "bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, title in enumerate(("", "base", "patched", "added", "")):
        table.add_column(title, justify="right" if number else "left")
    for line in cost_lines(costs):
        table.add_row(*map(Text, line))
    console.print(table)
    if costs.rows:
        rows = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for title in ("row", "module", "level", "channels", "parameters", "by the formula", "FLOPs"):
            rows.add_column(title, justify="left" if title == "module" else "right")
        for row in costs.rows:
            rows.add_row(*map(Text, row_line(row)))
        console.print(rows)
    for name, reason in costs.missing.items():
        console.print(Text(f"No {name}: {reason}", "yellow"))
    for row in costs.rows:
        if row.equal is False:
            warning = f"Row {row.row}: {row.parameters:,} parameters, the recipe's formula says {row.expected:,}"
            console.print(Text(warning, "red"))


def row_line(row: RowCost) -> tuple[str, ...]:
    """Give one inserted row as cells."""
    expected = NONE if row.expected is None else "equal" if row.equal else f"{row.expected:,}"
    return (
        str(row.row),
        row.module,
        "?" if row.level is None else f"P{row.level}",
        "?" if row.channels is None else str(row.channels),
        f"{row.parameters:,}",
        expected,
        NONE if row.flops is None else count(row.flops),
    )
