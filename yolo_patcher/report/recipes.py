"""An entry of the catalogue as the command `show` gives it: a JSON-able document, and text for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.recipe import Paper, Recipe
from yolo_patcher.recipe.settings import STRICT
from yolo_patcher.report.recipe_costs import (
    IMAGE,
    YOLOV8,
    Place,
    PlaceCost,
    place_costs,
)
from yolo_patcher.report.recipe_list import (
    Document,
    count_text,
    flops_text,
    list_document,
    print_line,
    print_table,
    time_text,
)
from yolo_patcher.signature import Signature

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class RecipeCosts:
    """A recipe with what it costs at the feature maps of one model.

    Attributes:
        recipe: the recipe.
        costs: its costs, a feature map each.
    """

    recipe: Recipe
    costs: tuple[PlaceCost, ...]

    def as_json(self) -> Document:
        """Give the recipe in full, its costs those of the model."""
        return show_document(self.recipe, self.costs)


def costs_at(recipe: Recipe, places: Sequence[Place]) -> RecipeCosts:
    """Give a recipe with what it costs at places."""
    return RecipeCosts(recipe, place_costs(recipe, places))


def show_document(recipe: Recipe, costs: Sequence[PlaceCost] | None = None) -> Document:
    """Describe one recipe in full; `costs` are those of YOLOv8 n, s and m where none are given."""
    (document,) = list_document([recipe])
    paper, signature = recipe.paper, recipe.signature
    document["paper"] = paper and {
        "title": paper.title,
        "arxiv": paper.arxiv or None,
        "url": paper.url or None,
        "year": paper.year or None,
        "venue": paper.venue or None,
    }
    document["licence"] = recipe.licence or None
    document["formula"] = recipe.formula
    document["signature"] = {
        "inputs": signature.inputs,
        "channels": signature.channels,
        "repeats": signature.repeats,
        "least_repeats": signature.least_repeats,
        "level": signature.level,
    }
    document["zero"] = list(recipe.identity.zeros)
    document["placement"] = {"authors": recipe.placement.authors or None, "field": recipe.placement.field or None}
    document["hyperparameters"] = [
        {
            "name": hyperparameter.name,
            "type": hyperparameter.type,
            "default": hyperparameter.default,
            "min": hyperparameter.minimum,
            "max": hyperparameter.maximum,
            "step": hyperparameter.step,
            "choices": list(hyperparameter.choices) or None,
            "help": hyperparameter.help,
        }
        for hyperparameter in recipe.hyperparameters
    ]
    document["parameter_formula"] = recipe.parameters
    document["sizes"] = dict(recipe.sizes)
    document["costs"] = [cost.as_json() for cost in (place_costs(recipe) if costs is None else costs)]
    document["timed_on"] = measured(recipe).machine or None
    document["notes"] = list(recipe.notes)
    document["example"] = _example(recipe)
    return document


def render_show(recipe: Recipe, console: Console, costs: Sequence[PlaceCost] | None = None) -> None:
    """Print all there is to know about a recipe; `costs` are those of YOLOv8 n, s and m where none are given."""
    print_line(console, f"{recipe.name}: {recipe.title}, version {recipe.version}", style="bold")
    facts = [
        ("class", recipe.class_name),
        ("kind", f"{recipe.kind} ({', '.join((recipe.group, *recipe.tags))})"),
        ("formula", recipe.formula),
        ("shapes", shapes_text(recipe.signature)),
        ("paper", _paper_text(recipe.paper)),
        ("link", recipe.paper.url if recipe.paper else ""),
        ("licence", recipe.licence and f"{recipe.licence} (of the original; this class was written anew)"),
        ("position", recipe.position),
        ("authors", recipe.placement.authors),
        ("field", recipe.placement.field),
        ("identity", identity_text(recipe)),
        ("aliases", ", ".join(alias for alias in recipe.aliases if alias.isascii())),
        ("", ", ".join(alias for alias in recipe.aliases if not alias.isascii())),
    ]
    print_table(console, (), [fact for fact in facts if fact[1]])
    print_line(console, "\nHyper-parameters (--set name=value)", style="bold")
    settings = (*recipe.hyperparameters, STRICT)
    rows = [(item.name, format_value(item.default), item.range_text, item.help) for item in settings]
    print_table(console, ("name", "default", "values", ""), rows)
    print_line(console, f"\nCost with the defaults, one map of an image of {IMAGE} x {IMAGE}", style="bold")
    shown = place_costs(recipe, YOLOV8) if costs is None else costs
    print_table(console, ("", "level", "map", "params", "FLOPs", "ms"), [_cost_row(cost) for cost in shown])
    timed = measured(recipe).machine if any(cost.milliseconds is not None for cost in shown) else ""
    if timed:
        print_line(console, f"  timed on {timed}")
    if recipe.notes:
        print_line(console, "\nNotes", style="bold")
        print_table(console, (), [("-", note) for note in recipe.notes])
    print_line(console, "\nExample", style="bold")
    print_line(console, f"  {_example(recipe)}")


def _cost_row(cost: PlaceCost) -> tuple[str, ...]:
    channels, side = cost.place.shape
    return (
        cost.place.model,
        f"P{cost.place.level}",
        f"{channels} x {side} x {side}",
        count_text(cost.parameters),
        flops_text(cost.flops),
        time_text(cost.milliseconds),
    )


def shapes_text(signature: Signature) -> str:
    """Say in words what a module makes of which shapes: `C x H x W -> C x H x W`."""
    taken = "C x H x W" if signature.inputs == "one" else "several maps of one height and width"
    channels = {"input": "C", "first": "C", "sum": "the sum of their channels", "argument": "C'"}[signature.channels]
    size = {0: "H x W", 1: "H/2 x W/2", -1: "2H x 2W"}[signature.level]
    note = ", repeated as the row says" if signature.repeats == "taken" else ""
    equal = ", all of C channels" if signature.channels == "first" else ""
    return f"{taken}{equal} -> {channels} x {size}{note}"


def identity_text(recipe: Recipe) -> str:
    """Say in words how a fresh module can begin as the identity."""
    zeros = recipe.identity.zeros
    begin = "begins" if len(zeros) == 1 else "begin"
    return {
        "native": "a fresh module computes its input",
        "zero": f"a fresh module computes its input when {', '.join(zeros)} {begin} at 0",
        "gate": "within a residual gate only: y = x + b (f(x) - x), b = 0 at first",
        "none": "none: it changes channels or level, or reads several rows",
    }[recipe.identity.form]


def _paper_text(paper: Paper | None) -> str:
    if paper is None:
        return ""
    origin = " ".join(part for part in (paper.venue, str(paper.year or "")) if part)
    return f"{paper.title} ({origin})" if origin else paper.title


def _example(recipe: Recipe) -> str:
    return f"yolo-patcher apply {recipe.name} --repo PATH --dry-run"
