"""What came of carrying a checkpoint over, as a table and the sentences that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yolo_patcher.runtime.weights.carried import Carried

if TYPE_CHECKING:
    from rich.console import Console

_NAMED = 8


def render_carried(carried: Carried, console: Console) -> None:
    """Print the rows that differ from those of the checkpoint's model, and the counts."""
    from rich.table import Table

    size = f" at scale {carried.scale}" if carried.scale else ""
    classes = f", {carried.classes} classes" if carried.classes is not None else ""
    _line(console, f"from {carried.source}{size}{classes}")
    _line(console, f"to   {carried.target} ({carried.load})")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("row", "module", "from row", "kept", "new", "changed"):
        table.add_column(name, justify="left" if name == "module" else "right")
    for row in carried.rows:
        if row.source != row.row or row.new or row.changed:
            source = "-" if row.source is None else str(row.source)
            cells = (str(row.row), row.module, source, str(row.kept), str(row.new), str(row.changed))
            table.add_row(*cells)
    if table.row_count:
        console.print(table)
    _line(console, f"kept {carried.kept} of {carried.tensors} tensors; {carried.new} are new", "green")
    if carried.changed:
        _line(console, f"of another shape, and so as they begin: {_named(carried.changed)}", "yellow")
    if carried.dropped:
        _line(console, f"left behind, as the model has no place for them: {_named(carried.dropped)}", "yellow")
    by_name = f"Loading the old checkpoint by name would have taken {carried.by_name}"
    if carried.misplaced:
        by_name += f", {len(carried.misplaced)} of them from the wrong row: {_named(carried.misplaced)}"
    _line(console, f"{by_name}.")


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)
