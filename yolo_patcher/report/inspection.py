"""What `inspect` gives: a checkout, one of its models as rows, and the positions that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import ChosenModel, choose_model
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import Row
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.code.class_text import home_of_class
from yolo_patcher.plan.fits import maps_of, recipes_for
from yolo_patcher.plan.places import locate
from yolo_patcher.plan.variant import against_inner
from yolo_patcher.recipe.catalogue import all_recipes, signatures
from yolo_patcher.recipe.selector import INSIDE, PLACES, READERS, parse_selector
from yolo_patcher.report.drawing.scene import MARK, Scene, make_scene, printable
from yolo_patcher.report.html import heading, table
from yolo_patcher.report.inserted import inserted_rows, record_of
from yolo_patcher.signature import Signature


class Svg(str):
    """A drawing as one SVG file, which a notebook shows."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Inspection:
    """A model of a checkout at one scale.

    Attributes:
        checkout: the checkout.
        chosen: the model and the scale.
        scales: the scales that the model has.
        level: each row's level; None where it can't be told.
        width: each row's channels; None where they can't be told.
        parameters: each row's parameters, where verify counted them.
        inserted: the rows that a patch inserted or gave another class.
        positions: the rows that `head`, `backbone` and `neck` mean.
        classes: the file that a recipe's class goes into.
    """

    checkout: Checkout
    chosen: ChosenModel
    scales: tuple[str, ...]
    level: Mapping[int, int | None]
    width: Mapping[int, int | None]
    parameters: Mapping[int, int]
    inserted: frozenset[int]
    positions: Mapping[str, tuple[int, ...]]
    classes: str

    @property
    def rows(self) -> tuple[Row, ...]:
        """The model's rows."""
        return self.chosen.model.rows

    @cached_property
    def selectors(self) -> Mapping[str, tuple[int, ...]]:
        """The selectors that fit the model, without levels and indices, and the rows that each means.

        A module stands behind these rows; for `replace` and `inside` it stands in their stead, or within them.
        """
        behind = {text: rows for by_readers in self._by_readers.values() for text, rows in by_readers if rows}
        return {**behind, **self._own}

    @cached_property
    def _by_readers(self) -> Mapping[str, list[tuple[str, tuple[int, ...]]]]:
        """The same by how selectors begin, for each of `READERS`; no rows where that one does not fit."""
        modules = dict.fromkeys(row.module for row in self.rows)
        begun = [
            text
            for name, place in PLACES.items()
            if place.readers
            for text in ([f"{name}:{module}" for module in modules] if place.names_row else [name])
        ]
        return {
            text: [
                (one, _rows_of(one, self.chosen, self.level)) for one in map(parse_selector(text).with_readers, READERS)
            ]
            for text in begun
        }

    @cached_property
    def _own(self) -> Mapping[str, tuple[int, ...]]:
        """The selectors whose rows themselves get another module, with those that some recipe fits, or any."""
        site, model = self.checkout.site, self.chosen.model
        maps = maps_of(site, model, scales(model)[self.chosen.scale], self.level)
        recipes = all_recipes()

        def fits(place: str, row: Row) -> bool:
            if place == INSIDE:
                return row is not model.final and not against_inner(site, row.module, Signature(), at_end=False)
            return bool(recipes_for(row, recipes, maps))

        found: dict[str, tuple[int, ...]] = {}
        for place in (name for name, one in PLACES.items() if not one.readers):
            for row in self.rows:
                if fits(place, row):
                    text = f"{place}:{row.module}"
                    found[text] = (*found.get(text, ()), row.index)
        return found

    @property
    def selector_titles(self) -> tuple[str, ...]:
        """The titles of the columns of `selector_table`."""
        return ("position", *READERS, "itself")

    def selector_table(self) -> list[tuple[str, ...]]:
        """Give the selectors that fit as cells: how each begins, and the rows that it means with each of `READERS`.

        The last cell has the rows that themselves get another module.
        """
        behind = [
            (printable(begun), *(", ".join(map(str, rows)) for _, rows in by_readers), "")
            for begun, by_readers in self._by_readers.items()
            if any(rows for _, rows in by_readers)
        ]
        own = [(printable(text), *[""] * len(READERS), ", ".join(map(str, rows))) for text, rows in self._own.items()]
        return [*behind, *own]

    @property
    def mark(self) -> str:
        """What stands before an inserted row's number in the table."""
        return MARK

    @cached_property
    def scene(self) -> Scene:
        """What a drawing of the model shows."""
        title = f"{self.checkout.dialect.NAME} {self.checkout.site.version or ''}".rstrip()
        model, scale = self.chosen.model, self.chosen.scale
        return make_scene(model, self.level, self.width, self.inserted, scale=scale, checkout=title)

    def drawing(self, form: str = "svg") -> str:
        """Draw the model's graph by level, with the inserted rows marked.

        Args:
            form: `svg`, `mermaid` or `dot`.

        Returns:
            A whole file; an `svg` shows itself in a notebook.
        """
        from yolo_patcher.report.drawing.formats import FORMATS

        text = FORMATS[form](self.scene)
        return Svg(text) if form == "svg" else text

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        parse_model = self.checkout.site.parse_model
        return {
            "checkout": self.checkout.as_json(),
            "parse_model": {"path": parse_model.path, "line": parse_model.function.lineno},
            "classes": self.classes,
            "model": self.chosen.model.path,
            "scale": self.chosen.scale,
            "scales": list(self.scales),
            "rows": [self._row(row) for row in self.rows],
            "positions": {name: list(rows) for name, rows in self.positions.items()},
            "selectors": {text: list(rows) for text, rows in self.selectors.items()},
        }

    def _row(self, row: Row) -> dict[str, object]:
        return {
            "row": row.index, "section": row.section, "from": list(row.sources), "repeats": row.repeats,
            "module": row.module, "args": list(row.args), "level": self.level[row.index],
            "channels": self.width[row.index], "line": row.line, "parameters": self.parameters.get(row.index),
        }  # fmt: skip

    def table(self) -> list[tuple[str, ...]]:
        """Give the rows as cells: number, from, repeats, module, args, level, channels and, where known, parameters."""
        return [self._cells(row) for row in self.rows]

    def _cells(self, row: Row) -> tuple[str, ...]:
        sources = ", ".join("image" if source < 0 else str(source) for source in row.sources)
        number = f"{MARK} {row.index}" if row.index in self.inserted else str(row.index)
        level, width = self.level[row.index], self.width[row.index]
        shown = ["?" if level is None else f"P{level}", "?" if width is None else str(width)]
        if row is self.chosen.model.final:
            shown = ["", ""]
        counted = [f"{self.parameters[row.index]:,}"] if self.parameters else []
        cells = (sources, str(row.repeats), row.module, ", ".join(map(str, row.args)))
        return (number, *map(printable, cells), *shown, *counted)

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the table's columns."""
        counted = ("parameters",) if self.parameters else ()
        return ("row", "from", "n", "module", "args", "level", "channels", *counted)

    def _repr_html_(self) -> str:
        at = f" at scale {self.chosen.scale}" if self.chosen.scale else ""
        return heading(f"{self.chosen.model.path}{at}") + table(self.titles, self.table(), self.inserted)


