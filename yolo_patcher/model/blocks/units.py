"""The innermost residual units of a block: the classes that add their input to what their convolutions make of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.model.blocks.slots import Slot, layers, slot
from yolo_patcher.model.blocks.source import classes_of, descends, parts, ways
from yolo_patcher.model.blocks.trace import Called, Given, Value, alternatives, trace

_SKIPPED = ("nn.Dropout", "nn.Identity", "nn.BatchNorm", "nn.LayerNorm", "nn.GroupNorm")


@dataclass(frozen=True)
class Unit:
    """A residual unit.

    Attributes:
        definition: its class.
        slot: where a module stands behind its last convolution, before its addition.
    """

    definition: Definition
    slot: Slot


def units_of(base: Definition) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Give the innermost residual units that a class is or builds, and why some can't take a module.

    A class that inherits from another stands in front of it, and only where it is unlike it.
    """
    known = [base, *parts(base)]
    chains = {one.node: _last_branch(one) for one in known}
    residual = [one for one in known if chains[one.node]]
    innermost = [one for one in residual if not any(_is_among(part, residual) for part in parts(one))]
    found: list[Unit] = []
    reasons: list[str] = []
    for one in sorted(innermost, key=lambda one: len(classes_of(one))):
        place = _place(one, chains[one.node])
        if place is None:
            reasons.append(_reason(one, chains[one.node]))
        elif not any(unit.slot == place and descends(one, unit.definition) for unit in found):
            found.insert(0, Unit(one, place))
    for one in known:
        if not chains[one.node] and any(descends(one, unit.definition) for unit in found):
            reasons.append(f"{one.name} inherits from a residual unit and adds nothing")
    return tuple(found), tuple(reasons)


def _place(unit: Definition, names: Sequence[str]) -> Slot | None:
    """Give where a module stands behind the first of some layers, what only drops or normalises skipped."""
    for name in names:
        place = slot(unit, name)
        if place is not None or not all(_is_skipped(layer.name) for layer in layers(unit, name)):
            return place
    return None


def _is_skipped(layer: str) -> bool:
    return layer.startswith(_SKIPPED) or "DropPath" in layer


def _is_among(definition: Definition, known: Sequence[Definition]) -> bool:
    return any(one.node is definition.node for one in known)


def _reason(unit: Definition, names: list[str]) -> str:
    made = ", ".join(dict.fromkeys(layer.name for layer in layers(unit, names[0]))) or "what can't be told"
    return f"{unit.name}.{names[0]}, which its addition takes, is {made}: nothing can stand behind that"


def _last_branch(definition: Definition) -> list[str]:
    """Give the modules that a class calls, last first, before it adds its input; none where it does not."""
    method = ways(definition).get("forward")
    if method is None or not isinstance(definition.node, ast.ClassDef):
        return []
    found: list[str] = []
    for total in trace(method[1]).sums:
        for branch, shortcut in ((total.left, total.right), (total.right, total.left)):
            for one in alternatives(branch):
                calls = list(_calls(one))
                is_unit = calls and layers(definition, calls[0].name)
                if is_unit and any(_is_shortcut(definition, calls, other) for other in _all(shortcut)):
                    found = [call.name for call in calls]
    return found


def _all(value: Value) -> Iterator[Value]:
    yield value
    yield from alternatives(value)


def _calls(value: Value) -> Iterator[Called]:
    while isinstance(value, Called):
        yield value
        value = value.of


def _is_shortcut(definition: Definition, branch: list[Called], value: Value) -> bool:
    """Tell whether a value is what a branch begins with, the method's parameter, or a layer of it that may be none."""
    if isinstance(value, Given):
        return True
    if isinstance(value, Called):
        return isinstance(value.of, Given) and any(
            layer.is_torch(frozenset({"Identity"})) for layer in layers(definition, value.name)
        )
    return any(call.of == value for call in branch)
