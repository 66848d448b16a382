"""The classes as their equations, and as modules that live in a YOLO model."""

from __future__ import annotations

import ast
import copy
import functools
import importlib
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from yolo_patcher.recipe.catalogue import all_recipes, find_recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

NAMES = [recipe.name for recipe in all_recipes()]
WIDTHS = (16, 24, 32, 48, 64, 80, 96, 128, 144, 160, 192, 256, 320, 384, 512, 576, 640, 768, 1024, 1280)
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("se", {}),
    ("se", {"reduction": 4, "min_hidden": 8, "bias": True}),
    ("sae", {}),
    ("sae", {"reduction": 8, "cardinality": 3, "min_hidden": 8, "bias": True, "residual": True}),
    ("gam", {}),
    ("gam", {"rate": 2, "kernel": 3, "groups": 4}),
    ("gam", {"channel_sigmoid": False}),
    ("context-aggregation", {}),
    ("context-aggregation", {"reduction": 4}),
]
every_variant = pytest.mark.parametrize(("name", "settings"), VARIANTS, ids=str)
every_name = pytest.mark.parametrize("name", NAMES)


def class_of(name: str) -> Any:
    recipe = find_recipe(name)
    return getattr(importlib.import_module(f"templates.{recipe.template.stem}"), recipe.class_name)


def build(name: str, channels: int, settings: dict[str, Any] | None = None) -> Any:
    """Build a module with a fixed seed, as a row of a model YAML does: by position."""
    torch.manual_seed(0)
    return class_of(name)(channels, *find_recipe(name).row_arguments(settings or {}))


def stir(module: Any) -> Any:
    """Give every parameter and statistic a random value, so that no branch is idle."""
    generator = torch.Generator().manual_seed(1)
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) * 0.2 + 0.05)
    return module


def fill(module: Any, value: float) -> None:
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, value)