def inspect_model(checkout: Checkout, model: str | None, scale: str | None) -> Inspection:
    """Describe a checkout and one of its models.

    Args:
        checkout: the checkout.
        model: the model's name or path; None for the default.
        scale: the scale's letter, or None.

    Raises:
        PatcherError: `checkout` and `model`, when they are not understood; `usage`, when there is no such model.
    """
    site = checkout.site
    chosen = choose_model(site, model, scale)
    ours = signatures()
    sizes = scales(chosen.model)
    level = levels_of(site, chosen.model, sizes[chosen.scale], ours).level
    return Inspection(
        checkout,
        chosen,
        tuple(name for name in sizes if name),
        level,
        channels(chosen.model, site.parse_model, sizes[chosen.scale]),
        _parameters(checkout, chosen),
        inserted_rows(checkout.snapshot, chosen.model, ours),
        {name: _rows_of(name, chosen, level) for name, place in PLACES.items() if not place.names_row},
        home_of_class(site, "<recipe>"),
    )


def _parameters(checkout: Checkout, chosen: ChosenModel) -> Mapping[int, int]:
    """Give what verify counted in each row of a patched model, at the scale that it built."""
    record = record_of(checkout.snapshot, chosen.model.path)
    known = record is not None and record.patch.scale == chosen.scale
    if record is None or not known or len(record.parameters) != len(chosen.model.rows):
        return {}
    return dict(enumerate(record.parameters))


def _rows_of(position: str, chosen: ChosenModel, level: Mapping[int, int | None]) -> tuple[int, ...]:
    try:
        return tuple(place.reads for place in locate(parse_selector(position), chosen.model, level).places)
    except PatcherError:
        return ()
