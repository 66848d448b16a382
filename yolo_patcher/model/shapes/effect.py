"""By how many levels a row's module changes its input, read from what its class makes of maps of several sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from yolo_patcher.checkout.definitions import Definitions, PythonFile
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.text import SourceText
from yolo_patcher.model.shapes.run import Machine
from yolo_patcher.model.shapes.values import UNKNOWN, CannotTell, Layers, Tensor

_HEIGHT, _WIDTH = 512, 768
_BATCH = 2
_SEVERAL = (0, 0)
_LITERALS: Mapping[str, object] = {"None": None, "True": True, "False": False}
# A window without padding, or a border for the next one, takes or gives a few pixels.
_FEW = 4
_MOST_OBJECTS = 100


@dataclass(frozen=True)
class Effect:
    """What a module does to the level of its input.

    Attributes:
        main: which input the output's level is told from, by its place among all.
        change: by how many levels the output lies above that input; None where it gives several maps.
        joins: whether the inputs need one level.
    """

    main: int
    change: int | None
    joins: bool


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes that model YAMLs of a checkout can name.

    Attributes:
        file: the file that looks the names up, that of `parse_model`.
    """

    file: PythonFile
    _machine: Machine = field(default_factory=Machine, repr=False)
    _known: dict[object, Effect | None] = field(default_factory=dict, repr=False)

    def effect(
        self, module: str, args: Sequence[object], repeats: int | None, inputs: Sequence[bool], listed: bool
    ) -> Effect | None:
        """Give what a module does, or None where its class can't be followed.

        Args:
            module: its name in the YAML.
            args: what its class is called with.
            repeats: how many objects stand one behind the other; None where that can't be told.
            inputs: for each input, whether it is one map.
            listed: whether the inputs come in a list.
        """
        key = (module, repr(args), repeats, tuple(inputs), listed)
        if key not in self._known:
            self._known[key] = self._effect(module, args, repeats, inputs, listed)
        return self._known[key]

    def _effect(
        self, module: str, args: Sequence[object], repeats: int | None, inputs: Sequence[bool], listed: bool
    ) -> Effect | None:
        made = self.made(module, args)
        if made is None:
            return None
        repeats = repeats if repeats is not None and repeats <= _MOST_OBJECTS else None
        called = made if repeats is None or repeats < 2 else Layers(True, [made] * repeats)
        found = _read(self._machine, called, inputs, listed)
        # Any number of objects that keep the size keeps it.
        return None if found is not None and repeats is None and found.change else found

    def made(self, module: str, args: Sequence[object]) -> object | None:
        """Give the object that a class makes of arguments, None where its constructor can't be followed."""
        self._machine.begin()
        try:
            made = self._machine.make(self.file, module, [_literal(one) for one in args])
        except (CannotTell, RecursionError):
            return None
        return None if made is UNKNOWN else made

    def output_width(self, made: object) -> int | None:
        """Give the channels of what an object, or a layer, makes of a map; None where they can't be told."""
        self._machine.begin()
        try:
            found = self._machine.call(made, [Tensor((_BATCH, None, _HEIGHT, _WIDTH))], {})
        except (CannotTell, RecursionError):
            return None
        return found.dims[1] if isinstance(found, Tensor) and len(found.dims) == 4 else None


def _literal(value: object) -> object:
    """Give an argument as `parse_model` evaluates it: YAMLs write None and True as Python does."""
    return _LITERALS.get(value, value) if isinstance(value, str) else value


def _read(machine: Machine, called: object, inputs: Sequence[bool], listed: bool) -> Effect | None:
    # No two odd numbers are powers of two apart, so the output's size tells which input it comes from.
    apart = [Fraction(2 * place + 1) for place in range(len(inputs))]
    size = _size(machine, called, apart, inputs, listed)
    if size == _SEVERAL:
        return Effect(0, None, False)
    for main, factor in enumerate(apart):
        change = _level(size, factor) if inputs[main] else None
        if change is not None:
            return Effect(main, change, False)
    if len(inputs) == 1:
        return None
    change = _level(_size(machine, called, [Fraction(1)] * len(inputs), inputs, listed), Fraction(1))
    if change is not None:
        return Effect(0, change, True)
    # Some bring three levels together by a step of two each.
    for step in (Fraction(1, 2), Fraction(2)):
        steps = [step**place for place in range(len(inputs))]
        size = _size(machine, called, steps, inputs, listed)
        for main, factor in enumerate(steps):
            if inputs[main] and _level(size, factor) == 0:
                return Effect(main, 0, False)
    return None


def _size(
    machine: Machine, called: object, factors: Sequence[Fraction], inputs: Sequence[bool], listed: bool
) -> tuple[int, int] | None:
    """Give height and width of what a module makes of maps; None where that is no map, or can't be told."""
    maps: list[object] = [
        Tensor((_BATCH, None, int(_HEIGHT * factor), int(_WIDTH * factor))) if is_map else UNKNOWN
        for factor, is_map in zip(factors, inputs, strict=True)
    ]
    machine.begin()
    try:
        found = machine.call_row(called, [maps] if listed else maps)
    except (CannotTell, RecursionError):
        return None
    if isinstance(found, list | tuple) and found:
        return _SEVERAL
    if not isinstance(found, Tensor) or len(found.dims) != 4:
        return None
    height, width = found.dims[2:]
    return None if height is None or width is None else (height, width)


def _level(size: tuple[int, int] | None, factor: Fraction) -> int | None:
    """Give by how many levels a map lies above one that is larger by a factor than the least; None for no level."""
    if size is None:
        return None
    scale = Fraction(size[1] - size[0], 1) / ((_WIDTH - _HEIGHT) * factor)
    if scale <= 0 or abs(size[0] - _HEIGHT * factor * scale) > _FEW:
        return None
    up, down = scale.numerator, scale.denominator
    if min(up, down) > 1 or max(up, down) & (max(up, down) - 1):
        return None
    return down.bit_length() - up.bit_length()


def no_classes() -> Classes:
    """Give the classes of a file that names none: torch's own."""
    return Classes(PythonFile(SourceText("", "", "utf-8", False, "\n")))


def classes_of(site: Site) -> Classes:
    """Give the classes of a checkout, what was found out about them kept for its next model."""
    return _classes_in(site.definitions, site.parse_model.path)


@lru_cache(maxsize=4)
def _classes_in(definitions: Definitions, path: str) -> Classes:
    file = definitions.file(path)
    return no_classes() if file is None else Classes(file)
