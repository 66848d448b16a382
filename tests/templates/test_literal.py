"""Each class equals a slow, literal transcription of its paper's equations, in float64, values and gradients.

The transcription is `literal/NAME.py`, of the recipe's name with `_` for `-`: `literal(x, weights, settings)` gives the
output in evaluation mode for a map, or a list of maps, from the module's `state_dict` and all settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from proving import Variant, variants_of

from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.recipe import Recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

LITERAL = Path(__file__).parent / "literal"
VARIANTS = [
    pytest.param(variant, id=f"{recipe.name}-{number}")
    for recipe in all_recipes()
    for number, variant in enumerate(
        variant for settings in ({}, *read_proof(recipe).settings) for variant in variants_of(recipe, settings)
    )
]


def transcription(recipe: Recipe) -> Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Any]:
    """Load the transcription of a recipe's equations."""
    path = LITERAL / f"{recipe.name.replace('-', '_')}.py"
    assert path.is_file(), f"{recipe.name} has no transcription of its equations: tests/templates/literal/{path.name}"
    spec = spec_from_file_location(f"literal_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Any] = module.literal
    return found


def stirred(module: Any) -> Any:
    """Give every parameter and statistic a random value, in float64, so that no term is idle."""
    generator = torch.Generator().manual_seed(3)
    module = module.double().eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            values = torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * 0.3
            # A variance is positive.
            tensor.copy_(values.abs() + 0.5 if name.endswith("var") else values)
    return module


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("height", "across"), [(8, 8), (9, 7)])
def test_values_and_gradients_are_those_of_the_equations(variant: Variant, height: int, across: int) -> None:
    recipe = variant.recipe
    channels = variant.first_width(read_proof(recipe))
    module = stirred(variant.build(channels))
    maps = [x.double().requires_grad_() for x in variant.maps(2, channels, height, across, seed=4)]
    given = variant.run(module, maps)
    literal, settings = transcription(recipe), {**recipe.defaults, **variant.settings}
    expected = literal(maps if len(maps) > 1 else maps[0], module.state_dict(keep_vars=True), settings)
    assert given.shape == expected.shape
    largest = (given - expected).abs().max().item()
    assert largest <= 1e-9 * max(1.0, expected.abs().max().item()), largest
    to = torch.randn(given.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    moved = [*maps, *module.parameters()]
    ours = torch.autograd.grad((given * to).sum(), moved, allow_unused=True)
    theirs = torch.autograd.grad((expected * to).sum(), moved, allow_unused=True)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        a, b = (torch.zeros_like(moved[number]) if grad is None else grad for grad in (one, other))
        assert (a - b).abs().max() <= 1e-8 * max(1.0, b.abs().max().item()), number
