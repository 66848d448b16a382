"""FLOPs of every class at the shapes that YOLO models have, counted by torch on shapes alone, without any values."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.modules.built import build, maps
from yolo_patcher.recipe.measured import Shape
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.report.recipe_costs import SHAPES


def flops(recipe: Recipe, shape: Shape) -> int:
    """Count the FLOPs of one forward of one map in evaluation mode.

    Args:
        recipe: the recipe, whose defaults can be built at the shape's channels.
        shape: channels, and height and width.
    """
    channels, side = shape
    with torch.device("meta"):
        module = build(recipe, channels).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(maps(recipe, channels, side, device="meta"))
    return int(counter.get_total_flops())


def all_flops(recipe: Recipe) -> dict[Shape, int]:
    """Count the FLOPs at every shape whose channels the defaults take."""
    return {shape: flops(recipe, shape) for shape in SHAPES if not recipe.channel_notes(shape[0], {}).refused}
