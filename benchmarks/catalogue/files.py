"""All files of `docs/catalogue`, each from the recipes, their classes and what was counted of them alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.catalogue.chart import Series, chart
from benchmarks.catalogue.flow import record
from benchmarks.catalogue.flow_svg import draw_flow
from benchmarks.catalogue.index import html, markdown
from benchmarks.catalogue.page import page
from benchmarks.catalogue.placement import MODELS, has_picture, picture_name, placement
from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.proof import WIDTHS
from yolo_patcher.recipe.recipe import GROUPS, Recipe
from yolo_patcher.report.recipe_costs import USUAL, parameters_at

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "catalogue"
PLACEMENT = "placement"


def module_files(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Give a module's page and its two drawings, each by its name."""
    steps = record(recipe)
    yield f"{recipe.name}.md", page(recipe, steps[0].shape)
    yield f"{recipe.name}-flow.svg", draw_flow(steps, recipe.formula)
    yield f"{recipe.name}-cost.svg", cost_chart(recipe)


def index_files(recipes: Sequence[Recipe]) -> Iterator[tuple[str, str]]:
    """Give the indexes and the figure of all modules."""
    yield "README.md", markdown(recipes)
    yield "index.html", html(recipes)
    yield "costs.svg", all_costs(recipes)


def placement_files(recipes: Sequence[Recipe], checkout: Checkout) -> Iterator[tuple[str, str]]:
    """Give the pictures of the positions that recipes name."""
    for position in sorted({recipe.position for recipe in recipes if has_picture(recipe)}):
        for model in MODELS:
            yield f"{PLACEMENT}/{picture_name(position, model)}", placement(checkout, position, model)


def cost_chart(recipe: Recipe) -> str:
    """Draw a module's parameters and FLOPs over the channels."""
    counts = [(width, parameters_at(recipe, width)) for width in WIDTHS]
    series = [Series("parameters", tuple((float(width), float(n)) for width, n in counts if n is not None))]
    flops = measured(recipe).flops
    for level, side in ((3, 80), (4, 40), (5, 20)):
        points = sorted((float(channels), float(n)) for (channels, its), n in flops.items() if its == side)
        series += [Series(f"FLOPs at P{level}", tuple(points))] if points else []
    return chart([one for one in series if one.points], recipe.title, "channels", "")


def all_costs(recipes: Sequence[Recipe]) -> str:
    """Draw the FLOPs of all modules against their parameters."""
    series = []
    for group in GROUPS:
        its = [
            (recipe.name, parameters_at(recipe, USUAL[0]), measured(recipe).flops.get(USUAL))
            for recipe in recipes
            if recipe.group == group
        ]
        known = [(name, (float(a), float(b))) for name, a, b in its if a is not None and b is not None]
        if known:
            series.append(Series(group, tuple(point for _, point in known), tuple(name for name, _ in known)))
    title = f"Cost at {USUAL[0]} channels, FLOPs at {USUAL[1]} × {USUAL[1]}"
    return chart(series, title, "parameters", "FLOPs", (1000, 700))
