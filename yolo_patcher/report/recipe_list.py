"""The catalogue as the command `list` gives it: a JSON-able document, and a table for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from yolo_patcher.recipe.catalogue import all_recipes, find_recipe, normalise, recipe_files
from yolo_patcher.recipe.index import listed
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.recipe import GROUPS, Recipe
from yolo_patcher.report.recipe_costs import (
    USUAL,
    parameters_at,
    total_milliseconds,
)

if TYPE_CHECKING:
    from rich.console import Console

WIDTHS = (64, 256, 512)
NONE = "-"
Document: TypeAlias = dict[str, Any]
Order = Literal["name", "params", "flops", "latency", "year"]
ORDERS: tuple[Order, ...] = ("name", "params", "flops", "latency", "year")


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
            "signature": asdict(recipe.signature),
        }
        for recipe in recipes
    ]


def render_list(documents: Sequence[Document], console: Console, order: Order = "name") -> None:
    """Print a table of the recipes, one for each group where they are sorted by name."""
    if order != "name":
        _print_recipes(console, documents, order)
        return
    for number, group in enumerate(dict.fromkeys(one["group"] for one in documents)):
        print_line(console, f"{'' if number == 0 else chr(10)}{group}", style="bold")
        _print_recipes(console, [one for one in documents if one["group"] == group], order)


def _print_recipes(console: Console, documents: Iterable[Document], order: Order) -> None:
    title, text = _COLUMNS[order]
    rows = [(one["name"], one["title"], one["kind"], text(one)) for one in documents]
    print_table(console, ("recipe", "title", "kind", title), rows)


def flops_text(flops: int | None) -> str:
    """Write a number of FLOPs, `-` for none."""
    return NONE if flops is None else _scaled(flops)


def time_text(time: float | None) -> str:
    """Write milliseconds, `-` for none."""
    return NONE if time is None else f"{time:.2f}" if time < 10 else f"{time:.0f}"


_COLUMNS: dict[Order, tuple[str, Callable[[Document], str]]] = {
    "name": ("params@256", lambda one: count_text(one["parameters"][str(USUAL[0])])),
    "params": ("params@256", lambda one: count_text(one["parameters"][str(USUAL[0])])),
    "flops": ("FLOPs@256,40x40", lambda one: flops_text(one["flops"])),
    "latency": ("ms, YOLOv8n", lambda one: time_text(one["milliseconds"])),
    "year": ("year", lambda one: str(one["year"] or NONE)),
}


def _scaled(number: int) -> str:
    """Write a count with three digits: `272`, `12.3 k`, `1.23 M`."""
    from yolo_patcher.report.figures import count

    return count(number)


def _parameter_counts(recipe: Recipe) -> dict[int, int | None]:
    return {width: parameters_at(recipe, width) for width in WIDTHS}


def count_text(count: int | None) -> str:
    """Write a count, `-` for none."""
    return NONE if count is None else f"{count:,}"


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print a line as it is."""
    # A recipe's text is a stranger's: never console markup.
    console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)


def print_table(console: Console, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print cells in columns; an empty header is none."""
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, padding=(0, 2, 0, 0), show_header=bool(header), pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console.print(table)
