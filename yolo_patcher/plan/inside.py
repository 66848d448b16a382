"""Modules within the checkout's own blocks: what a block takes, and on how many channels they work there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yolo_patcher.checkout.site import Site
from yolo_patcher.model.blocks.units import units_of
from yolo_patcher.model.blocks.widths import inner_widths
from yolo_patcher.model.rows import Row
from yolo_patcher.model.shapes.effect import classes_of
from yolo_patcher.plan.fits import Maps
from yolo_patcher.plan.stand_ins import Part, Wanted
from yolo_patcher.plan.variant import Inner, against_inner, block_of


def against_block(site: Site, row: Row, part: Part, maps: Maps) -> str:
    """Give what is against a module within a row's block, in words that follow `what`; empty where nothing is."""
    why = against_inner(site, row.module, part.recipe.signature, at_end=part.at_end)
    if why or part.at_end:
        return why
    return "" if _widths(site, row, maps) != () else "has none of its class's residual units with its arguments"


def end_instead(site: Site, row: Row, part: Part) -> str:
    """Say that a module fits at the end of a block that takes none inside; empty where it does not."""
    if part.at_end or against_inner(site, row.module, part.recipe.signature, at_end=True):
        return ""
    return f"inside:{row.index}:end puts it behind the block's output."


def inner_of(wanted: Wanted, classes: Mapping[str, str]) -> list[Inner]:
    """Give the modules of a variant.

    Args:
        wanted: the block, and the modules in it with their hyper-parameters, in their order.
        classes: the name of each recipe's own class in the checkout.
    """
    return [
        Inner(
            classes[part.recipe.name],
            part.recipe.signature,
            {
                name: part.settings[name]
                for name, default in part.recipe.defaults.items()
                if part.settings.get(name, default) != default
            },
            part.at_end,
        )
        for part in wanted.parts
    ]


def inner_widths_of(site: Site, row: Row, part: Part, maps: Maps) -> Sequence[int | None]:
    """Give the channels that a module has within a row's block, each once; None where they can't be told."""
    return [maps.width[row.index]] if part.at_end else _widths(site, row, maps) or [None]


def _widths(site: Site, row: Row, maps: Maps) -> Sequence[int | None] | None:
    block = block_of(site, row.module)
    if block is None:
        return None
    return inner_widths(classes_of(site), row.module, maps.args.get(row.index), units_of(block)[0])
