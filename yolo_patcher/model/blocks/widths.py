"""How many channels go through the modules in a row's block, from running its class's constructor on its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yolo_patcher.model.blocks.source import descends
from yolo_patcher.model.blocks.units import Unit
from yolo_patcher.model.shapes.effect import Classes
from yolo_patcher.model.shapes.values import UNKNOWN, Either, Instance, Layers

_DEEPEST = 20


def inner_widths(
    classes: Classes, base: str, args: Sequence[object] | None, units: Sequence[Unit]
) -> tuple[int | None, ...] | None:
    """Give the channels at the units in a row's block, equal ones once, the fewest first.

    Args:
        classes: the checkout's classes.
        base: the row's module.
        args: what its class is called with; None where that can't be told.
        units: the units that the class may build.

    Returns:
        The channels, with None behind them where some can't be told; none where the block holds no unit; None where
        it can't be told whether it does.
    """
    made = None if args is None else classes.made(base, args)
    found: set[int | None] = set()
    whole = made is not None
    for one in _objects(made):
        if not isinstance(one, Instance):
            whole = False
            continue
        unit = next((unit for unit in units if descends(one.definition, unit.definition)), None)
        if unit is not None:
            found.add(classes.output_width(one.attributes.get(unit.slot.path.split(".", 1)[0])))
    if not found and not whole:
        return None
    return tuple(sorted(found, key=lambda width: (width is None, width)))


def _objects(value: object, depth: int = 0) -> Iterator[object]:
    """Give the objects of the checkout's classes in a value, and what stands for values that can't be told."""
    inner: Sequence[object] = ()
    if value is UNKNOWN:
        yield value
    elif isinstance(value, Instance):
        yield value
        inner = list(value.attributes.values())
    elif isinstance(value, Layers):
        inner = value.items
    elif isinstance(value, Either):
        yield value
        inner = value.options
    elif isinstance(value, list | tuple):
        inner = value
    if depth < _DEEPEST:
        for one in inner:
            yield from _objects(one, depth + 1)