def image(*shape: int, seed: int = 2) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def parameter_count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def check_close(actual: Any, expected: Any, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(actual, torch.as_tensor(expected).expand_as(actual), rtol=0, atol=tolerance)


# Golden values


def test_se_golden() -> None:
    module = build("se", 16, {"reduction": 4})
    torch.nn.init.constant_(module.squeeze.weight, 0.1)
    torch.nn.init.constant_(module.excite.weight, 0.05)
    check_close(module(torch.ones(2, 16, 5, 3)), 0.579324)


@pytest.mark.parametrize(("residual", "expected"), [(False, 0.625275), (True, 1.625275)])
def test_sae_golden(residual: bool, expected: float) -> None:
    module = build("sae", 32, {"reduction": 8, "residual": residual})
    torch.nn.init.constant_(module.squeeze.weight, 0.1)
    torch.nn.init.constant_(module.excite.weight, 0.01)
    check_close(module(torch.ones(2, 32, 5, 3)), expected)


@pytest.mark.parametrize(("settings", "factor"), [({}, 0.25), ({"groups": 4}, 0.25), ({"channel_sigmoid": False}, 0.0)])
def test_gam_golden(settings: dict[str, Any], factor: float) -> None:
    module = build("gam", 64, settings)
    fill(module, 0)
    x = image(2, 64, 5, 3)
    check_close(module(x), factor * x)


def test_context_aggregation_golden() -> None:
    module = build("context-aggregation", 3)
    fill(module, 0)
    for conv in (module.value, module.project):
        conv.weight.data[:, :, 0, 0] = torch.eye(3)
    check_close(module(torch.full((1, 3, 4, 4), 2.0)), 3.0)
    ramp = torch.arange(16.0).reshape(1, 1, 4, 4).expand(1, 3, 4, 4)
    check_close(module(ramp), ramp + 3.75)


@pytest.mark.parametrize("channels", [16, 80, 256])
def test_context_aggregation_starts_as_the_exact_identity(channels: int) -> None:
    module = build("context-aggregation", channels)
    x = image(2, channels, 13, 21)
    assert torch.equal(module(x), x)
    bound = math.sqrt(3 / channels)
    for conv in (module.gate, module.key, module.value):
        assert 0.5 * bound < conv.weight.abs().max() <= bound
        assert not conv.bias.any()


# The equations, written a second way


def test_sae_is_its_branches() -> None:
    module = stir(build("sae", 32, {"reduction": 8, "cardinality": 3, "bias": True}))
    x = image(2, 32, 5, 7)
    z = x.mean((2, 3))
    pairs = zip(module.squeeze.weight.flatten(1).chunk(3), module.squeeze.bias.chunk(3), strict=True)
    branches = [torch.relu(z @ weight.T + bias) for weight, bias in pairs]
    gate = torch.sigmoid(torch.cat(branches, 1) @ module.excite.weight.flatten(1).T + module.excite.bias)
    check_close(module(x), x * gate[:, :, None, None])


def test_sae_has_the_function_class_of_se() -> None:
    sae, se = build("sae", 64), build("se", 64, {"reduction": 8})
    se.load_state_dict(sae.state_dict())
    x = image(2, 64, 5, 7)
    assert torch.equal(sae(x), se(x))


def test_context_aggregation_is_the_form_that_pools_last() -> None:
    module = stir(build("context-aggregation", 32, {"reduction": 2}))
    x = image(2, 32, 5, 7)
    keys = module.key(x).flatten(2).softmax(2)
    pooled = (module.value(x).flatten(2) * keys).sum(2)[:, :, None, None]
    check_close(module(x), x + module.project(pooled) * torch.sigmoid(module.gate(x)))


def test_gam_channel_gate_is_a_perceptron_at_each_position() -> None:
    module = build("gam", 16, {"kernel": 1}).eval()
    x = image(2, 16, 5, 7)
    first, _, second = module.channel
    tokens = x.permute(0, 2, 3, 1)
    hidden = torch.relu(tokens @ first.weight.flatten(1).T + first.bias)
    gate = torch.sigmoid(hidden @ second.weight.flatten(1).T + second.bias).permute(0, 3, 1, 2)
    u = x * gate
    check_close(module(x), u * torch.sigmoid(module.spatial(u)))


def test_gam_shuffles_the_logits_of_the_spatial_gate() -> None:
    module = build("gam", 16, {"groups": 4}).eval()
    fill(module.channel, 0)
    x = image(1, 16, 5, 7)
    order = [(channel % 4) * 4 + channel // 4 for channel in range(16)]
    check_close(module(x), x / 2 * torch.sigmoid(module.spatial(x / 2)[:, order]))


@pytest.mark.parametrize(
    ("channels", "settings", "message"),
    [
        (24, {"groups": 4}, "groups=4 must divide both the 24 channels and the 6 hidden channels"),
        (30, {"groups": 4}, "groups=4"),
        (16, {"kernel": 4}, "kernel=4 is even"),
    ],
)
def test_gam_refuses(channels: int, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("gam", channels, settings)


# Parameter counts

COUNTS = [
    ("se", {}, (512, 8192, 32768)),
    ("se", {"bias": True}, (580, 8464, 33312)),
    ("se", {"min_hidden": 8}, (1024, 8192, 32768)),
    ("sae", {}, (1024, 16384, 65536)),
    ("sae", {"bias": True}, (1096, 16672, 66112)),
    ("sae", {"min_hidden": 8}, (4096, 16384, 65536)),
    ("gam", {}, (102720, 1639680, 6556160)),
    ("gam", {"channel_sigmoid": False}, (102720, 1639680, 6556160)),
    ("gam", {"groups": 4}, (27456, 435456, 1739264)),
    ("context-aggregation", {}, (8450, 132098, 526338)),
    ("context-aggregation", {"reduction": 4}, (2258, 33602, 132738)),
]


@pytest.mark.parametrize(("name", "settings", "counts"), COUNTS)
def test_parameter_counts(name: str, settings: dict[str, Any], counts: tuple[int, ...]) -> None:
    assert tuple(parameter_count(build(name, channels, settings)) for channels in (64, 256, 512)) == counts


@every_variant
def test_parameter_formula(name: str, settings: dict[str, Any]) -> None:
    for channels in (8, 16, 48, 80, 144, 256):
        if not find_recipe(name).channel_notes(channels, settings).refused:
            assert parameter_count(build(name, channels, settings)) == find_recipe(name).parameter_count(
                channels, settings
            )


# Life in a model


@every_name
@pytest.mark.parametrize("channels", [1, 3, *WIDTHS])
def test_builds_and_runs_at_every_width(name: str, channels: int) -> None:
    module = build(name, channels)
    assert parameter_count(module) == find_recipe(name).parameter_count(channels, {})
    x = torch.zeros(1, channels, 8, 8)
    assert torch.isfinite(module(x)).all()
    assert module.eval() is module
    assert module(x[:, :, :1, :1]).shape == (1, channels, 1, 1)


@every_variant
@pytest.mark.parametrize(("height", "width"), [(21, 13), (13, 21), (1, 1), (1, 9), (5, 5)])
def test_any_size(name: str, settings: dict[str, Any], height: int, width: int) -> None:
    x = image(2, 16, height, width)
    for module in (build(name, 16, settings).train(), build(name, 16, settings).eval()):
        y = module(x)
        assert y.shape == x.shape
        assert torch.isfinite(y).all()


@every_variant
def test_samples_are_independent(name: str, settings: dict[str, Any]) -> None:
    module, x = stir(build(name, 32, settings)).eval(), image(3, 32, 9, 7)
    check_close(module(x)[:1], module(x[:1]))


@every_variant
def test_input_is_not_modified(name: str, settings: dict[str, Any]) -> None:
    x = image(2, 16, 9, 7)
    before = x.clone()
    stir(build(name, 16, settings))(x)
    assert torch.equal(x, before)


@every_variant
@pytest.mark.parametrize("form", ["channels_last", "transposed"])
def test_strides_do_not_matter(name: str, settings: dict[str, Any], form: str) -> None:
    module, x = stir(build(name, 16, settings)).eval(), image(2, 16, 9, 7)
    strided = x.mT.contiguous().mT if form == "transposed" else x.to(memory_format=torch.channels_last)
    check_close(module(strided), module(x))


@every_variant
def test_every_parameter_gets_a_finite_gradient(name: str, settings: dict[str, Any]) -> None:
    module, x = stir(build(name, 16, settings)), image(2, 16, 8, 8).requires_grad_()
    module(x).square().sum().backward()
    for tensor in (x, *module.parameters()):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()


@every_variant
def test_fresh_module_trains(name: str, settings: dict[str, Any]) -> None:
    module = build(name, 16, settings)
    optimizer = torch.optim.SGD(module.parameters(), 0.01)
    for _ in range(3):
        module(image(2, 16, 8, 8)).square().mean().backward()
        optimizer.step()
    fresh = build(name, 16, settings)
    for (key, parameter), start in zip(module.named_parameters(), fresh.parameters(), strict=True):
        # Under the softmax a constant cancels out, and so does one before a normalisation.
        cancels = key in ("key.bias", "spatial.0.bias", "spatial.3.bias")
        assert cancels or not torch.equal(parameter, start), key


@every_variant
def test_hosts_make_every_activation_work_in_place(name: str, settings: dict[str, Any]) -> None:
    def outcome(inplace: bool) -> list[Any]:
        module, x = stir(build(name, 16, settings)), image(2, 16, 8, 8).requires_grad_()
        for part in module.modules():
            if isinstance(part, torch.nn.ReLU):
                part.inplace = inplace
        y = module(x)
        y.square().sum().backward()
        return [y, x.grad, *(parameter.grad for parameter in module.parameters())]

    for changed, plain in zip(outcome(True), outcome(False), strict=True):
        assert torch.equal(changed, plain)


@every_variant
def test_deepcopy_after_a_training_forward(name: str, settings: dict[str, Any]) -> None:
    module, x = stir(build(name, 16, settings)), image(2, 16, 8, 8)
    module(x).sum().backward()
    copies = [copy.deepcopy(module), pickle.loads(pickle.dumps(module))]
    for other in copies:
        assert torch.equal(other.eval()(x), module.eval()(x))


@every_variant
def test_state_dict_round_trip(name: str, settings: dict[str, Any]) -> None:
    module, other, x = stir(build(name, 16, settings)).eval(), build(name, 16, settings).eval(), image(2, 16, 8, 8)
    assert not torch.equal(other(x), module(x))
    other.load_state_dict(module.state_dict(), strict=True)
    assert torch.equal(other(x), module(x))


@every_variant
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision(name: str, settings: dict[str, Any], dtype: str) -> None:
    module, x = build(name, 64, settings).eval(), image(2, 64, 21, 13).clamp(-1, 1) * 8
    expected = module(x).detach()
    low = copy.deepcopy(module).to(getattr(torch, dtype))(x.to(getattr(torch, dtype)))
    assert low.dtype is getattr(torch, dtype)
    tolerance = 0.02 * float(expected.abs().max())
    check_close(low.float(), expected, tolerance)
    with torch.autocast("cpu", dtype=getattr(torch, dtype)):
        mixed = module(x)
    check_close(mixed.float(), expected, tolerance)


@every_name
def test_half_is_finite_for_large_inputs(name: str) -> None:
    module = build(name, 128).half().eval()
    x = (image(1, 128, 20, 20) * 300).clamp(-300, 300).half()
    assert torch.isfinite(module(x)).all()


def test_context_aggregation_is_finite_for_large_inputs_when_trained() -> None:
    module = build("context-aggregation", 256)
    torch.nn.init.normal_(module.project.weight, std=0.05)
    y = module.half()(torch.full((1, 256, 40, 40), 300.0).half())
    assert torch.isfinite(y).all()


@every_variant
def test_deterministic_algorithms(name: str, settings: dict[str, Any]) -> None:
    torch.use_deterministic_algorithms(True)
    try:
        module = stir(build(name, 16, settings))
        module(image(2, 16, 8, 8)).sum().backward()
    finally:
        torch.use_deterministic_algorithms(False)


# The text


@every_name
def test_text_is_one_class_that_python_3_6_reads(name: str) -> None:
    recipe = find_recipe(name)
    text = recipe.template.read_text(encoding="ascii")
    tree = ast.parse(text, feature_version=(3, 6))
    docstring, *imports, definition = tree.body
    assert isinstance(docstring, ast.Expr)
    assert {ast.unparse(line) for line in imports} <= {"import torch", "from torch import nn"}
    assert isinstance(definition, ast.ClassDef)
    assert definition.name == recipe.class_name
    assert recipe.paper is not None
    assert f"arXiv:{recipe.paper.arxiv}" in (ast.get_docstring(definition) or "")
    assert recipe.paper.title in (ast.get_docstring(definition) or "")
    assert not any(isinstance(node, ast.Lambda | ast.NamedExpr | ast.AnnAssign) for node in ast.walk(tree))


@every_name
def test_text_stands_alone(name: str) -> None:
    recipe = find_recipe(name)
    tree = ast.parse(recipe.template.read_text(encoding="ascii"))
    namespace: dict[str, Any] = {"torch": torch, "nn": torch.nn, "__name__": "host"}
    exec(compile(ast.Module([tree.body[-1]], []), "host", "exec"), namespace)
    module = namespace[recipe.class_name](16)
    functions: list[Callable[..., Any]] = [type(module).__init__, type(module).forward]
    used = functools.reduce(set.union, (set(inspect.getclosurevars(function).globals) for function in functions))
    assert used <= {"torch", "nn"}
    assert module(image(2, 16, 8, 8)).shape == (2, 16, 8, 8)


@every_variant
def test_no_name_that_hosts_set(name: str, settings: dict[str, Any]) -> None:
    module = build(name, 16, settings)
    assert not {"i", "f", "type", "np"} & {key for part in module.modules() for key in vars(part)}
    assert not {"i", "f", "np"} & {key for part in module.modules() for key in dict(part.named_children())}
    assert not any(callable(value) for key, value in vars(module).items() if not key.startswith("_"))


@every_name
def test_constructor_takes_the_recipes_arguments_in_order(name: str) -> None:
    recipe = find_recipe(name)
    parameters = list(inspect.signature(class_of(name)).parameters.values())
    assert parameters[0].name == "c1"
    assert parameters[0].default is inspect.Parameter.empty
    assert [(item.name, item.default) for item in parameters[1:]] == list(recipe.defaults.items())
    assert [type(item.default) for item in parameters[1:]] == [type(value) for value in recipe.defaults.values()]
