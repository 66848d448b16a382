"""Each recipe's class as its proof says, and as a module that lives in a YOLO model."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import math
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from proving import (
    build,
    check_counted,
    check_golden,
    check_initial,
    check_refused,
    check_said,
    class_of,
    parameter_count,
)

from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.proof import Proof
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.recipe import Recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

RECIPES = [(recipe, read_proof(recipe)) for recipe in all_recipes()]
Settings = Mapping[str, Any]


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
every_variant = pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        pytest.param(recipe, settings, id=f"{recipe.name}-{number}")
        for recipe, proof in RECIPES
        for number, settings in enumerate(({}, *proof.settings))
    ],
)


def proof_of(recipe: Recipe) -> Proof:
    return next(proof for one, proof in RECIPES if one is recipe)


def width(recipe: Recipe, settings: Settings, least: int = 16) -> int:
    """Give the first width from a least one on that the recipe takes."""
    widths = (one for one in proof_of(recipe).widths if one >= least)
    return next(one for one in widths if not recipe.channel_notes(one, settings).refused)


def small(recipe: Recipe, settings: Settings) -> tuple[Any, Any]:
    """Build a small module, and an image for it."""
    channels = width(recipe, settings)
    return build(recipe, channels, settings), image(2, channels, 9, 8)


def stir(module: Any) -> Any:
    """Give every parameter and statistic a random value, so that no branch is idle."""
    generator = torch.Generator().manual_seed(1)
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) * 0.2 + 0.05)
    return module


def image(*shape: int, seed: int = 2) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def check_close(actual: Any, expected: Any, tolerance: float | None = None) -> None:
    """Check that no value is further off than the tolerance: 1e-5 of the largest value, of 1 where that is less."""
    if tolerance is None:
        tolerance = 1e-5 * max(1.0, float(expected.detach().abs().max()))
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
def test_formula_at_every_width(recipe: Recipe, settings: Settings) -> None:
    for channels in proof_of(recipe).widths:
        if not recipe.channel_notes(channels, settings).refused:
            module = build(recipe, channels, settings)
            assert parameter_count(module) == recipe.parameter_count(channels, settings), channels


# Life in a model


TAKEN = [
    pytest.param(recipe, proof, channels, id=f"{recipe.name}-{channels}")
    for recipe, proof in RECIPES
    for channels in (1, 3, *proof.widths)
    if channels in proof.widths or not recipe.channel_notes(channels, {}).refused
]


@pytest.mark.parametrize(("recipe", "proof", "channels"), TAKEN)
def test_builds_and_runs_at_every_width(recipe: Recipe, proof: Proof, channels: int) -> None:
    assert not recipe.channel_notes(channels, {}).refused
    module = build(recipe, channels, {})
    side = max(8, proof.smallest)
    x = torch.zeros(1, channels, side, side)
    assert torch.isfinite(module(x)).all()
    assert module.eval() is module
    assert module(x[:, :, : proof.smallest, : proof.smallest]).shape == (1, channels, proof.smallest, proof.smallest)


@every_variant
@pytest.mark.parametrize(("height", "across"), [(21, 13), (13, 21), (1, 1), (1, 9), (5, 5)])
def test_any_size(recipe: Recipe, settings: Settings, height: int, across: int) -> None:
    channels, smallest = width(recipe, settings), proof_of(recipe).smallest
    x = image(2, channels, max(height, smallest), max(across, smallest))
    for module in (build(recipe, channels, settings).train(), build(recipe, channels, settings).eval()):
        y = module(x)
        assert y.shape == x.shape
        assert torch.isfinite(y).all()


@every_variant
def test_samples_are_independent(recipe: Recipe, settings: Settings) -> None:
    module, x = small(recipe, settings)
    stir(module).eval()
    check_close(module(x)[:1], module(x[:1]))


@every_variant
def test_input_is_not_modified(recipe: Recipe, settings: Settings) -> None:
    module, x = small(recipe, settings)
    before = x.clone()
    stir(module)(x)
    assert torch.equal(x, before)


@every_variant
@pytest.mark.parametrize("form", ["channels_last", "transposed"])
def test_strides_do_not_matter(recipe: Recipe, settings: Settings, form: str) -> None:
    module, x = small(recipe, settings)
    stir(module).eval()
    strided = x.mT.contiguous().mT if form == "transposed" else x.to(memory_format=torch.channels_last)
    check_close(module(strided), module(x))


@every_variant
def test_every_parameter_gets_a_finite_gradient(recipe: Recipe, settings: Settings) -> None:
    module, x = small(recipe, settings)
    stir(module)(x.requires_grad_()).square().sum().backward()
    for tensor in (x, *module.parameters()):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()


@every_variant
def test_fresh_module_trains_all_that_is_not_said_to_be_idle(recipe: Recipe, settings: Settings) -> None:
    module, x = small(recipe, settings)
    fresh = copy.deepcopy(module)
    # A mean of squares would be the same whatever comes before a last normalisation.
    wanted = image(*module(x).shape, seed=9)
    for step in range(3):
        module.zero_grad()
        (module(image(*x.shape, seed=step).requires_grad_()) * wanted).sum().backward()
        for parameter in module.parameters():
            # Steps large enough that what starts behind a zero moves by more than its value's rounding.
            parameter.data -= 0.001 * parameter.grad
    for (key, parameter), start in zip(module.named_parameters(), fresh.parameters(), strict=True):
        assert torch.isfinite(parameter).all(), key
        assert key in proof_of(recipe).idle or not torch.equal(parameter, start), key


@every_recipe
def test_what_is_said_to_be_idle_is_there(recipe: Recipe, proof: Proof) -> None:
    modules = [build(recipe, width(recipe, settings), settings) for settings in ({}, *proof.settings)]
    assert {*proof.idle} <= {name for module in modules for name, _ in module.named_parameters()}


@every_variant
def test_hosts_make_every_activation_work_in_place(recipe: Recipe, settings: Settings) -> None:
    def outcome(inplace: bool) -> list[Any]:
        module, x = small(recipe, settings)
        for part in stir(module).modules():
            if hasattr(part, "inplace"):
                part.inplace = inplace
        y = module(x.requires_grad_())
        y.square().sum().backward()
        return [y, x.grad, *(parameter.grad for parameter in module.parameters())]

    for changed, plain in zip(outcome(True), outcome(False), strict=True):
        assert torch.equal(changed, plain)


@every_variant
def test_deepcopy_after_a_training_forward(recipe: Recipe, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = small(recipe, settings)
    stir(module)(x.requires_grad_()).sum().backward()
    pickled = pickle.loads(pickle.dumps(module))
    for other in (copy.deepcopy(module), pickled):
        assert torch.equal(other.eval()(x), module.eval()(x))


@every_variant
def test_state_dict_round_trip(recipe: Recipe, settings: Settings) -> None:
    (module, x), (other, _) = small(recipe, settings), small(recipe, settings)
    stir(module).eval()
    other.eval()
    if module.state_dict():
        assert not torch.equal(other(x), module(x))
    other.load_state_dict(module.state_dict(), strict=True)
    assert torch.equal(other(x), module(x))


def moved_by_rounding(module: Any, x: Any, dtype: Any) -> float:
    """Give how far weights and inputs that are rounded move the output, with all else in single precision.

    A sharp softmax magnifies what rounding does, and a choice, such as of the largest values, may turn over.
    """
    rounded, step = copy.deepcopy(module).to(dtype).float(), torch.finfo(dtype).eps
    inputs = [x.to(dtype).float(), *(x + step * x * image(*x.shape, seed=seed).clamp(-1, 1) for seed in range(3))]
    return max(float((rounded(each) - module(x)).detach().abs().max()) for each in inputs)


@every_variant
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision(recipe: Recipe, settings: Settings, dtype: str) -> None:
    channels = width(recipe, settings, 64)
    module, x = build(recipe, channels, settings).eval(), image(2, channels, 21, 13).clamp(-1, 1) * 8
    expected = module(x).detach()
    low = copy.deepcopy(module).to(getattr(torch, dtype))(x.to(getattr(torch, dtype)))
    assert low.dtype is getattr(torch, dtype)
    tolerance = 0.02 * float(expected.abs().max()) + 2 * moved_by_rounding(module, x, low.dtype)
    check_close(low.float(), expected, tolerance)
    with torch.autocast("cpu", dtype=getattr(torch, dtype)):
        mixed = module(x)
    check_close(mixed.float(), expected, tolerance)


@every_recipe
def test_half_is_finite_for_large_inputs(recipe: Recipe, proof: Proof) -> None:
    channels = width(recipe, {}, 128)
    module = build(recipe, channels, {}).half().eval()
    x = (image(1, channels, 20, 20) * proof.half).clamp(-proof.half, proof.half).half()
    assert torch.isfinite(module(x)).all()


@every_recipe
def test_half_is_finite_when_what_starts_at_zero_is_trained(recipe: Recipe, proof: Proof) -> None:
    channels = width(recipe, {}, 256)
    module = build(recipe, channels, {})
    for parameter in module.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    assert torch.isfinite(module.half().eval()(torch.full((1, channels, 40, 40), proof.half).half())).all()


@every_variant
def test_deterministic_algorithms(recipe: Recipe, settings: Settings) -> None:
    torch.use_deterministic_algorithms(True)
    try:
        module, x = small(recipe, settings)
        stir(module)(x.requires_grad_()).sum().backward()
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
    channels = width(recipe, {})
    module = namespace[recipe.class_name](channels)
    functions: list[Callable[..., Any]] = [type(module).__init__, type(module).forward]
    used = functools.reduce(set.union, (set(inspect.getclosurevars(function).globals) for function in functions))
    assert used <= {"torch", "nn", "math"}
    assert module(image(2, channels, 8, 8)).shape == (2, channels, 8, 8)


@every_variant
def test_no_name_that_hosts_set(recipe: Recipe, settings: Settings) -> None:
    module, _ = small(recipe, settings)
    assert not {"i", "f", "type", "np"} & {key for part in module.modules() for key in vars(part)}
    assert not {"i", "f", "np"} & {key for part in module.modules() for key in dict(part.named_children())}
    assert not any(callable(value) for key, value in vars(module).items() if not key.startswith("_"))


@every_recipe
def test_constructor_takes_the_recipes_arguments_in_order_and_no_unknown_choice(recipe: Recipe, proof: Proof) -> None:
    parameters = list(inspect.signature(class_of(recipe)).parameters.values())
    assert parameters[0].name == "c1"
    assert parameters[0].default is inspect.Parameter.empty
    assert [(item.name, item.default) for item in parameters[1:]] == list(recipe.defaults.items())
    assert [type(item.default) for item in parameters[1:]] == [type(value) for value in recipe.defaults.values()]
    for number, hyperparameter in enumerate(recipe.hyperparameters):
        if hyperparameter.type == "choice":
            with pytest.raises(ValueError, match=hyperparameter.name):
                class_of(recipe)(width(recipe, {}), *list(recipe.defaults.values())[:number], "nothing of the kind")
