"""The places that a selector names in a model, and which edges lead through a module there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.model.graph import Edge, readers
from yolo_patcher.model.rows import IMAGE, ModelYaml
from yolo_patcher.plan.misfits import Misfit, left_out, no_match, only_source, readable, unread
from yolo_patcher.plan.named_rows import FIND, Read, backbone_stages, candidates, meant_readers
from yolo_patcher.recipe.selector import ALL, FINAL, NEXT, PLACES, Selector


@dataclass(frozen=True)
class Place:
    """One place for a module.

    Attributes:
        reads: the row whose output the module reads.
        readers: which of that row's readers then read the module, one of `READERS`. `next` stands only where the row
            that follows is neither the only reader nor the final row: `all` and `final` say it there.
    """

    reads: int
    readers: str = ALL


@dataclass(frozen=True)
class Located:
    """What a selector means in a model.

    Attributes:
        places: the places, in the order of the rows that they read.
        left_out: the rows that the selector names as well and that hold no such place, by what is against them.
    """

    places: tuple[Place, ...]
    left_out: Mapping[str, tuple[int, ...]]


def locate(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> Located:
    """Give the places that a selector names in a model; of several rows, those that hold such a place.

    Args:
        selector: the position.
        model: the base model.
        level: each row's level, from `levels.levels_of`.

    Raises:
        PatcherError: `usage`, when no row fits, or none of a level that is asked for; the help says what does.
    """
    rows, misfits = _sorted_out(selector, model, level)
    if not rows and misfits:
        raise misfits[0].error()
    if not is_enough(rows, selector, level):
        raise no_match(selector, model, level)
    read = readers(model)
    return Located(tuple(_place(row, selector.readers, model, read) for row in rows), left_out(misfits))


def is_enough(rows: Sequence[int], selector: Selector, level: Mapping[int, int | None]) -> bool:
    """Tell whether rows are there, of each level that a selector asks for."""
    return bool(rows) and {level[row] for row in rows}.issuperset(selector.levels)


def _fits(selector: Selector, model: ModelYaml, level: Mapping[int, int | None]) -> bool:
    return is_enough(_sorted_out(selector, model, level)[0], selector, level)


def moved(model: ModelYaml, places: Iterable[Place]) -> tuple[Edge, ...]:
    """Give the edges of a base that lead through modules when these stand in their places, sorted."""
    read = readers(model)
    return tuple(
        sorted({(one.reads, reader) for one in places for reader in meant_readers(one.reads, one.readers, model, read)})
    )


def backbone_end(model: ModelYaml, who: str) -> tuple[Place, ...]:
    """Give the place of `backbone` for some readers; none where no row, or none that these read, is there."""
    read = readers(model)
    return tuple(
        _place(row, who, model, read) for row in backbone_stages(model)[-1:] if meant_readers(row, who, model, read)
    )


def _place(row: int, who: str, model: ModelYaml, read: Read) -> Place:
    if who == NEXT and set(read[row]) == {row + 1}:
        return Place(row, ALL)
    return Place(row, FINAL if who == NEXT and row + 1 == model.final.index else who)


def _sorted_out(
    selector: Selector, model: ModelYaml, level: Mapping[int, int | None]
) -> tuple[list[int], list[Misfit]]:
    """Give the rows behind which a selector puts modules, and the misfits among those that it names."""
    read = readers(model)
    rows: set[int] = set()
    misfits: list[Misfit] = []
    for named in FIND[selector.place](selector, model, level):
        # A row of another level is not asked for, so it is no reason to refuse.
        if selector.levels and not any(level[one] in selector.levels for one in candidates(named, selector, model)):
            continue
        if not PLACES[selector.place].names_row:
            # With `from: []` the final row finds its inputs by their channels; no module may stand behind such a row.
            # Nor in line behind the image.
            stands = bool(read[named]) and (named != IMAGE or selector.readers == FINAL)
            source: int | Misfit | None = named if stands else None
        elif selector.place == "before":
            source = only_source(model.rows[named], model, read, selector)
        else:
            source = readable(model.rows[named], model, read, selector)
        if isinstance(source, int) and not meant_readers(source, selector.readers, model, read):
            source = unread(source, selector, model, lambda one: _fits(one, model, level))
        if isinstance(source, Misfit):
            misfits.append(source)
        elif source is not None:
            rows.add(source)
    return sorted(rows), misfits
