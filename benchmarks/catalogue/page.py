"""One module's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from benchmarks.catalogue.placement import MODELS, has_picture, picture_name
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.proof import WIDTHS
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.settings import STRICT
from yolo_patcher.report.figures import count
from yolo_patcher.report.recipe_costs import IMAGE, place_costs
from yolo_patcher.report.recipes import identity_text, shapes_text


def page(recipe: Recipe, shape: Sequence[int]) -> str:
    """Write a recipe's page.

    Args:
        recipe: the recipe.
        shape: channels, height and width of the map with which its flow was recorded.
    """
    parts = [
        f"# {escaped(recipe.title)}",
        f"`{recipe.name}` · {recipe.group} · {escaped(recipe.kind)}" + "".join(f" · `{tag}`" for tag in recipe.tags),
        f"```text\n{recipe.formula}\n```",
        f"![What {recipe.class_name} does with a map]({recipe.name}-flow.svg)",
        f"Recorded from one forward of a map of {' × '.join(map(str, shape))} with the defaults.",
        "## Facts",
        table(("", ""), facts(recipe)),
        *_hyperparameters(recipe),
        "## Cost",
        f"With the defaults, for one image of {IMAGE} × {IMAGE}; FLOPs are those of convolutions and matrix products, a"
        " multiplication and its addition counted as two.",
        table(("model", "level", "map", "parameters", "FLOPs"), _costs(recipe)),
        f"![Parameters and FLOPs over the channels]({recipe.name}-cost.svg)",
        *_widths(recipe),
        "## Where it goes",
        *_placement(recipe),
        "## Example",
        "```sh\n"
        f"yolo-patcher apply {recipe.name} --repo ./ultralytics --model yolov8n --dry-run\n"
        f"yolo-patcher apply {recipe.name} --repo ./ultralytics --model yolov8n\n```",
        *_notes(recipe),
        *_citation(recipe),
        "[All modules](README.md)",
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Give text as Markdown shows it, in a table too."""
    for character in "\\`*_<>[]|$#":
        text = text.replace(character, f"\\{character}")
    return text


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, whose cells are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def facts(recipe: Recipe) -> list[tuple[str, str]]:
    """Give what is told of a module, each with its name, as Markdown."""
    paper = recipe.paper
    where = ""
    if paper:
        title = f"[{escaped(paper.title)}]({paper.url})" if paper.url else escaped(paper.title)
        where = ", ".join(part for part in (title, escaped(paper.venue), str(paper.year or "")) if part)
    latin = [alias for alias in recipe.aliases if alias.isascii()]
    told = [
        ("class", f"`{recipe.class_name}`"),
        ("paper", where),
        ("licence of the original", escaped(recipe.licence)),
        ("shapes", escaped(shapes_text(recipe.signature))),
        ("identity start", escaped(identity_text(recipe))),
        ("parameters", code(recipe.parameters)),
        ("with", ", ".join(code(f"{name} = {expression}") for name, expression in recipe.sizes)),
        ("position when none is given", code(recipe.position)),
        ("also called", escaped(", ".join(latin))),
        ("in Chinese", escaped("、".join(alias for alias in recipe.aliases if not alias.isascii()))),
    ]
    return [(name, text) for name, text in told if text]


def code(text: str) -> str:
    """Give code that may stand in a table."""
    return f"`{text}`".replace("|", "\\|")


def _hyperparameters(recipe: Recipe) -> list[str]:
    rows = [
        (code(item.name), code(format_value(item.default)), escaped(item.range_text), escaped(item.help))
        for item in (*recipe.hyperparameters, STRICT)
    ]
    return ["## Hyper-parameters", "`--set name=value`:", table(("name", "default", "values", ""), rows)]


def _costs(recipe: Recipe) -> list[tuple[str, ...]]:
    return [
        (
            cost.place.model,
            f"P{cost.place.level}",
            f"{cost.place.channels} × {cost.place.shape[1]} × {cost.place.shape[1]}",
            "-" if cost.parameters is None else f"{cost.parameters:,}",
            "-" if cost.flops is None else count(cost.flops),
        )
        for cost in place_costs(recipe)
    ]


def _widths(recipe: Recipe) -> list[str]:
    """Say at which of the usual widths the published defaults are adapted, warned of or refused."""
    said: list[tuple[str, str, int]] = []
    for width in WIDTHS:
        notes = recipe.channel_notes(width, {})
        for how, texts in (("adapted", notes.adapted), ("a warning", notes.warnings), ("refused", notes.refused)):
            said += [(how, text, width) for text in texts]
    rows = []
    for how, group in groupby(sorted(said, key=lambda one: one[0]), key=lambda one: one[0]):
        its = list(group)
        widths = ", ".join(dict.fromkeys(str(width) for _, _, width in its))
        rows.append((how, widths, escaped(its[0][1])))
    if not rows:
        return ["The defaults fit every width that YOLO models have."]
    return ["Of the widths that YOLO models have:", table(("", "channels", "as"), rows)]


def _placement(recipe: Recipe) -> list[str]:
    placement = recipe.placement
    told = [("The authors", placement.authors), ("In YOLO models", placement.field)]
    parts = [f"{who}: {escaped(text)}" for who, text in told if text]
    if not has_picture(recipe):
        return [*parts, f"`{recipe.position}` where no position is given."]
    pictures = [
        f"![{model} with the module at {recipe.position}](placement/{picture_name(recipe.position, model)})"
        for model in MODELS
    ]
    return [*parts, f"At `{recipe.position}`, in YOLOv8n and in YOLO11n:", *pictures]


def _notes(recipe: Recipe) -> list[str]:
    notes = "\n".join(f"- {escaped(note)}" for note in recipe.notes)
    return ["## Caveats", notes] if notes else []


def _citation(recipe: Recipe) -> list[str]:
    paper = recipe.paper
    if paper is None:
        return []
    identifier = f"arXiv:{paper.arxiv}" if paper.arxiv else ""
    parts = [f"“{paper.title}”", paper.venue, str(paper.year or ""), identifier]
    return ["## Citation", escaped(", ".join(part for part in parts if part)) + "."]
