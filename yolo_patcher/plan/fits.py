"""Which base rows a module can stand for, by its signature: the same inputs, the same change of level, and channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from yolo_patcher.checkout.site import Site
from yolo_patcher.model.channels.rows import built_rows, channels
from yolo_patcher.model.rows import ModelYaml, Row
from yolo_patcher.model.scales import Scale, scales
from yolo_patcher.plan.named_rows import is_map
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import REPLACE
from yolo_patcher.signature import Signature

_WHOLE = Scale("", 1, 1, math.inf)
_CHANGES = {0: "keeps the level", 1: "halves height and width", -1: "doubles height and width"}


@dataclass(frozen=True)
class Maps:
    """A base model and what is known of its rows' outputs.

    Attributes:
        model: the model.
        level: each row's level; None where it can't be told.
        width: each row's channels; None where they can't be told.
        args: what each row's class is called with; None where that can't be told.
        scale: the size.
        widths: gives the channels at the other sizes that the model can be built at.
    """

    model: ModelYaml
    level: Mapping[int, int | None]
    width: Mapping[int, int | None]
    args: Mapping[int, tuple[object, ...] | None] = field(default_factory=dict)
    scale: Scale = _WHOLE
    widths: Callable[[], Iterable[Mapping[int, int | None]]] = tuple

    def inputs(self, row: Row) -> tuple[int | None, ...]:
        """Give the channels of what a row reads, in the order of its `from`."""
        return tuple(self.width[source] for source in row.sources)


def maps_of(site: Site, model: ModelYaml, scale: Scale, level: Mapping[int, int | None]) -> Maps:
    """Give what is known of the outputs of a model's rows.

    Args:
        site: the checkout.
        model: the model.
        scale: the size.
        level: each row's level, from `levels.levels_of`.
    """
    built = built_rows(model, site.parse_model, scale)
    return Maps(
        model,
        level,
        {row: its.width for row, its in built.items()},
        {row: its.args for row, its in built.items()},
        scale,
        lambda: [channels(model, site.parse_model, one) for name, one in scales(model).items() if name != scale.name],
    )


def against(row: Row, signature: Signature, maps: Maps) -> str:
    """Give what is against a module in a row's stead, in words that follow `what`; empty where nothing is."""
    if row is maps.model.final:
        return "is the final row"
    if not is_map(row):
        return "gives no single feature map"
    if signature.inputs == "one" and len(row.sources) != 1:
        return f"reads {len(row.sources)} rows"
    if signature.inputs == "many" and len(row.sources) < 2:
        return "reads a single row"
    why = _against_level(row, signature.level, maps) or _against_channels(row, signature, maps)
    if why or signature.channels == "argument":
        return why
    for width in maps.widths():
        why = _against_channels(row, signature, replace(maps, width=width))
        if why:
            return f"{why} at another scale"
    return ""


def _against_level(row: Row, wanted: int, maps: Maps) -> str:
    levels = {maps.level[source] for source in row.sources}
    here, before = maps.level[row.index], levels.pop()
    if levels:
        return "reads maps of several levels"
    if here is None or before is None:
        return "changes the level in a way that can't be told"
    change = here - before
    return "" if change == wanted else _CHANGES.get(change, f"changes the level by {change}")


def _against_channels(row: Row, signature: Signature, maps: Maps) -> str:
    inputs, here = maps.inputs(row), maps.width[row.index]
    match signature.channels:
        case "argument":
            return ""
        case "first":
            if None in inputs:
                return "reads channels that can't be told"
            return "" if len(set(inputs)) == 1 else f"reads {_listed(inputs)} channels, which are not equal"
        case "input":
            wanted = inputs[0]
        case "sum":
            known = [width for width in inputs if width is not None]
            wanted = sum(known) if len(known) == len(inputs) else None
    if wanted is None or here is None:
        return "has channels that can't be told"
    return "" if here == wanted else f"makes {here} channels of {_listed(inputs)}"


def _listed(inputs: Sequence[int | None]) -> str:
    *first, last = map(str, inputs)
    return f"{', '.join(first)} and {last}" if first else last


def positions_for(signature: Signature, maps: Maps) -> list[str]:
    """Give the modules in whose stead a module fits somewhere in a model, as positions with the rows behind them."""
    rows: dict[str, list[str]] = {}
    for row in maps.model.rows:
        if not against(row, signature, maps):
            rows.setdefault(row.module, []).append(str(row.index))
    return [f"{REPLACE}:{module} (row{'s' if len(its) > 1 else ''} {', '.join(its)})" for module, its in rows.items()]


def recipes_for(row: Row, recipes: Iterable[Recipe], maps: Maps) -> list[str]:
    """Give the recipes whose modules fit in a row's stead, first those that do more than keep its shape."""
    fitting = [recipe for recipe in recipes if not against(row, recipe.signature, maps)]
    return [recipe.name for recipe in sorted(fitting, key=lambda recipe: recipe.signature.keeps_shape)]
