"""What a module takes and gives: its inputs, its channels, its repeats, and by how many levels it changes the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from yolo_patcher.errors import PatcherError

Inputs = Literal["one", "many"]
Channels = Literal["input", "first", "sum", "argument"]
Repeats = Literal["ignored", "taken"]

INPUTS: tuple[Inputs, ...] = ("one", "many")
CHANNELS: tuple[Channels, ...] = ("input", "first", "sum", "argument")
REPEATS: tuple[Repeats, ...] = ("ignored", "taken")
LEVELS = {"kept": 0, "down": 1, "up": -1}
"""The changes of level by their words: a map of half the height and width is one level further down the network."""


@dataclass(frozen=True)
class Signature:
    """What a module takes and gives; the default is that of most attention.

    Attributes:
        inputs: one row, or a list of rows, which have one level.
        channels: the output's: those of its input; those of the first of several inputs, which all have the same; the
            sum of its inputs'; or the row's first argument, scaled by width and `max_channels`.
        repeats: whether the class takes the row's repeats, after depth scaling, as an argument.
        least_repeats: the fewest repeats that it takes.
        level: by how many levels the output lies above the inputs: 1 for half their height and width, -1 for double.

    Raises:
        PatcherError: `recipe`, when the parts do not fit together.
    """

    inputs: Inputs = "one"
    channels: Channels = "input"
    repeats: Repeats = "ignored"
    least_repeats: int = 1
    level: int = 0

    @property
    def leading(self) -> tuple[str, ...]:
        """What the constructor takes in front of the hyper-parameters, in words, in its order."""
        out = ("the output's channels",) if self.channels == "argument" else ()
        return ("the channels", *out, *(("the repeats",) if self.repeats == "taken" else ()))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of numbers that a recipe's expressions may use; `widths.numbers` gives their values."""
        several = ("L", "S", "N") if self.inputs == "many" else ()
        out = ("C2",) if self.channels == "argument" else ()
        return ("C", *several, *out, *(("R",) if self.repeats == "taken" else ()))

    @property
    def keeps_shape(self) -> bool:
        """Whether the output has the shape of its one input, as that of most attention has."""
        return (self.inputs, self.channels, self.level) == ("one", "input", 0)

    def __post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        fitting = ("input", "argument") if self.inputs == "one" else ("first", "sum", "argument")
        if self.channels not in fitting:
            taken = "one input" if self.inputs == "one" else "several inputs"
            raise PatcherError("recipe", f"a module of {taken} has its channels by {' or '.join(fitting)}")
        if self.least_repeats < 1 or (self.repeats == "ignored" and self.least_repeats > 1):
            raise PatcherError("recipe", f"a module can't need at least {self.least_repeats} repeats that it ignores")


Signatures = Mapping[str, Signature]
"""Signatures by the names of classes."""
