"""The catalogue as the commands `list` and `show` give it: JSON-able documents, and text for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.recipe import Paper, Recipe
from yolo_patcher.recipe.settings import STRICT

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.signature import Signature

WIDTHS = (64, 256, 512)
_CHANNELS = {
    "input": "",
    "first": "as many channels as each of its inputs, which are all equal",
    "sum": "the sum of its inputs' channels",
    "argument": "as many channels as the row says",
}


def list_document(recipes: Iterable[Recipe]) -> list[dict[str, object]]:
    """Describe each recipe in a few words; `parameters` is by width, null where the defaults cannot be built."""
    return [
        {
            "name": recipe.name,
            "version": recipe.version,
            "title": recipe.title,
            "class": recipe.class_name,
            "kind": recipe.kind,
            "position": recipe.position,
            "aliases": list(recipe.aliases),
            "parameters": {str(width): count for width, count in _parameter_counts(recipe).items()},
        }
        for recipe in recipes
    ]


def show_document(recipe: Recipe) -> dict[str, object]:
    """Describe one recipe in full."""
    (document,) = list_document([recipe])
    paper = recipe.paper
    document["paper"] = paper and {
        "title": paper.title,
        "arxiv": paper.arxiv or None,
        "url": paper.url or None,
        "year": paper.year or None,
        "venue": paper.venue or None,
    }
    document["formula"] = recipe.formula
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
    document["notes"] = list(recipe.notes)
    document["example"] = _example(recipe)
    return document


def render_list(recipes: Iterable[Recipe], console: Console) -> None:
    """Print a table of the recipes."""
    rows = [(recipe.name, recipe.title, recipe.kind, _count_text(_parameter_counts(recipe)[256])) for recipe in recipes]
    _print_table(console, ("recipe", "title", "kind", "params@256"), rows)


def render_show(recipe: Recipe, console: Console) -> None:
    """Print all there is to know about a recipe."""
    _print(console, f"{recipe.name}: {recipe.title}, version {recipe.version}", style="bold")
    facts = [
        ("class", recipe.class_name),
        ("kind", recipe.kind),
        ("formula", recipe.formula),
        ("paper", _paper_text(recipe.paper)),
        ("link", recipe.paper.url if recipe.paper else ""),
        ("position", recipe.position),
        ("takes", _taken(recipe.signature)),
        ("gives", _given(recipe.signature)),
        ("aliases", ", ".join(recipe.aliases)),
    ]
    _print_table(console, (), [fact for fact in facts if fact[1]])
    _print(console, "\nHyper-parameters (--set name=value)", style="bold")
    settings = (*recipe.hyperparameters, STRICT)
    rows = [(item.name, format_value(item.default), item.range_text, item.help) for item in settings]
    _print_table(console, ("name", "default", "values", ""), rows)
    _print(console, f"\nParameters with the defaults{_counted_for(recipe.signature)}", style="bold")
    counts = _parameter_counts(recipe)
    _print_table(console, tuple(f"C={width}" for width in counts), [tuple(map(_count_text, counts.values()))])
    if recipe.notes:
        _print(console, "\nNotes", style="bold")
        _print_table(console, (), [("-", note) for note in recipe.notes])
    _print(console, "\nExample", style="bold")
    _print(console, f"  {_example(recipe)}")


def _parameter_counts(recipe: Recipe) -> dict[int, int | None]:
    return {
        width: None if recipe.channel_notes(width, {}).refused else recipe.parameter_count(width, {})
        for width in WIDTHS
    }


def _taken(signature: Signature) -> str:
    """Say what a module takes, where it is not one map and nothing else."""
    parts = ["several maps of one size"] if signature.inputs == "many" else []
    if signature.repeats == "taken":
        least = f", at least {signature.least_repeats}" if signature.least_repeats > 1 else ""
        parts.append(f"the row's repeats{least}")
    return "; ".join(parts)


def _given(signature: Signature) -> str:
    """Say what a module gives, where it is not a map of the shape of its input."""
    size = {1: "half the height and width", -1: "double the height and width"}.get(signature.level, "")
    return "; ".join(part for part in (_CHANNELS[signature.channels], size) if part)


def _counted_for(signature: Signature) -> str:
    """Say for which inputs and outputs a number of parameters is, beside the width."""
    parts = ["two inputs of C channels"] if signature.inputs == "many" else []
    parts += ["C channels in and out"] if signature.channels == "argument" else []
    if signature.repeats == "taken":
        parts.append(f"{signature.least_repeats} repeat{'s' * (signature.least_repeats > 1)}")
    return f", {', '.join(parts)}" if parts else ""


def _count_text(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


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
