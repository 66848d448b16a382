"""Pictures of where a position puts a module in a model: one for each position that recipes name, not one a recipe."""

from __future__ import annotations

from pathlib import PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import choose_model
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.places import locate
from yolo_patcher.plan.renumber import NewRow, renumber
from yolo_patcher.plan.yaml_text import patched_model
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import parse_selector
from yolo_patcher.report.drawing.scene import make_scene
from yolo_patcher.report.drawing.svg import draw

CHECKOUT = "ultralytics-8.4.190"
MODELS = ("yolov8n", "yolo11n")
MODULE = "MODULE"


def picture_name(position: str, model: str) -> str:
    """Give the picture's file name."""
    return f"{position.replace(':', '-').replace(',', '-')}-{model}.svg"


def has_picture(recipe: Recipe) -> bool:
    """Tell whether a recipe's module keeps its shape and usually stands behind rows that a position names."""
    return recipe.signature.keeps_shape and parse_selector(recipe.position).place in ("head", "backbone", "neck")


def placement(checkout: Checkout, position: str, model: str) -> str:
    """Draw a model with modules at a position."""
    chosen = choose_model(checkout.site, model, None)
    base = chosen.model
    size = scales(base)[chosen.scale]
    level = levels_of(checkout.site, base, size, {}).level
    width = channels(base, checkout.site.parse_model, size)
    rows = [NewRow(place, MODULE, ()) for place in locate(parse_selector(position), base, level).places]
    numbers = renumber(base, rows)
    # A module keeps the channels and the level of what it reads.
    new_level = {numbers.rows[row]: value for row, value in level.items() if row in numbers.rows}
    new_width = {numbers.rows.get(row, row): value for row, value in width.items()}
    for index, row in zip(numbers.inserted, rows, strict=True):
        new_level[index], new_width[index] = level[row.place.reads], width[row.place.reads]
    scene = make_scene(
        patched_model(base, rows),
        new_level,
        new_width,
        numbers.inserted,
        scale=chosen.scale,
        checkout=f"{checkout.dialect.NAME} {checkout.site.version}, {PurePosixPath(base.path).name} at {position}",
    )
    return draw(scene)
