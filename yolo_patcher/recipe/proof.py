"""What a recipe says about its class that tests can hold against it: known outputs, counts, widths and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from yolo_patcher.recipe.expression import Value

Settings: TypeAlias = Mapping[str, Value]
Rule: TypeAlias = Literal["ramp", "rows", "columns", "waves", "identity"]
Nested: TypeAlias = "float | tuple[Nested, ...]"
Fill: TypeAlias = "Rule | Nested"
"""What a tensor is filled with: a number, nested lists that broadcast to its shape, or a rule.

`ramp` counts the positions of each map from 0, row by row; `rows` and `columns` give each position the number of its
row or column; `waves` gives value k, counted from 0 over the whole tensor, sin(0.7 (k + 1)); `identity` is for weights:
output channel o copies the input channel o modulo their number, at the centre of the kernel.
"""

RULES: tuple[Rule, ...] = ("ramp", "rows", "columns", "waves", "identity")
WIDTHS = (16, 24, 32, 48, 64, 80, 96, 128, 144, 160, 192, 256, 320, 384, 512, 576, 640, 768, 1024, 1280)
"""The channels that rows of YOLO models have."""


Built: TypeAlias = "int | tuple[int, ...]"
"""The channels of a module's input, or of each of several; a number alone, then, for two inputs of that width."""


@dataclass(frozen=True)
class Filled:
    """A tensor: its shape, (batch, channels, height, width), and what fills it."""

    shape: tuple[int, ...]
    values: Fill


@dataclass(frozen=True)
class Changed:
    """The first input: each value taken `times` and `plus`, the channels in the order `channels` where given."""

    times: float
    plus: float = 0.0
    channels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Points:
    """Single values of a tensor, each with its index."""

    values: tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True)
class Golden:
    """A known output of the class, in evaluation mode.

    Attributes:
        settings: the hyper-parameters that are not the defaults.
        inputs: the feature maps; the channels of the first (of all, for a class of several) are the constructor's.
        weights: names of parameters, with `*` and `?`, and what fills them; a later entry overrules an earlier one. A
            buffer is named in full. What no entry names is as the constructor leaves it.
        output: what comes out.
        shape: the output's shape.
        tolerance: the largest difference; with 0, all bits are equal.
        channels_out: the channels of the output, of a class that takes them; None for those of the first input.
        repeats: the repeats, of a class that takes them; None for the fewest.
        line: where it stands in the recipe.
    """

    settings: Settings
    inputs: tuple[Filled, ...]
    weights: tuple[tuple[str, Fill], ...]
    output: Nested | Changed | Points
    shape: tuple[int, ...]
    tolerance: float
    channels_out: int | None
    repeats: int | None
    line: int


@dataclass(frozen=True)
class Counted:
    """Numbers of trainable parameters, counted on another implementation or by hand, one for each of the channels.

    `channels_out` has those of the outputs beside each of the channels; it is empty where they are those of the inputs.
    """

    settings: Settings
    channels: tuple[Built, ...]
    parameters: tuple[int, ...]
    channels_out: tuple[int, ...] = ()
    repeats: int | None = None


@dataclass(frozen=True)
class Initial:
    """The largest absolute values that a fresh module's parameters may have, by their names; 0 where all are 0.

    A parameter of bound b has a value beyond b / 2 as well, so that the scale of a random start is proven.
    """

    settings: Settings
    channels: Built
    largest: tuple[tuple[str, float], ...]
    channels_out: int | None = None
    repeats: int | None = None


@dataclass(frozen=True)
class Said:
    """A part of what the recipe says at some channels, and at no others of its widths."""

    settings: Settings
    channels: tuple[int, ...]
    message: str
    channels_out: int | None = None
    repeats: int | None = None


@dataclass(frozen=True)
class Refused:
    """Channels and settings, which may be out of range, that recipe and class refuse, with a part of both messages."""

    settings: Settings
    channels: Built
    message: str
    channels_out: int | None = None
    repeats: int | None = None


@dataclass(frozen=True)
class Proof:
    """What tests hold against a recipe's class.

    Attributes:
        widths: the channels at which it is built.
        settings: hyper-parameters to try beside the defaults.
        golden: known outputs.
        counts: known numbers of parameters.
        initial: what a fresh module's parameters are like.
        adapted: where a published default is adapted.
        warned: where the recipe warns.
        refused: what can't be built.
        idle: parameters, by name, that training does not move: under a normalisation or softmax they cancel out.
        smallest: the smallest height and width of a feature map.
        half: the largest absolute input for which the output is finite in half precision.
    """

    widths: tuple[int, ...] = WIDTHS
    settings: tuple[Settings, ...] = ()
    golden: tuple[Golden, ...] = ()
    counts: tuple[Counted, ...] = ()
    initial: tuple[Initial, ...] = ()
    adapted: tuple[Said, ...] = ()
    warned: tuple[Said, ...] = ()
    refused: tuple[Refused, ...] = ()
    idle: tuple[str, ...] = ()
    smallest: int = 1
    half: float = 300.0
