"""Why a row holds no place for a module, and what is said where no row does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.graph import readers
from yolo_patcher.model.levels import unknown_rows
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.plan.named_rows import FIND, Read, backbone_stages, candidates, is_map, meant_readers, rows_named
from yolo_patcher.recipe.selector import FINAL, PLACES, READERS, Selector


@dataclass(frozen=True)
class Misfit:
    """A row that holds no place: what is against it, in words that follow `what`, and the error where no row fits."""

    row: int
    why: str
    error: Callable[[], PatcherError]


def left_out(misfits: Iterable[Misfit]) -> dict[str, tuple[int, ...]]:
    """Give the rows of misfits by what is against them."""
    found: dict[str, tuple[int, ...]] = {}
    for misfit in misfits:
        found[misfit.why] = (*found.get(misfit.why, ()), misfit.row)
    return found


def only_source(row: Row, model: ModelYaml, read: Read, selector: Selector) -> int | Misfit:
    """Give the row that a row alone reads, or the misfit that this is."""
    if len(row.sources) == 1 and row.sources[0] != IMAGE:
        return readable(model.rows[row.sources[0]], model, read, selector)
    inputs = "the image" if row.sources == (IMAGE,) else f"{len(row.sources)} rows"

    def error() -> PatcherError:
        sources = [model.rows[source] for source in dict.fromkeys(row.sources) if source != IMAGE]
        names = ", ".join(f"after:{source.index}" for source in sources if is_map(source))
        return PatcherError(
            "usage",
            f"{selector.text} is ambiguous: row {row.index} ({row.module}) reads {inputs}",
            path=model.path,
            line=row.line,
            help=f"Name the row whose output the module shall read: {names}."
            if names
            else f"Start at after:{_nearest(row.index, model, read)}.",
        )

    return Misfit(row.index, f"reads {inputs}", error)


def readable(row: Row, model: ModelYaml, read: Read, selector: Selector) -> int | Misfit:
    """Give a row whose output is a map that others read, or the misfit that it is."""
    if is_map(row) and read[row.index]:
        return row.index
    why = "gives no single feature map"
    if is_map(row):
        why = "is the final row" if row is model.final else "is read by no row"

    def error() -> PatcherError:
        help = f"Name a row whose output others read: after:{_nearest(row.index, model, read)}."
        if is_map(row) and model.final.sources:
            help = "Use head for a module in front of the final row."
        so = ", so nothing would read the module" if is_map(row) else ""
        problem = f"{selector.text}: row {row.index} ({row.module}) {why}{so}"
        return PatcherError("usage", problem, path=model.path, line=row.line, help=help)

    return Misfit(row.index, why, error)


def unread(row: int, selector: Selector, model: ModelYaml, fits: Callable[[Selector], bool]) -> Misfit:
    """Give the misfit that a row is which has readers, but not those that the selector means.

    Args:
        row: the row.
        selector: the selector.
        model: the model.
        fits: tells whether another selector means rows that hold a place.
    """
    why = f"is not read by {'the final row' if selector.readers == FINAL else 'the row that follows'}"

    def error() -> PatcherError:
        here = model.rows[row]
        read = ", ".join(map(str, dict.fromkeys(readers(model)[row])))
        others = [replace(selector, readers=who, text=selector.with_readers(who)) for who in READERS]
        fit = [one.text for one in others if fits(one)]
        help = f"Row {row} is read by {read}. What fits here: {', '.join(fit or [f'after:{row}'])}."
        if selector.readers == FINAL and model.final.sources:
            help += f" The final row reads {', '.join(map(str, dict.fromkeys(model.final.sources)))}."
        problem = f"{selector.text}: row {row} ({here.module}) {why}"
        return PatcherError("usage", problem, path=model.path, line=here.line, help=help)

    return Misfit(row, why, error)


def _nearest(index: int, model: ModelYaml, read: Read) -> int:
    """Give the row nearest to another, itself first, behind which a module can stand."""
    fits = [row.index for row in model.rows if is_map(row) and read[row.index]]
    return min(fits, key=lambda one: abs(one - index), default=0)


def no_match(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> PatcherError:
    """Give the error of a selector that names no row, with what it could name."""
    read = readers(model)

    def fitting(rows: Sequence[int]) -> list[int]:
        maps = [row for row in dict.fromkeys(rows) if row != IMAGE and is_map(model.rows[row])]
        if PLACES[selector.place].readers is None:
            return [row for row in maps if row != model.final.index]
        return [row for row in maps if meant_readers(row, selector.readers, model, read)]

    def named(rows: Sequence[int]) -> str:
        return ", ".join(f"{index} {model.rows[index].module}{_level(level[index])}" for index in rows) or "none"

    if selector.place == "head" and not model.final.sources:
        return PatcherError(
            "model",
            f"the final row ({model.final.module}) does not say which rows it reads",
            path=model.path,
            line=model.final.line,
            help="Write the rows that it reads in its `from`, as [17, 20, 23].",
        )
    if not PLACES[selector.place].names_row:
        # Of the backbone each stage's last row can be meant, by its level.
        meant = backbone_stages(model) if selector.place == "backbone" else FIND[selector.place](selector, model, level)
        rows = fitting(meant)
        has = f"Rows that {selector.place} can mean here: {named(rows)}."
        if not rows:
            has += f"\nOther positions fit, as {'head' if model.final.sources else 'backbone'}."
        unknown = [model.rows[index] for index in unknown_rows(model, level) if is_map(model.rows[index])]
        if unknown and (selector.levels or selector.place == "neck"):
            has += (
                f"\nThe levels from row {unknown[0].index} on are not known, as {unknown[0].module} may change the size"
                ":\nname rows instead, as after:N."
            )
    else:
        counted: dict[str, int] = {}
        for row in model.rows:
            counted[row.module] = counted.get(row.module, 0) + 1
        modules = ", ".join(f"{name} ({count})" for name, count in counted.items())
        has = f"The model has rows 0 to {len(model.rows) - 1}: {modules}."
        every = rows_named(replace(selector, pick=None), model, level)
        rows = fitting([one for row in every for one in candidates(row, selector, model)])
        if near := [] if every or selector.row is None else _near(selector.row, counted):
            has = f"Did you mean {' or '.join(near)}?\n{has}"
        if rows:
            has += f"\nRows that {selector.place}:{selector.row} can mean here: {named(rows)}."
    return PatcherError("usage", f"the position {selector.text!r} matches nothing", path=model.path, help=has)


def _near(name: str, modules: Iterable[str]) -> list[str]:
    """Give the modules whose names are most like another, whatever the case of their letters."""
    from difflib import get_close_matches

    folded = {module.casefold(): module for module in modules}
    name = name.casefold()
    return [folded[match] for match in ([name] if name in folded else get_close_matches(name, folded, 2, 0.75))]


def _level(level: int | None) -> str:
    return "" if level is None else f" (P{level})"
