"""What names are worth while the source of a class is run on shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yolo_patcher.checkout.definitions import Definition, PythonFile


class CannotTell(Exception):
    """The source says it in a way that is not understood."""


class Unequal(CannotTell):
    """Maps of different sizes are put together."""


class TooLong(CannotTell):
    """It takes too many steps, or calls that lie too deep in each other."""


class _Unknown:
    def __repr__(self) -> str:
        return "?"


UNKNOWN = _Unknown()
"""In the place of a value that can't be told from the text."""


@dataclass(frozen=True)
class Tensor:
    """A tensor's shape; None for a dimension that can't be told."""

    dims: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of torch's own, with the arguments that it was made with."""

    name: str
    args: Sequence[object]
    settings: Mapping[str, object]


@dataclass(eq=False)
class Layers:
    """A `nn.Sequential` or `nn.ModuleList`: those that are called, one after the other, and those that are not."""

    called: bool
    items: list[object]


@dataclass(eq=False)
class Instance:
    """An object of a class of the checkout."""

    definition: Definition
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the checkout, with what it can see: its file, the names around it, and the object that it is of."""

    file: PythonFile
    node: object
    names: Mapping[str, object]
    of: Instance | None = None
    owner: Definition | None = None


@dataclass(frozen=True, eq=False)
class Method:
    """A method of a tensor, a list, a text or another value that is no object of the checkout."""

    of: object
    name: str


@dataclass(frozen=True, eq=False)
class Super:
    """What `super()` gives in a method."""

    of: Instance
    owner: Definition


@dataclass(frozen=True)
class Either:
    """Values of which it can't be told which one it is."""

    options: tuple[object, ...]


def either(values: Sequence[object]) -> object:
    """Give what values have in common: the value where all are equal, else all of them."""
    flat: list[object] = []
    for value in values:
        flat += value.options if isinstance(value, Either) else [value]
    different: list[object] = []
    for value in flat:
        if not any(same(value, known) for known in different):
            different.append(value)
    if len(different) == 1:
        return different[0]
    return UNKNOWN if any(value is UNKNOWN for value in different) else Either(tuple(different))


def same(one: object, other: object) -> bool:
    """Tell whether two values are one object, or equal plain values."""
    if one is other:
        return True
    plain = (bool, int, float, str, Tensor)
    if isinstance(one, plain):
        return type(one) is type(other) and one == other
    if isinstance(one, list | tuple) and type(one) is type(other) and len(one) == len(other):
        return all(same(left, right) for left, right in zip(one, other, strict=True))
    return False
