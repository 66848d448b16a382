"""Show a verification to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.runtime.verify.results import Verification

_SIGNS = {"passed": ("✓", "green"), "warned": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", "dim")}


def progress_text(event: Mapping[str, object], model: str) -> str:
    """Give the line that says what the probe is doing."""
    name = event.get("name") or event.get("event") or ""
    return f"Verifying {model}: {name}"


def show_verification(console: Console, verification: Verification) -> None:
    """Print the checks as a table, then where they ran and what the patch costs."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for check in verification.checks:
        sign, style = _SIGNS[check.status]
        table.add_row(Text(sign, style), Text(check.name), Text(f"{check.seconds:.2f} s", "dim"), Text(check.detail))
    console.print(table)
    where = f"torch {verification.torch}, Python {verification.python}, {verification.device}"
    console.print(Text(f"Verified: {verification.status} ({where})", _SIGNS[verification.status][1]))
    if verification.params:
        params = verification.params
        share = 100 * params["added"] / params["base"] if params["base"] else 0.0
        console.print(
            f"Parameters: {params['base']:,} + {params['added']:,} = {params['patched']:,} ({share:+.2f} %)",
            markup=False,
        )
    if verification.stubbed:
        console.print(f"Stand-ins for missing packages: {', '.join(verification.stubbed)}", markup=False)
    if verification.costs:
        from yolo_patcher.report.costs import show_costs

        show_costs(console, verification.costs)
