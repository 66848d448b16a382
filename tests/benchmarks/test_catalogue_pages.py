"""`docs/catalogue` and `recipes/measured.json` are what the recipes and their classes make of them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import Checkouts

from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.index import fingerprint
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.report.recipe_costs import SHAPES

torch = pytest.importorskip("torch")
# Without numpy torch says that it could not initialize it, at whatever first asks for it.
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")]

from benchmarks.catalogue import files  # noqa: E402
from benchmarks.catalogue.chart import Series, chart  # noqa: E402
from benchmarks.catalogue.flow import Step, record, recorded  # noqa: E402
from benchmarks.catalogue.flow_svg import draw_flow  # noqa: E402
from benchmarks.catalogue.layers import place  # noqa: E402
from benchmarks.modules.flops import flops  # noqa: E402
from benchmarks.modules.record import INDEX, PATH, indexed, read, written  # noqa: E402
from yolo_patcher.checkout.checkout import open_checkout  # noqa: E402

RECIPES = all_recipes()
Module: Any = torch.nn.Module
every_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)


def check_files(made: Iterable[tuple[str, str]]) -> None:
    """Check that files lie in the folder as they are made now."""
    for name, text in made:
        path = files.FOLDER / name
        assert path.is_file(), f"{name} is not there: run `make catalogue`"
        assert path.read_text(encoding="utf-8") == text, f"{name} is stale: run `make catalogue`"
        if name.endswith(".svg"):
            ElementTree.fromstring(text)


@every_recipe
def test_no_page_is_stale(recipe: Recipe) -> None:
    check_files(files.module_files(recipe))


def test_the_indexes_are_not_stale_and_no_page_is_left_over() -> None:
    check_files(files.index_files(RECIPES))
    names = {path.name for path in files.FOLDER.iterdir() if path.is_file()}
    its = {f"{recipe.name}{end}" for recipe in RECIPES for end in (".md", "-flow.svg", "-cost.svg")}
    assert names == {"README.md", "index.html", "costs.svg", *its}


@pytest.mark.checkout
def test_no_picture_of_a_position_is_stale(pristine: Checkouts) -> None:
    made = dict(files.placement_files(RECIPES, open_checkout(pristine("ultralytics-8.4.190"))))
    check_files(made.items())
    folder = files.FOLDER / files.PLACEMENT
    assert {f"{files.PLACEMENT}/{path.name}" for path in folder.iterdir()} == set(made)


def test_every_picture_and_page_that_a_page_names_is_there() -> None:
    for page in files.FOLDER.glob("*.md"):
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        named = re.findall(r"\]\(([^):]+)\)|src=\"([^\"]+)\"", text)
        assert named
        for link, source in named:
            assert (files.FOLDER / (link or source)).is_file(), (page.name, link or source)


@every_recipe
def test_what_was_counted_is_what_torch_counts(recipe: Recipe) -> None:
    known = measured(recipe).flops
    assert known, f"{recipe.name} was not counted since its class was changed: run `make catalogue`"
    built = [shape for shape in SHAPES if not recipe.channel_notes(shape[0], {}).refused]
    assert list(known) == built
    for shape in (built[0], built[-1]):
        assert flops(recipe, shape) == known[shape]


def test_the_file_of_what_was_counted_holds_each_recipe_and_no_other() -> None:
    document = read()
    assert PATH.read_text("utf-8") == written(document)
    assert {name: entry["template"] for name, entry in document["modules"].items()} == {
        recipe.name: fingerprint(recipe.template) for recipe in RECIPES
    }


def test_the_index_is_not_stale() -> None:
    assert INDEX.read_text(encoding="utf-8") == indexed(), "run `make catalogue`"


class Branches(Module):  # type: ignore[misc]
    """What recording may stumble over: several inputs, operations in place, unused ones, parameters, control flow."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1, 4, 1, 1))
        self.body = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, padding=1, groups=4), torch.nn.ReLU(inplace=True))
        self.same = torch.nn.Identity()

    def forward(self, maps: list[Any]) -> Any:
        first, second = maps
        first.sum()
        if first.shape[2] > 2:
            first = self.body(self.same(first))
        first = first.add_(second)
        low, high = (first * self.scale).chunk(2, 1)
        return torch.cat([high, low], 1).flatten(2).transpose(1, 2)


def test_a_flow_is_what_runs() -> None:
    maps = [torch.zeros(1, 4, 5, 5), torch.zeros(1, 4, 5, 5)]
    steps = recorded(Branches(), maps)
    texts = [step.text for step in steps]
    assert texts == [
        "x1", "x2", "Conv2d 4→4, 3×3, depthwise", "ReLU", "+", "scale", "×", "chunk", "cat", "flatten, transpose", "y",
    ]  # fmt: skip
    assert [step.reads for step in steps] == [(), (), (0,), (2,), (3, 1), (), (4, 5), (6,), (7,), (8,), (9,)]
    assert steps[-1].shape == (25, 4)


@every_recipe
def test_no_line_of_a_drawing_passes_a_box(recipe: Recipe) -> None:
    steps = record(recipe)
    placed = place(steps)
    assert steps[-1].kind == "output"
    assert len(set(placed.cells)) == len(steps)
    for arrow in placed.arrows:
        assert [rank for rank, _ in arrow.cells] == list(range(arrow.cells[0][0], arrow.cells[-1][0] + 1))
        assert not set(arrow.cells[1:-1]) & set(placed.cells)
    assert {(arrow.source, arrow.reader) for arrow in placed.arrows} == {
        (source, reader) for reader, step in enumerate(steps) for source in step.reads
    }


def test_a_long_name_is_cut_and_markup_is_text() -> None:
    steps = (
        Step("input", "x<&", (4, 2, 2)),
        Step("operation", "w" * 90, (4, 2, 2), (0,)),
        Step("output", "y", (4,), (1,)),
    )
    texts = [
        one.text or ""
        for one in ElementTree.fromstring(draw_flow(steps, "<t>")).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "x<&" in texts
    assert any(text.endswith("…") for text in texts)


def test_a_chart_shows_what_is_nothing() -> None:
    names = tuple(f"name {number}" for number in range(30))
    points = tuple((float(number % 3), 10.0 ** (number % 5)) for number in range(30))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        root = ElementTree.fromstring(chart([Series("a", points, names)], "t", "across", "up"))
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 30
    assert len({circle.get("cx") for circle in circles}) == 3
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "0" in texts
    assert set(names) <= set(texts)
