"""The catalogue as the commands `list` and `show` give it: JSON-able documents, and text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from yolo_patcher.recipe.catalogue import all_recipes, find_recipe, normalise, recipe_files
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.index import listed
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.recipe import GROUPS, Paper, Recipe
from yolo_patcher.recipe.settings import STRICT
from yolo_patcher.report.recipe_costs import (
    IMAGE,
    USUAL,
    YOLOV8,
    Place,
    PlaceCost,
    parameters_at,
    place_costs,
    total_milliseconds,
)
from yolo_patcher.signature import Signature

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.signature import Signature

WIDTHS = (64, 256, 512)
NONE = "-"
Document: TypeAlias = dict[str, Any]
Order = Literal["name", "params", "flops", "latency", "year"]
ORDERS: tuple[Order, ...] = ("name", "params", "flops", "latency", "year")


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


def listing(more: tuple[Path, ...] = ()) -> list[Document]:
    """Describe all recipes as `list_document` does, reading only those that the index does not know as they are now.

    Args:
        more: recipe files, or folders of them, beside the catalogue.

    Raises:
        PatcherError: as `all_recipes`.
    """
    documents = []
    for path in recipe_files(more):
        known = listed(path)
        documents += [known] if known else list_document([find_recipe(str(path))])
    names = [{normalise(name) for name in (one["name"], *one["aliases"])} for one in documents]
    if len(set().union(*names)) < sum(map(len, names)):
        all_recipes(more)  # says which two claim one name
    return sorted(documents, key=lambda one: str(one["name"]))


def chosen(documents: Iterable[Document], tags: Sequence[str] = (), order: Order = "name") -> list[Document]:
    """Give the recipes that have all tags, in an order; what has no figure comes last, and the newest paper first.

    Args:
        documents: the recipes, by name, as `list_document` describes them.
        tags: a recipe's tags, its group, and how it begins as the identity, as `identity-native`, count.
        order: by what they are sorted; parameters and FLOPs are those at 256 channels of 40 x 40, latency that of one
            module at each of P3 to P5 of YOLOv8n.
    """
    wanted = [one for one in documents if set(tags) <= {*one["tags"], one["group"], f"identity-{one['identity']}"}]
    if order == "name":
        return sorted(wanted, key=lambda one: (GROUPS.index(one["group"]), one["name"]))
    figure = _FIGURES[order]
    known = [one for one in wanted if figure(one) is not None]
    return [*sorted(known, key=lambda one: (figure(one), one["name"])), *(one for one in wanted if figure(one) is None)]


_FIGURES: dict[Order, Callable[[Document], Any]] = {
    "params": lambda one: one["parameters"][str(USUAL[0])],
    "flops": lambda one: one["flops"],
    "latency": lambda one: one["milliseconds"],
    "year": lambda one: one["year"] and -one["year"],
}


def list_document(recipes: Iterable[Recipe]) -> list[Document]:
    """Describe each recipe in a few words; figures by width or shape, null where the defaults cannot be built."""
    return [
        {
            "name": recipe.name,
            "version": recipe.version,
            "title": recipe.title,
            "class": recipe.class_name,
            "group": recipe.group,
            "kind": recipe.kind,
            "tags": list(recipe.tags),
            "year": (recipe.paper and recipe.paper.year) or None,
            "position": recipe.position,
            "aliases": list(recipe.aliases),
            "parameters": {str(width): count for width, count in _parameter_counts(recipe).items()},
            "flops": measured(recipe).flops.get(USUAL),
            "milliseconds": total_milliseconds(recipe),
            "identity": recipe.identity.form,
        }
        for recipe in recipes
    ]


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
    signature = recipe.signature
    document["signature"] = {
        "inputs": signature.inputs,
        "channels": signature.channels,
        "repeats": signature.repeats,
        "least_repeats": signature.least_repeats,
        "level": signature.level,
    }
    document["parameter_formula"] = recipe.parameters
    document["sizes"] = dict(recipe.sizes)
    document["costs"] = [cost.as_json() for cost in (place_costs(recipe) if costs is None else costs)]
    document["timed_on"] = measured(recipe).machine or None
    document["notes"] = list(recipe.notes)
    document["example"] = _example(recipe)
    return document


def render_list(documents: Sequence[Document], console: Console, order: Order = "name") -> None:
    """Print a table of the recipes, one for each group where they are sorted by name."""
    if order != "name":
        _print_recipes(console, documents, order)
        return
    for number, group in enumerate(dict.fromkeys(one["group"] for one in documents)):
        _print(console, f"{'' if number == 0 else chr(10)}{group}", style="bold")
        _print_recipes(console, [one for one in documents if one["group"] == group], order)


def _print_recipes(console: Console, documents: Iterable[Document], order: Order) -> None:
    title, text = _COLUMNS[order]
    rows = [(one["name"], one["title"], one["kind"], text(one)) for one in documents]
    _print_table(console, ("recipe", "title", "kind", title), rows)


def _flops_text(flops: int | None) -> str:
    return NONE if flops is None else _scaled(flops)


def _time_text(time: float | None) -> str:
    return NONE if time is None else f"{time:.2f}" if time < 10 else f"{time:.0f}"


_COLUMNS: dict[Order, tuple[str, Callable[[Document], str]]] = {
    "name": ("params@256", lambda one: _count_text(one["parameters"][str(USUAL[0])])),
    "params": ("params@256", lambda one: _count_text(one["parameters"][str(USUAL[0])])),
    "flops": ("FLOPs@256,40x40", lambda one: _flops_text(one["flops"])),
    "latency": ("ms, YOLOv8n", lambda one: _time_text(one["milliseconds"])),
    "year": ("year", lambda one: str(one["year"] or NONE)),
}


def _scaled(number: int) -> str:
    """Write a count with three digits: `272`, `12.3 k`, `1.23 M`."""
    from yolo_patcher.report.figures import count

    return count(number)


def render_show(recipe: Recipe, console: Console, costs: Sequence[PlaceCost] | None = None) -> None:
    """Print all there is to know about a recipe; `costs` are those of YOLOv8 n, s and m where none are given."""
    _print(console, f"{recipe.name}: {recipe.title}, version {recipe.version}", style="bold")
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
    _print_table(console, (), [fact for fact in facts if fact[1]])
    _print(console, "\nHyper-parameters (--set name=value)", style="bold")
    settings = (*recipe.hyperparameters, STRICT)
    rows = [(item.name, format_value(item.default), item.range_text, item.help) for item in settings]
    _print_table(console, ("name", "default", "values", ""), rows)
    _print(console, f"\nCost with the defaults, one map of an image of {IMAGE} x {IMAGE}", style="bold")
    shown = place_costs(recipe, YOLOV8) if costs is None else costs
    _print_table(console, ("", "level", "map", "params", "FLOPs", "ms"), [_cost_row(cost) for cost in shown])
    timed = measured(recipe).machine if any(cost.milliseconds is not None for cost in shown) else ""
    if timed:
        _print(console, f"  timed on {timed}")
    if recipe.notes:
        _print(console, "\nNotes", style="bold")
        _print_table(console, (), [("-", note) for note in recipe.notes])
    _print(console, "\nExample", style="bold")
    _print(console, f"  {_example(recipe)}")


def _cost_row(cost: PlaceCost) -> tuple[str, ...]:
    channels, side = cost.place.shape
    return (
        cost.place.model,
        f"P{cost.place.level}",
        f"{channels} x {side} x {side}",
        _count_text(cost.parameters),
        _flops_text(cost.flops),
        _time_text(cost.milliseconds),
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


def _parameter_counts(recipe: Recipe) -> dict[int, int | None]:
    return {width: parameters_at(recipe, width) for width in WIDTHS}


def _count_text(count: int | None) -> str:
    return NONE if count is None else f"{count:,}"


def _paper_text(paper: Paper | None) -> str:
    if paper is None:
        return ""
    origin = " ".join(part for part in (paper.venue, str(paper.year or "")) if part)
    return f"{paper.title} ({origin})" if origin else paper.title


def _example(recipe: Recipe) -> str:
    return f"yolo-patcher apply {recipe.name} --repo PATH --dry-run"


def _print(console: Console, text: str, style: str = "") -> None:
    # A recipe's text is a stranger's: never console markup.
    console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _print_table(console: Console, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, padding=(0, 2, 0, 0), show_header=bool(header), pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console.print(table)
