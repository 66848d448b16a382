"""`inspect`: the dialect, and the model as a table or as a drawing; or the names of all models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.cli.text import printable

if TYPE_CHECKING:
    from yolo_patcher.api import Inspection

_NUMBERS = ("row", "n", "channels", "parameters")


def inspect(repo: Path, model: str | None, scale: str | None, screen: Screen, form: str = "table") -> Outcome:
    """Describe a checkout and one of its models.

    Args:
        repo: the checkout.
        model: as for `api.inspect`.
        scale: as for `api.inspect`.
        screen: where remarks go.
        form: how people see it: `table`, or a format of a drawing.

    Raises:
        PatcherError: as `api.inspect`.
    """
    inspection = api.inspect(open_recovered(repo, screen), model, scale)
    if form == "table":
        return Outcome(inspection.as_json(), lambda shown: _show(shown, inspection))
    return Outcome(inspection.as_json(), lambda _: _draw(inspection.drawing(form)))


def _draw(drawing: str) -> None:
    """Write a drawing to stdout, in UTF-8 whatever the terminal's encoding: it is a file's content."""
    sys.stdout.flush()
    sys.stdout.buffer.write(printable(drawing, "\n\t").encode())
    sys.stdout.buffer.flush()


def _show(screen: Screen, inspection: Inspection) -> None:
    from rich.table import Table
    from rich.text import Text

    site, chosen = inspection.checkout.site, inspection.chosen
    screen.line(f"{inspection.checkout.dialect.NAME} {site.version or '(no version)'}: {site.parse_model.path}", "bold")
    screen.line(f"{chosen.model.path}{f' at scale {chosen.scale}' if chosen.scale else ''}")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in inspection.titles:
        table.add_column(title, justify="right" if title in _NUMBERS else "left", no_wrap=title != "args")
    for row, cells in zip(inspection.rows, inspection.table(), strict=True):
        table.add_row(*map(Text, cells), style="bold green" if row.index in inspection.inserted else None)
    screen.out.print(table, markup=False)
    if inspection.inserted:
        screen.line(f"{inspection.mark} inserted or changed by yolo-patcher")
    for name, rows in inspection.positions.items():
        where = ", ".join(map(str, rows)) or "nowhere"
        screen.line(f"{name}: after row{'s' if len(rows) > 1 else ''} {where}")
    screen.line()
    screen.line(
        "Every position that fits: the rows after which its modules stand, by who reads them, or that get a module:"
    )
    places = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in inspection.selector_titles:
        places.add_column(title, no_wrap=title == "position")
    for cells in inspection.selector_table():
        places.add_row(*map(Text, cells))
    screen.out.print(places, markup=False)


def list_models(repo: Path, screen: Screen) -> Outcome:
    """List the model YAMLs of a checkout.

    Raises:
        PatcherError: as `api.models`.
    """
    checkout = open_recovered(repo, screen)
    paths = api.models(checkout)
    document = {"checkout": checkout.as_json(), "models": list(paths)}
    return Outcome(document, lambda shown: shown.block("\n".join(paths)))
