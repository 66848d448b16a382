"""What a recipe says: the class, its hyper-parameters, its cost and the channel widths that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import Value, evaluate, format_value, located, render
from yolo_patcher.recipe.identity import Identity
from yolo_patcher.recipe.widths import Widths, widths_of
from yolo_patcher.signature import Signature


@dataclass(frozen=True)
class Paper:
    """Where a module was published; a field that does not apply is empty (`year`: 0)."""

    title: str
    arxiv: str = ""
    year: int = 0
    venue: str = ""

    @property
    def url(self) -> str:
        """The address of the arXiv page, or nothing."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""


Group = Literal["gate", "transform", "fusion", "downsampling", "upsampling", "convolution", "block"]
GROUPS: tuple[Group, ...] = ("gate", "transform", "fusion", "downsampling", "upsampling", "convolution", "block")
"""What a module is for: a product with its input, another map of the same shape, a join of several maps, and so on."""


@dataclass(frozen=True)
class Placement:
    """Where a module stands, in words: where its authors put it, and where users of YOLO models do."""

    authors: str = ""
    field: str = ""


@dataclass(frozen=True)
class Hyperparameter:
    """A constructor argument after the channels; `step` counts from `minimum`, `choices` are the words of a choice."""

    name: str
    type: Literal["int", "float", "bool", "choice"]
    default: Value
    help: str
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | None = None
    choices: tuple[str, ...] = ()

    @property
    def range_text(self) -> str:
        """The values that it takes, in words."""
        if self.type == "bool":
            return "true or false"
        if self.type == "choice":
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        low, high = ("" if bound is None else format_value(bound) for bound in (self.minimum, self.maximum))
        if self.step:
            return f"{low}, {int(self.minimum or 0) + self.step}, … {high}".rstrip()
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}" if high else f"any {self.type}"

    def accepts(self, value: Value) -> bool:
        """Tell whether a value of the right type is in range, or among the choices."""
        if isinstance(value, str):
            return value in self.choices
        if self.minimum is not None and value < self.minimum:
            return False
        if self.maximum is not None and value > self.maximum:
            return False
        return not self.step or (value - (self.minimum or 0)) % self.step == 0

    def taken(self, value: object) -> Value:
        """Give a value, or the default where it is of another type, or none of the choices."""
        if self.type == "choice":
            return value if isinstance(value, str) and value in self.choices else self.default
        return value if isinstance(value, int | float) else self.default


@dataclass(frozen=True)
class ChannelRule:
    """What happens at the widths for which `when` holds: `message` is said, and `refuse` refuses them."""

    when: str
    outcome: Literal["adapt", "warn", "refuse"]
    message: str


@dataclass(frozen=True)
class ChannelNotes:
    """What a recipe has to say about one width."""

    adapted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """One attention module of the catalogue.

    `sizes` are widths derived from the channels `C` (and what else the signature's expressions may use) and the
    hyper-parameters, each a name and its expression;
    `parameters` is the expression of the number of trainable parameters. `mixes_positions` says that what stands at one
    position of a map may change any other, as in global attention. `licence` is that of the original code, in words;
    `source` is the recipe's file, `lines` gives
    the line there of each value by its name (`channels[0].when`), and `template` is the file that holds its class.
    The file's proof is read apart, by `yolo_patcher.recipe.proof_reader.read_proof`.
    """

    name: str
    version: int
    title: str
    class_name: str
    template: Path
    source: Path
    kind: str
    formula: str
    parameters: str
    paper: Paper | None = None
    aliases: tuple[str, ...] = ()
    hyperparameters: tuple[Hyperparameter, ...] = ()
    position: str = "head"
    sizes: tuple[tuple[str, str], ...] = ()
    channels: tuple[ChannelRule, ...] = ()
    notes: tuple[str, ...] = ()
    mixes_positions: bool = False
    signature: Signature = field(default_factory=Signature)
    identity: Identity = field(default_factory=Identity)
    group: Group = "gate"
    tags: tuple[str, ...] = ()
    licence: str = ""
    placement: Placement = field(default_factory=Placement)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def defaults(self) -> dict[str, Value]:
        """The hyper-parameters' published values, in the order of the constructor's arguments."""
        return {hyperparameter.name: hyperparameter.default for hyperparameter in self.hyperparameters}

    def row_arguments(self, settings: Mapping[str, object]) -> tuple[object, ...]:
        """Give the positional arguments after the channels, up to the last that differs from its default."""
        values = [settings.get(name, default) for name, default in self.defaults.items()]
        defaults = list(self.defaults.values())
        while values and values[-1] == defaults[len(values) - 1]:
            values.pop()
        return tuple(values)

    def parameter_count(
        self,
        channels: int | Sequence[int],
        settings: Mapping[str, object],
        channels_out: int | None = None,
        repeats: int | None = None,
    ) -> int:
        """Compute the number of trainable parameters at a width; see `widths_of` for what may be left out.

        Raises:
            PatcherError: `recipe`, the formula gives no count.
        """
        count = self._names(widths_of(self.signature, channels, channels_out, repeats), settings)["parameters"]
        if type(count) is not int or count < 0:
            message = f"'{self.parameters}' gives {format_value(count)} at {channels} channels, which is no count"
            raise PatcherError("recipe", message, path=str(self.source), line=self.lines.get("parameters"))
        return count

    def channel_notes(
        self,
        channels: int | Sequence[int],
        settings: Mapping[str, object],
        channels_out: int | None = None,
        repeats: int | None = None,
    ) -> ChannelNotes:
        """Apply the channel rules to a width; with the setting `strict`, what would be adapted is refused.

        See `widths_of` for what may be left out.

        Raises:
            PatcherError: `recipe`, a rule cannot be evaluated.
        """
        names = self._names(widths_of(self.signature, channels, channels_out, repeats), settings)
        said = []
        for number, rule in enumerate(self.channels):
            with self._located(f"channels[{number}].when"):
                applies = evaluate(rule.when, names)
            if applies:
                with self._located(f"channels[{number}].{rule.outcome}"):
                    said.append((rule.outcome, render(rule.message, names)))
        strict = bool(settings.get("strict", False))
        return ChannelNotes(
            adapted=tuple(text for outcome, text in said if outcome == "adapt" and not strict),
            warnings=tuple(text for outcome, text in said if outcome == "warn"),
            refused=tuple(text for outcome, text in said if outcome == "refuse" or (outcome == "adapt" and strict)),
        )

    def _names(self, widths: Widths, settings: Mapping[str, object]) -> dict[str, Value]:
        names: dict[str, Value] = {**widths.numbers(self.signature), **self.defaults}
        for hyperparameter in self.hyperparameters:
            names[hyperparameter.name] = hyperparameter.taken(settings.get(hyperparameter.name))
        for name, expression in self.sizes:
            with self._located(f"sizes.{name}"):
                names[name] = evaluate(expression, names)
        with self._located("parameters"):
            names["parameters"] = evaluate(self.parameters, names)
        return names

    def _located(self, name: str) -> AbstractContextManager[None]:
        return located(str(self.source), self.lines.get(name))
