"""A recipe's class as the recipe's proof describes it: built, filled, and held against what is known."""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.proof import Changed, Counted, Fill, Golden, Initial, Points, Proof, Refused, Said
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.settings import parse_settings

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


def build(recipe: Recipe, channels: object, settings: Mapping[str, object], *out: int) -> Any:
    """Build a module with a fixed seed, as a row of a model YAML does: by position."""
    torch.manual_seed(0)
    return class_of(recipe)(channels, *out, *recipe.row_arguments(settings))


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
    channels = [one.shape[1] for one in golden.inputs]
    out = () if golden.channels_out is None else (golden.channels_out,)
    module = build(recipe, channels if len(channels) > 1 else channels[0], golden.settings, *out).eval()
    fill_weights(module, golden.weights)
    with torch.no_grad():
        y = module(inputs if len(inputs) > 1 else inputs[0])
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
    formula = tuple(recipe.parameter_count(channels, counted.settings) for channels in counted.channels)
    assert formula == counted.parameters
    built = tuple(parameter_count(build(recipe, channels, counted.settings)) for channels in counted.channels)
    assert built == counted.parameters


def check_initial(recipe: Recipe, initial: Initial) -> None:
    """Check the scale of a fresh module's parameters."""
    parameters = dict(build(recipe, initial.channels, initial.settings).named_parameters())
    for pattern, bound in initial.largest:
        named = fnmatch.filter(parameters, pattern)
        assert named, f"{pattern} names none of {', '.join(parameters)}"
        for name in named:
            largest = float(parameters[name].detach().abs().max())
            assert largest == 0 if bound == 0 else bound / 2 < largest <= bound * (1 + 1e-6), name


def check_said(recipe: Recipe, proof: Proof, said: Said, outcome: str) -> None:
    """Check that a recipe says something (`adapted`, `warnings`) at the channels that are named, and only there."""
    for channels in sorted({*proof.widths, *said.channels}):
        texts: tuple[str, ...] = getattr(recipe.channel_notes(channels, said.settings), outcome)
        assert any(said.message in text for text in texts) == (channels in said.channels), (channels, texts)


def check_refused(recipe: Recipe, refused: Refused) -> None:
    """Check that the tool refuses before it plans, and the class where a row was written by hand."""
    assert refused.message in _refusal(recipe, refused)
    with pytest.raises(ValueError, match=re.escape(refused.message)):
        build(recipe, refused.channels, refused.settings)


def _refusal(recipe: Recipe, refused: Refused) -> str:
    try:
        settings = parse_settings(recipe, [f"{name}={format_value(value)}" for name, value in refused.settings.items()])
    except PatcherError as error:
        return error.message
    return "; ".join(recipe.channel_notes(refused.channels, settings).refused)
