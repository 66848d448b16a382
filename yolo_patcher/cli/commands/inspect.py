"""`inspect`: the dialect, and the model as a table or as a drawing."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import ChosenModel, choose_model
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.code.class_text import home_of_class
from yolo_patcher.plan.places import locate, parse_selector
from yolo_patcher.recipe.catalogue import all_recipes, signatures
from yolo_patcher.report.drawing.scene import MARK, Scene, make_scene, printable
from yolo_patcher.report.inserted import inserted_rows, record_of

_NAMED_PLACES = ("head", "backbone", "neck")
_NUMBERS = ("row", "n", "channels", "parameters")


def inspect(repo: Path, model: str | None, scale: str | None, screen: Screen, form: str = "table") -> Outcome:
    """Describe a checkout and one of its models.

    Args:
        repo: the checkout.
        model: the model's name or path; None for the default.
        scale: the scale's letter, or None.
        screen: where remarks go.
        form: how people see it: `table`, or a name of `report.drawing.formats.FORMATS`.

    Raises:
        PatcherError: `checkout` and `model`, when they are not understood; `usage`, when there is no such model.
    """
    opened = open_recovered(repo, screen)
    dialect, site = recognise(opened.snapshot, opened.package)
    chosen = choose_model(site, model, scale)
    ours = signatures(all_recipes())
    size = scales(chosen.model)[chosen.scale]
    level = levels_of(site, chosen.model, size, ours).level
    width = channels(chosen.model, site.parse_model, size)
    document: dict[str, object] = {
        "checkout": {"dialect": dialect.NAME, "version": site.version},
        "parse_model": {"path": site.parse_model.path, "line": site.parse_model.function.lineno},
        "classes": home_of_class(site, "<recipe>"),
        "model": chosen.model.path,
        "scale": chosen.scale,
        "scales": [name for name in scales(chosen.model) if name],
        "rows": _rows(chosen.model, level, width, _parameters(opened.snapshot, chosen)),
        "positions": _positions(chosen.model, level),
    }
    inserted = inserted_rows(opened.snapshot, chosen.model, ours)
    if form == "table":
        return Outcome(document, lambda shown: _show(shown, site, document, inserted))
    checkout = f"{dialect.NAME} {site.version or ''}".rstrip()
    scene = make_scene(chosen.model, level, width, inserted, scale=chosen.scale, checkout=checkout)
    return Outcome(document, lambda _: _draw(scene, form))


def _draw(scene: Scene, form: str) -> None:
    """Write a drawing to stdout, in UTF-8 whatever the terminal's encoding: it is a file's content."""
    from yolo_patcher.report.drawing.formats import FORMATS

    sys.stdout.flush()
    sys.stdout.buffer.write(FORMATS[form](scene).encode())
    sys.stdout.buffer.flush()


def _rows(
    model: ModelYaml,
    level: Mapping[int, int | None],
    width: Mapping[int, int | None],
    parameters: Mapping[int, int],
) -> list[dict[str, object]]:
    return [
        {
            "row": row.index, "section": row.section, "from": list(row.sources), "repeats": row.repeats,
            "module": row.module, "args": list(row.args), "level": level[row.index], "channels": width[row.index],
            "line": row.line, "parameters": parameters.get(row.index),
        }
        for row in model.rows
    ]  # fmt: skip


def _parameters(snapshot: Snapshot, chosen: ChosenModel) -> dict[int, int]:
    """Give what verify counted in each row of a patched model, at the scale that it built."""
    record = record_of(snapshot, chosen.model.path)
    known = record is not None and record.patch.scale == chosen.scale
    if record is None or not known or len(record.parameters) != len(chosen.model.rows):
        return {}
    return dict(enumerate(record.parameters))


def _positions(model: ModelYaml, level: Mapping[int, int | None]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name in _NAMED_PLACES:
        try:
            found[name] = [place.reads for place in locate(parse_selector(name), model, level)]
        except PatcherError:
            found[name] = []
    return found


def _show(screen: Screen, site: Site, document: Mapping[str, object], inserted: Collection[int]) -> None:
    from rich.table import Table

    checkout, rows, positions = document["checkout"], document["rows"], document["positions"]
    assert isinstance(checkout, dict)
    assert isinstance(rows, list)
    assert isinstance(positions, dict)
    screen.line(f"{checkout['dialect']} {checkout['version'] or '(no version)'}: {site.parse_model.path}", "bold")
    at = f" at scale {document['scale']}" if document["scale"] else ""
    screen.line(f"{document['model']}{at}")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    counted = any(row["parameters"] is not None for row in rows)
    titles = ["row", "from", "n", "module", "args", "level", "channels", *(["parameters"] if counted else [])]
    for title in titles:
        table.add_column(title, justify="right" if title in _NUMBERS else "left", no_wrap=title != "args")
    final = len(rows) - 1
    for row in rows:
        sources = ["image" if source < 0 else str(source) for source in row["from"]]
        shown_level = "?" if row["level"] is None else f"P{row['level']}"
        shown_width = "?" if row["channels"] is None else str(row["channels"])
        cells = [", ".join(sources), str(row["repeats"]), row["module"], ", ".join(map(str, row["args"]))]
        last, ours = row["row"] == final, row["row"] in inserted
        number = f"{MARK} {row['row']}" if ours else str(row["row"])
        shown = [number, *map(printable, cells), "" if last else shown_level, "" if last else shown_width]
        shown += [f"{row['parameters']:,}"] if counted else []
        table.add_row(*shown, style="bold green" if ours else None)
    screen.out.print(table, markup=False)
    if inserted:
        screen.line(f"{MARK} inserted by yolo-patcher")
    for name, places in positions.items():
        where = ", ".join(map(str, places)) or "nowhere"
        screen.line(f"{name}: after row{'s' if len(places) > 1 else ''} {where}")
