"""Where a request puts its modules: behind which rows new ones stand, and which base rows get another module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.levels import unknown_rows
from yolo_patcher.model.rows import Row
from yolo_patcher.plan.fits import Maps, against, positions_for, recipes_for
from yolo_patcher.plan.inside import against_block, end_instead
from yolo_patcher.plan.own_rows import OwnRows, locate_own
from yolo_patcher.plan.places import Place, backbone_end, locate
from yolo_patcher.plan.remarks import Remarks
from yolo_patcher.plan.request import Insertion
from yolo_patcher.plan.stand_ins import Part
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import ALL, PLACES, READERS, REPLACE, Selector
from yolo_patcher.signature import Signature

_MOST = 12
"""How many recipes an error names."""


Recipes: TypeAlias = Callable[[], Iterable[Recipe]]
"""Gives recipes where they are wanted: to read them all takes longer than a plan."""


@dataclass(frozen=True)
class Where:
    """Where a recipe's modules go.

    Attributes:
        places: the places of new rows, sorted.
        own: what base rows get, with the rows of each.
    """

    places: tuple[Place, ...]
    own: tuple[tuple[Part, tuple[int, ...]], ...]


def where(site: Site, one: Insertion, maps: Maps, recipes: Recipes, remarks: Remarks) -> Where:
    """Give where a recipe's modules go.

    Args:
        site: the checkout.
        one: the recipe with its positions.
        maps: the base model.
        recipes: gives those that are told to fit where this does not.
        remarks: takes what the user should know.

    Raises:
        PatcherError: `usage`, when a position fits nothing, or the recipe does not fit there.
    """
    _warn_of_unknown_levels(one, maps, remarks)
    found: list[Place] = []
    own: list[tuple[Part, tuple[int, ...]]] = []
    for selector in one.positions:
        if PLACES[selector.place].readers is None:
            part = Part(one.recipe, one.settings, selector.place, selector.at_end, selector.text)
            rows = _own_rows(site, selector, part, maps, recipes)
            own.append((part, rows.rows))
            remarks.notes += _said(selector, _left_out(rows.left_out, maps))
            continue
        _refuse_row(one.recipe, selector, maps)
        located = locate(selector, maps.model, maps.level)
        found += located.places
        remarks.notes += _said(selector, _left_out(located.left_out, maps))
        if selector.place == "before" and located.places == backbone_end(maps.model, selector.readers):
            name = "backbone" if selector.readers == ALL else f"backbone:{selector.readers}"
            remarks.notes += _said(selector, [f"is `{name}` here."])
    places = tuple(dict.fromkeys(found))
    if len(places) < len(found):
        remarks.notes.append(f"Positions that name the same place hold one {one.recipe.class_name}.")
    order = list(READERS)
    return Where(tuple(sorted(places, key=lambda place: (place.reads, order.index(place.readers)))), tuple(own))


def _warn_of_unknown_levels(one: Insertion, maps: Maps, remarks: Remarks) -> None:
    """Warn where `neck` is asked for and does not see all of it."""
    if not any(selector.place == "neck" for selector in one.positions):
        return
    model = maps.model
    for row in unknown_rows(model, maps.level)[:1]:
        if any(len(other.sources) > 1 and maps.level[other.index] is None for other in model.rows[row:-1]):
            remarks.warnings.append(
                f"neck counts no stage behind row {row}, as {model.rows[row].module} may change the size; after:N names"
                " rows there"
            )


def _said(selector: Selector, texts: Sequence[str]) -> list[str]:
    return [f"{selector.text} {text}" for text in texts]


def _left_out(rows: Mapping[str, tuple[int, ...]], maps: Maps) -> list[str]:
    """Say which rows a selector leaves out, in words that follow it."""
    texts = [
        f"what {why}: {', '.join(f'{row} {maps.model.rows[row].module}' for row in its)}" for why, its in rows.items()
    ]
    return [f"leaves out {'; '.join(texts)}."] if texts else []


def _own_rows(site: Site, selector: Selector, part: Part, maps: Maps, recipes: Recipes) -> OwnRows:
    signature = part.recipe.signature
    if selector.place == REPLACE:

        def help(row: Row) -> str:
            fitting = recipes_for(row, recipes(), maps)
            some = ", ".join(fitting[:_MOST]) + (f" and {len(fitting) - _MOST} more" if len(fitting) > _MOST else "")
            here = f"In the stead of row {row.index} fit: {some}." if fitting else ""
            return "\n".join(filter(None, (here, _fitting(part.recipe, maps))))

        return locate_own(selector, maps.model, maps.level, lambda row: against(row, signature, maps), help)
    if not _keeps_map(signature):
        problem = f"{selector.text} does not fit {part.recipe.name}, which {_does(signature)}"
        raise PatcherError("usage", problem, help=_fitting(part.recipe, maps))

    def against_inside(row: Row) -> str:
        return "is the final row" if row is maps.model.final else against_block(site, row, part, maps)

    return locate_own(
        selector,
        maps.model,
        maps.level,
        against_inside,
        lambda row: end_instead(site, row, part) or _fitting(part.recipe, maps),
    )


def _refuse_row(recipe: Recipe, selector: Selector, maps: Maps) -> None:
    """Refuse to insert a module that is none to stand in line, as one that takes several maps."""
    if _keeps_map(recipe.signature):
        return
    raise PatcherError(
        "usage",
        f"{selector.text} does not fit {recipe.name}, which {_does(recipe.signature)}",
        path=maps.model.path,
        help=_fitting(recipe, maps),
    )


def _keeps_map(signature: Signature) -> bool:
    return (signature.inputs, signature.level) == ("one", 0)


def _does(signature: Signature) -> str:
    words = ["takes several maps"] if signature.inputs == "many" else []
    words += {1: ["halves height and width"], -1: ["doubles height and width"]}.get(signature.level, [])
    return " and ".join(words)


def _fitting(recipe: Recipe, maps: Maps) -> str:
    """Say in the stead of which rows a recipe's module fits; and, where it can stand in line, where else."""
    positions = positions_for(recipe.signature, maps)
    line = f" {recipe.name} fits in line: head, backbone, neck, after:N." if _keeps_map(recipe.signature) else ""
    if not positions:
        return f"No row of this model can be replaced by {recipe.name}.{line}"
    return f"{recipe.name} fits at {', '.join(positions)}.{line}"
