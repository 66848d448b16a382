"""Each recipe's class as its proof says, and as a module that lives in a YOLO model."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from proving import (
    Variant,
    check_counted,
    check_golden,
    check_initial,
    check_refused,
    check_said,
    class_of,
    parameter_count,
    variants_of,
)

from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.proof import Proof
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.recipe import Recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

RECIPES = [(recipe, read_proof(recipe)) for recipe in all_recipes()]


def cases(key: str) -> pytest.MarkDecorator:
    """Give a mark that runs a test with each case that the proofs hold under a key."""
    found = [
        pytest.param(recipe, case, id=f"{recipe.name}-{number}")
        for recipe, proof in RECIPES
        for number, case in enumerate(getattr(proof, key))
    ]
    return pytest.mark.parametrize(("recipe", "case"), found)


every_recipe = pytest.mark.parametrize(
    ("recipe", "proof"), [pytest.param(recipe, proof, id=recipe.name) for recipe, proof in RECIPES]
)
VARIANTS = [
    variant
    for recipe, proof in RECIPES
    for settings in ({}, *proof.settings)
    for variant in variants_of(recipe, settings)
]
every_variant = pytest.mark.parametrize(
    "variant",
    [
        pytest.param(variant, id=f"{variant.recipe.name}-{number}")
        for recipe, _ in RECIPES
        for number, variant in enumerate(one for one in VARIANTS if one.recipe is recipe)
    ],
)


def proof_of(recipe: Recipe) -> Proof:
    return next(proof for one, proof in RECIPES if one is recipe)


def width(variant: Variant, least: int = 16) -> int:
    return variant.first_width(proof_of(variant.recipe), least)


def plain(recipe: Recipe) -> Variant:
    """Give a recipe with its defaults."""
    return variants_of(recipe, {})[0]


def small(variant: Variant) -> tuple[Any, list[Any]]:
    """Build a small module, and maps for it that take a gradient."""
    channels = width(variant)
    side = max(9, proof_of(variant.recipe).smallest)
    maps = variant.maps(2, channels, side, side - 1 if side == 9 else side)
    return variant.build(channels), [x.requires_grad_() for x in maps]


def stir(module: Any) -> Any:
    """Give every parameter and statistic a random value, so that no branch is idle."""
    generator = torch.Generator().manual_seed(1)
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) * 0.2 + 0.05)
    return module


def exact(variant: Variant) -> tuple[Any, list[Any]]:
    """Build a small stirred module for evaluation, and maps, in float64: the logits of a softmax may be large."""
    module, maps = small(variant)
    return stir(module).double().eval(), [x.double() for x in maps]


def image(*shape: int, seed: int = 2) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def check_close(actual: Any, expected: Any, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=tolerance)


# What the recipe says


@every_recipe
def test_a_recipe_carries_golden_values_and_counts(recipe: Recipe, proof: Proof) -> None:
    assert proof.golden
    assert proof.counts


@cases("golden")
def test_golden(recipe: Recipe, case: Any) -> None:
    check_golden(recipe, case)


@cases("counts")
def test_counts(recipe: Recipe, case: Any) -> None:
    check_counted(recipe, case)


@cases("initial")
def test_initial(recipe: Recipe, case: Any) -> None:
    check_initial(recipe, case)


@cases("refused")
def test_refused(recipe: Recipe, case: Any) -> None:
    check_refused(recipe, case)


@cases("adapted")
def test_adapted(recipe: Recipe, case: Any) -> None:
    check_said(recipe, proof_of(recipe), case, "adapted")


@cases("warned")
def test_warned(recipe: Recipe, case: Any) -> None:
    check_said(recipe, proof_of(recipe), case, "warnings")


@every_variant
def test_formula_at_every_width(variant: Variant) -> None:
    for channels in proof_of(variant.recipe).widths:
        if variant.takes(channels):
            assert parameter_count(variant.build(channels)) == variant.count(channels), channels


# Life in a model


TAKEN = [
    pytest.param(variant, channels, id=f"{variant.recipe.name}-{number}-{channels}")
    for recipe, proof in RECIPES
    for number, variant in enumerate(variants_of(recipe, {}))
    for channels in (1, 3, *proof.widths)
    if channels in proof.widths or variant.takes(channels)
]


@pytest.mark.parametrize(("variant", "channels"), TAKEN)
def test_builds_and_runs_at_every_width(variant: Variant, channels: int) -> None:
    assert variant.takes(channels)
    module = variant.build(channels)
    smallest = proof_of(variant.recipe).smallest
    side = max(8, smallest)
    maps = [torch.zeros_like(x) for x in variant.maps(1, channels, side, side)]
    assert torch.isfinite(variant.run(module, maps)).all()
    assert module.eval() is module
    y = variant.run(module, [x[:, :, :smallest, :smallest] for x in maps])
    assert y.shape == variant.shape_out(1, channels, smallest, smallest)


@every_variant
@pytest.mark.parametrize(("height", "across"), [(21, 13), (13, 21), (1, 1), (1, 9), (5, 5)])
def test_any_size(variant: Variant, height: int, across: int) -> None:
    channels, smallest = width(variant), proof_of(variant.recipe).smallest
    size = max(height, smallest), max(across, smallest)
    maps = variant.maps(2, channels, *size)
    for module in (variant.build(channels).train(), variant.build(channels).eval()):
        y = variant.run(module, maps)
        assert y.shape == variant.shape_out(2, channels, *size)
        assert torch.isfinite(y).all()


@every_variant
def test_samples_are_independent(variant: Variant) -> None:
    module, maps = exact(variant)
    check_close(variant.run(module, maps)[:1], variant.run(module, [x[:1] for x in maps]))


@every_variant
def test_input_is_not_modified(variant: Variant) -> None:
    module, maps = small(variant)
    maps = [x.detach() for x in maps]
    before = [x.clone() for x in maps]
    variant.run(stir(module), maps)
    assert all(torch.equal(x, was) for x, was in zip(maps, before, strict=True))


@every_variant
@pytest.mark.parametrize("form", ["channels_last", "transposed"])
def test_strides_do_not_matter(variant: Variant, form: str) -> None:
    module, maps = exact(variant)
    strided = [
        x.mT.contiguous().mT if form == "transposed" else x.contiguous(memory_format=torch.channels_last) for x in maps
    ]
    check_close(variant.run(module, strided), variant.run(module, maps))


@every_variant
def test_every_parameter_gets_a_finite_gradient(variant: Variant) -> None:
    module, maps = small(variant)
    variant.run(stir(module), maps).square().sum().backward()
    for tensor in (*maps, *module.parameters()):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()


@every_variant
def test_fresh_module_trains_all_that_is_not_said_to_be_idle(variant: Variant) -> None:
    channels, side = width(variant), max(9, proof_of(variant.recipe).smallest)
    module = variant.build(channels)
    fresh = copy.deepcopy(module)
    for step in range(3):
        module.zero_grad()
        maps = [x.requires_grad_() for x in variant.maps(2, channels, side, side, seed=step)]
        y = variant.run(module, maps)
        # A mean of squares would be the same whatever comes before a last normalisation.
        (y * image(*y.shape, seed=9)).sum().backward()
        for parameter in module.parameters():
            # Steps large enough that what starts behind a zero moves by more than its value's rounding.
            parameter.data -= 0.001 * parameter.grad
    for (key, parameter), start in zip(module.named_parameters(), fresh.parameters(), strict=True):
        assert torch.isfinite(parameter).all(), key
        assert key in proof_of(variant.recipe).idle or not torch.equal(parameter, start), key


@every_recipe
def test_what_is_said_to_be_idle_is_there(recipe: Recipe, proof: Proof) -> None:
    modules = [variant.build(width(variant)) for variant in VARIANTS if variant.recipe is recipe]
    assert {*proof.idle} <= {name for module in modules for name, _ in module.named_parameters()}


@every_variant
def test_hosts_make_every_activation_work_in_place(variant: Variant) -> None:
    def outcome(inplace: bool) -> list[Any]:
        module, maps = small(variant)
        for part in stir(module).modules():
            if hasattr(part, "inplace"):
                part.inplace = inplace
        y = variant.run(module, maps)
        y.square().sum().backward()
        return [y, *(x.grad for x in maps), *(parameter.grad for parameter in module.parameters())]

    for changed, unchanged in zip(outcome(True), outcome(False), strict=True):
        assert torch.equal(changed, unchanged)


@every_variant
def test_deepcopy_after_a_training_forward(variant: Variant) -> None:
    module, maps = small(variant)
    variant.run(stir(module), maps).sum().backward()
    pickled = pickle.loads(pickle.dumps(module))
    for other in (copy.deepcopy(module), pickled):
        assert torch.equal(variant.run(other.eval(), maps), variant.run(module.eval(), maps))


@every_variant
def test_state_dict_round_trip(variant: Variant) -> None:
    (module, maps), (other, _) = small(variant), small(variant)
    stir(module).eval()
    other.eval()
    if module.state_dict():
        assert not torch.equal(variant.run(other, maps), variant.run(module, maps))
    other.load_state_dict(module.state_dict(), strict=True)
    assert torch.equal(variant.run(other, maps), variant.run(module, maps))


def moved_by_rounding(variant: Variant, module: Any, maps: list[Any], dtype: Any) -> float:
    """Give how far weights and inputs that are rounded move the output, with all else in single precision.

    A sharp softmax magnifies what rounding does, and a choice, such as of the largest values, may turn over.
    """
    rounded, step = copy.deepcopy(module).to(dtype).float(), torch.finfo(dtype).eps
    tries = [[x.to(dtype).float() for x in maps]]
    tries += [[x + step * x * image(*x.shape, seed=seed).clamp(-1, 1) for x in maps] for seed in range(3)]
    return max(float((variant.run(rounded, each) - variant.run(module, maps)).detach().abs().max()) for each in tries)


@every_variant
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision(variant: Variant, dtype: str) -> None:
    channels, low = width(variant, 64), getattr(torch, dtype)
    module = variant.build(channels).eval()
    maps = [x.clamp(-1, 1) * 8 for x in variant.maps(2, channels, 21, 13)]
    expected = variant.run(module, maps).detach()
    y = variant.run(copy.deepcopy(module).to(low), [x.to(low) for x in maps])
    assert y.dtype is low
    tolerance = max(0.02 * float(expected.abs().max()), 2 * moved_by_rounding(variant, module, maps, low))
    check_close(y.float(), expected, tolerance)
    with torch.autocast("cpu", dtype=low):
        mixed = variant.run(module, maps)
    check_close(mixed.float(), expected, tolerance)


@every_recipe
def test_half_is_finite_for_large_inputs(recipe: Recipe, proof: Proof) -> None:
    variant = plain(recipe)
    channels = width(variant, 128)
    module = variant.build(channels).half().eval()
    maps = [(x * proof.half).clamp(-proof.half, proof.half).half() for x in variant.maps(1, channels, 20, 20)]
    assert torch.isfinite(variant.run(module, maps)).all()


@every_recipe
def test_half_is_finite_when_what_starts_at_zero_is_trained(recipe: Recipe, proof: Proof) -> None:
    variant = plain(recipe)
    channels = width(variant, 256)
    module = variant.build(channels)
    for parameter in module.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    maps = [torch.full_like(x, proof.half).half() for x in variant.maps(1, channels, 40, 40)]
    assert torch.isfinite(variant.run(module.half().eval(), maps)).all()


@every_variant
def test_deterministic_algorithms(variant: Variant) -> None:
    torch.use_deterministic_algorithms(True)
    try:
        module, maps = small(variant)
        variant.run(stir(module), maps).sum().backward()
    finally:
        torch.use_deterministic_algorithms(False)


# The text


@every_recipe
def test_text_is_one_class_that_python_3_6_reads(recipe: Recipe, proof: Proof) -> None:
    text = recipe.template.read_text(encoding="ascii")
    tree = ast.parse(text, feature_version=(3, 6))
    docstring, *imports, definition = tree.body
    assert isinstance(docstring, ast.Expr)
    assert {ast.unparse(line) for line in imports} <= {"import math", "import torch", "from torch import nn"}
    assert isinstance(definition, ast.ClassDef)
    assert definition.name == recipe.class_name
    assert recipe.paper is not None
    said = " ".join((ast.get_docstring(definition) or "").split())
    assert not recipe.paper.arxiv or f"arXiv:{recipe.paper.arxiv}" in said
    assert recipe.paper.title in said
    assert not any(isinstance(node, ast.Lambda | ast.NamedExpr | ast.AnnAssign) for node in ast.walk(tree))


@every_recipe
def test_text_stands_alone(recipe: Recipe, proof: Proof) -> None:
    tree = ast.parse(recipe.template.read_text(encoding="ascii"))
    namespace: dict[str, Any] = {"torch": torch, "nn": torch.nn, "math": math, "__name__": "host"}
    exec(compile(ast.Module([tree.body[-1]], []), "host", "exec"), namespace)
    variant = plain(recipe)
    channels = width(variant)
    module = namespace[recipe.class_name](*variant.widths(channels).arguments(recipe.signature))
    functions: list[Callable[..., Any]] = [type(module).__init__, type(module).forward]
    used = functools.reduce(set.union, (set(inspect.getclosurevars(function).globals) for function in functions))
    assert used <= {"torch", "nn", "math"}
    assert variant.run(module, variant.maps(2, channels, 8, 8)).shape == variant.shape_out(2, channels, 8, 8)


@every_variant
def test_no_name_that_hosts_set(variant: Variant) -> None:
    module, _ = small(variant)
    assert not {"i", "f", "type", "np"} & {key for part in module.modules() for key in vars(part)}
    assert not {"i", "f", "np"} & {key for part in module.modules() for key in dict(part.named_children())}
    assert not any(callable(value) for key, value in vars(module).items() if not key.startswith("_"))


@every_recipe
def test_constructor_takes_the_recipes_arguments_in_order_and_no_unknown_choice(recipe: Recipe, proof: Proof) -> None:
    parameters = list(inspect.signature(class_of(recipe)).parameters.values())
    signature = recipe.signature
    out = ["c2"] if signature.channels == "argument" else []
    leading = ["c1", *out, *(["n"] if signature.repeats == "taken" else [])]
    assert [item.name for item in parameters[: len(leading)]] == leading
    assert {item.default for item in parameters[: len(leading)]} == {inspect.Parameter.empty}
    own = parameters[len(leading) :]
    assert [(item.name, item.default) for item in own] == list(recipe.defaults.items())
    assert [type(item.default) for item in own] == [type(value) for value in recipe.defaults.values()]
    first = plain(recipe).widths(width(plain(recipe))).arguments(signature)
    for number, hyperparameter in enumerate(recipe.hyperparameters):
        if hyperparameter.type == "choice":
            with pytest.raises(ValueError, match=hyperparameter.name):
                class_of(recipe)(*first, *list(recipe.defaults.values())[:number], "nothing of the kind")
