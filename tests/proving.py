"""A recipe's class as the recipe's proof describes it: built, filled, and held against what is known."""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.proof import Built, Changed, Counted, Fill, Golden, Initial, Points, Proof, Refused, Said
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.settings import parse_settings
from yolo_patcher.recipe.widths import Widths, widths_of

torch = pytest.importorskip("torch")


@functools.cache
def _module_of(template: Path) -> Any:
    """Import a template, where pickles of its class find it again."""
    name = f"template_{hashlib.sha256(bytes(template)).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, template)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def class_of(recipe: Recipe) -> Any:
    """Import a recipe's class from its template."""
    return getattr(_module_of(recipe.template), recipe.class_name)


def build(
    recipe: Recipe,
    channels: Built,
    settings: Mapping[str, object],
    channels_out: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
) -> Any:
    """Build a module with a fixed seed, as a row of a model YAML does: by position."""
    torch.manual_seed(seed)
    leading = widths_of(recipe.signature, channels, channels_out, repeats).arguments(recipe.signature)
    return class_of(recipe)(*leading, *recipe.row_arguments(settings))


def feed(recipe: Recipe, module: Any, maps: Sequence[Any]) -> Any:
    """Run a module on its one map, or on the list of its maps."""
    return module(list(maps) if recipe.signature.inputs == "many" else maps[0])


