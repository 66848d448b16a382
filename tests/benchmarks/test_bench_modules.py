"""What `make bench-modules` compares, and what it writes."""

from __future__ import annotations

import pytest

from yolo_patcher.recipe.catalogue import all_recipes

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from benchmarks.modules.built import build, maps  # noqa: E402
from benchmarks.modules.measure import Case, Result, cases, run  # noqa: E402
from benchmarks.modules.plain import FOLDER, plain  # noqa: E402
from benchmarks.modules.table import TITLE, section, with_section  # noqa: E402
from benchmarks.modules.timing import Sampled, sample  # noqa: E402

RECIPES = {recipe.name.replace("-", "_"): recipe for recipe in all_recipes()}
PLAIN = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_form_has_the_parameters_and_the_output_of_its_module(name: str) -> None:
    recipe = RECIPES[name]
    module, other = build(recipe, 64), plain(recipe, 64)
    assert sum(one.numel() for one in module.parameters()) == sum(one.numel() for one in other.parameters())
    x = maps(recipe, 64, 8)
    assert module(x).shape == other(x).shape


def test_a_case_is_timed_beside_its_plain_form() -> None:
    (name,) = PLAIN[-1:]
    case = next(one for one in cases(RECIPES[name], quick=True, device="cpu") if one.backward)
    threads = torch.get_num_threads()
    result = run(Case(case.recipe, (64, 8), 1, 1, True, "cpu"), 5)
    assert torch.get_num_threads() == threads
    assert result.seconds > 0
    assert result.memory >= 64 * 8 * 8 * 4
    assert None not in (result.ratio, result.noise, result.memory_ratio)


def test_the_cases_are_those_of_the_models() -> None:
    recipe = next(iter(RECIPES.values()))
    assert len(list(cases(recipe, quick=True, device="cpu"))) == 3 * 2 * 2
    assert len(list(cases(recipe, quick=False, device="cpu"))) == 9 * 2 * 2 * 2
    assert len(list(cases(recipe, quick=False, device="cuda"))) == 9 * 2 * 2


def test_calls_are_timed_in_turn() -> None:
    order: list[str] = []
    taken = sample([lambda: order.append("a"), lambda: order.append("b")], 5, "cpu", budget=0.0)
    assert len(taken.seconds) == 2
    assert all(len(one) == 5 for one in taken.seconds)
    assert Sampled(((1.0, 2.0, 9.0), (1.0, 1.0, 3.0))).ratio(0, 1) == 2.0


def test_the_section_is_put_in_the_place_of_the_former() -> None:
    recipes = list(RECIPES.values())[:2]
    results = [
        Result(Case(recipe, (64, 80), 1, 1, backward, "cpu"), 1.0, 2.0, 3, ratio, noise, 1.0)
        for recipe, ratio, noise in zip(recipes, (0.5, None), (0.8, None), strict=True)
        for backward in (False, True)
    ]
    text = section(results, "a machine")
    assert f"| {recipes[0].name} | 0.50 ± 0.25 | 0.50 ± 0.25 | 1.00 | 2.00 | 2.00 |" in text
    assert f"| {recipes[1].name} | - | - |" in text
    page = "# Page\n\n## Before\n\nx\n\n## After\n\ny\n"
    assert with_section(page, text) == f"{page}\n{text}"
    older = f"# Page\n\n{TITLE}\n\nold\n\n## After\n\ny\n"
    assert with_section(older, text) == f"# Page\n\n{text}\n## After\n\ny\n"
    assert with_section(with_section(older, text), text) == with_section(older, text)
