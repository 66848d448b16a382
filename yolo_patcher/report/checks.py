"""Show a verification to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.runtime.verify.results import Verification

_SIGNS = {"passed": ("✓", "green"), "warned": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", "dim")}
_WORDS = {"passed": "ok", "failed": "FAILED"}
"""What stands for signs that a terminal's encoding lacks."""


@dataclass(frozen=True)
class Progress:
    """What a verification is doing.

    Attributes:
        model: what users load the model with.
        step: the check that ended, or what the probe tells else.
    """

    model: str
    step: str

    def __str__(self) -> str:
        return f"Verifying {self.model}: {self.step}"


def progress_of(event: Mapping[str, object], model: str) -> Progress:
    """Give what an event of the probe says of a model."""
    return Progress(model, str(event.get("name") or event.get("check") or event.get("event") or ""))


def verification_html(verification: Verification) -> str:
    """Give the checks as a table for a notebook, and where they ran."""
    from yolo_patcher.report.html import heading, table

    where = f"torch {verification.torch}, Python {verification.python}, {verification.device}"
    rows = [
        (f"{_SIGNS[check.status][0]} {check.name}", f"{check.seconds:.2f} s", check.detail)
        for check in verification.checks
    ]
    return heading(f"Verified: {verification.status} ({where})") + table(("check", "time", ""), rows)


def _written(sign: str, status: str, encoding: str) -> str:
    """Give a check's sign, or a word where an encoding can't write it."""
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return _WORDS[status]
    return sign


def show_verification(console: Console, verification: Verification) -> None:
    """Print the checks as a table, then where they ran and what the patch costs."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for check in verification.checks:
        sign, style = _SIGNS[check.status]
        table.add_row(
            Text(_written(sign, check.status, console.encoding), style),
            Text(check.name),
            Text(f"{check.seconds:.2f} s", "dim"),
            Text(check.detail),
        )
    console.print(table)
    where = f"torch {verification.torch}, Python {verification.python}, {verification.device}"
    console.print(Text(f"Verified: {verification.status} ({where})", _SIGNS[verification.status][1]))
    if verification.interpreter:
        console.print(f"Python: {verification.interpreter.program}, {verification.interpreter.why}", markup=False)
    if verification.params:
        params = verification.params
        share = 100 * params["added"] / params["base"] if params["base"] else 0.0
        console.print(
            f"Parameters: {params['base']:,} + {params['added']:,} = {params['patched']:,} ({share:+.2f} %)",
            markup=False,
        )
    if verification.stubbed:
        console.print(f"Stand-ins for missing packages: {', '.join(verification.stubbed)}", markup=False)
    if verification.sandbox and not verification.sandbox["held"]:
        console.print(f"Without a sandbox: {verification.sandbox['why']}.", markup=False)
    if verification.costs:
        from yolo_patcher.report.costs import show_costs

        show_costs(console, verification.costs)