@dataclass(frozen=True)
class Variant:
    """A recipe with settings, and how its inputs and its output are as wide as a width at which it is built.

    Attributes:
        recipe: the recipe.
        settings: hyper-parameters that are not the defaults.
        times: how often each input has the width.
        times_out: how often the output has it, where a row says how wide that is.
        more: how many repeats there are beyond the fewest, where the class takes them.
    """

    recipe: Recipe
    settings: Mapping[str, Any]
    times: tuple[int, ...] = (1,)
    times_out: int = 1
    more: int = 0

    def widths(self, width: int) -> Widths:
        signature = self.recipe.signature
        inputs = tuple(width * times for times in self.times)
        return widths_of(signature, inputs, width * self.times_out, signature.least_repeats + self.more)

    def takes(self, width: int) -> bool:
        widths = self.widths(width)
        return not self.recipe.channel_notes(widths.inputs, self.settings, widths.out, widths.repeats).refused

    def first_width(self, proof: Proof, least: int = 16) -> int:
        """Give the first width from a least one on that the recipe takes."""
        return next(width for width in proof.widths if width >= least and self.takes(width))

    def count(self, width: int) -> int:
        widths = self.widths(width)
        return self.recipe.parameter_count(widths.inputs, self.settings, widths.out, widths.repeats)

    def build(self, width: int, seed: int = 0) -> Any:
        widths = self.widths(width)
        return build(self.recipe, widths.inputs, self.settings, widths.out, widths.repeats, seed)

    def maps(self, batch: int, width: int, height: int, across: int, seed: int = 2) -> list[Any]:
        """Give a random map for each input."""
        shapes = [(batch, channels, height, across) for channels in self.widths(width).inputs]
        generator = torch.Generator().manual_seed(seed)
        return [torch.randn(shape, generator=generator) for shape in shapes]

    def shape_out(self, batch: int, width: int, height: int, across: int) -> tuple[int, ...]:
        """Give the output's shape; of an odd size, a module that halves it keeps the larger half."""
        level = self.recipe.signature.level
        size = [(side + 1) // 2 if level > 0 else side * 2 if level < 0 else side for side in (height, across)]
        return (batch, self.widths(width).out, *size)

    def run(self, module: Any, maps: Sequence[Any]) -> Any:
        return feed(self.recipe, module, maps)


def variants_of(recipe: Recipe, settings: Mapping[str, Any]) -> list[Variant]:
    """Give the forms in which a recipe's class is built: with two and three inputs, with as many channels and more."""
    signature = recipe.signature
    if signature.inputs == "many":
        forms = [Variant(recipe, settings, times) for times in ((1, 1), (1, 1, 1))]
        if signature.channels != "first":
            forms = [Variant(recipe, settings, times) for times in ((1, 2), (2, 1, 4))]
    else:
        forms = [Variant(recipe, settings)]
    if signature.channels == "argument" or signature.repeats == "taken":
        forms += [Variant(recipe, settings, form.times, times_out=2, more=2) for form in forms]
    return forms


def parameter_count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def filled(shape: Sequence[int], fill: Fill) -> Any:
    """Give a tensor filled by a number, nested lists or a rule."""
    if fill == "ramp":
        return torch.arange(float(shape[-2] * shape[-1])).reshape(*shape[-2:]).expand(*shape).clone()
    if fill == "rows":
        return torch.arange(float(shape[-2])).reshape(-1, 1).expand(*shape).clone()
    if fill == "columns":
        return torch.arange(float(shape[-1])).expand(*shape).clone()
    if fill == "waves":
        count = int(torch.Size(shape).numel())
        return (torch.arange(1, count + 1, dtype=torch.float64) * 0.7).sin().float().reshape(*shape)
    if fill == "identity":
        tensor = torch.zeros(*shape)
        for out in range(shape[0]):
            index = (out, out % shape[1], *(size // 2 for size in shape[2:]))
            tensor[index] = 1
        return tensor
    return torch.as_tensor(fill, dtype=torch.float32).expand(*shape).clone()


def fill_weights(module: Any, weights: Sequence[tuple[str, Fill]]) -> None:
    """Fill parameters, and buffers that are named in full; each name must fit one at least."""
    parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
    for pattern, fill in weights:
        named = [parameter for name, parameter in parameters.items() if fnmatch.fnmatchcase(name, pattern)]
        named = named or [buffers[name] for name in buffers if name == pattern]
        assert named, f"{pattern} names none of {', '.join([*parameters, *buffers])}"
        for tensor in named:
            tensor.data.copy_(filled(tensor.shape, fill))


def check_proof(recipe: Recipe) -> Proof:
    """Check all that a recipe's proof says, and give it."""
    proof = read_proof(recipe)
    for golden in proof.golden:
        check_golden(recipe, golden)
    for counted in proof.counts:
        check_counted(recipe, counted)
    for initial in proof.initial:
        check_initial(recipe, initial)
    for said in proof.adapted:
        check_said(recipe, proof, said, "adapted")
    for said in proof.warned:
        check_said(recipe, proof, said, "warnings")
    for refused in proof.refused:
        check_refused(recipe, refused)
    return proof


def check_golden(recipe: Recipe, golden: Golden) -> None:
    """Check that a module gives the output that is known."""
    inputs = [filled(one.shape, one.values) for one in golden.inputs]
    channels = tuple(one.shape[1] for one in golden.inputs)
    module = build(recipe, channels, golden.settings, golden.channels_out, golden.repeats).eval()
    fill_weights(module, golden.weights)
    with torch.no_grad():
        y = feed(recipe, module, inputs)
    assert tuple(y.shape) == golden.shape
    if isinstance(golden.output, Points):
        actual = torch.stack([y[index] for index, _ in golden.output.values])
        expected = torch.tensor([value for _, value in golden.output.values])
    elif isinstance(golden.output, Changed):
        order = golden.output.channels
        source = inputs[0][:, list(order)] if order else inputs[0]
        actual, expected = y, (source * golden.output.times + golden.output.plus).expand_as(y)
    else:
        actual, expected = y, filled(golden.shape, golden.output)
    torch.testing.assert_close(actual, expected, rtol=0, atol=golden.tolerance)


def check_counted(recipe: Recipe, counted: Counted) -> None:
    """Check that formula and class have the known numbers of parameters."""
    outs = counted.channels_out or (None,) * len(counted.channels)
    pairs = list(zip(counted.channels, outs, strict=True))
    formula = [recipe.parameter_count(one, counted.settings, out, counted.repeats) for one, out in pairs]
    assert formula == [*counted.parameters]
    built = [parameter_count(build(recipe, one, counted.settings, out, counted.repeats)) for one, out in pairs]
    assert built == [*counted.parameters]


def check_initial(recipe: Recipe, initial: Initial) -> None:
    """Check the scale of a fresh module's parameters."""
    module = build(recipe, initial.channels, initial.settings, initial.channels_out, initial.repeats)
    parameters = dict(module.named_parameters())
    for pattern, bound in initial.largest:
        named = fnmatch.filter(parameters, pattern)
        assert named, f"{pattern} names none of {', '.join(parameters)}"
        for name in named:
            largest = float(parameters[name].detach().abs().max())
            assert largest == 0 if bound == 0 else bound / 2 < largest <= bound * (1 + 1e-6), name


def check_said(recipe: Recipe, proof: Proof, said: Said, outcome: str) -> None:
    """Check that a recipe says something (`adapted`, `warnings`) at the channels that are named, and only there."""
    for channels in sorted({*proof.widths, *said.channels}):
        notes = recipe.channel_notes(channels, said.settings, said.channels_out, said.repeats)
        texts: tuple[str, ...] = getattr(notes, outcome)
        assert any(said.message in text for text in texts) == (channels in said.channels), (channels, texts)


def check_refused(recipe: Recipe, refused: Refused) -> None:
    """Check that the tool refuses before it plans, and the class where a row was written by hand."""
    assert refused.message in _refusal(recipe, refused)
    with pytest.raises(ValueError, match=re.escape(refused.message)):
        build(recipe, refused.channels, refused.settings, refused.channels_out, refused.repeats)


def _refusal(recipe: Recipe, refused: Refused) -> str:
    try:
        settings = parse_settings(recipe, [f"{name}={format_value(value)}" for name, value in refused.settings.items()])
    except PatcherError as error:
        return error.message
    notes = recipe.channel_notes(refused.channels, settings, refused.channels_out, refused.repeats)
    return "; ".join(notes.refused)
