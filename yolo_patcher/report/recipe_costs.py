"""What a recipe's module costs where models have their feature maps: parameters, FLOPs, milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yolo_patcher.recipe.measured import Shape, measured
from yolo_patcher.recipe.recipe import Recipe

IMAGE = 640
"""The image size that a side of a map is told for."""


@dataclass(frozen=True)
class Place:
    """A feature map of a model that enters its final row, at the usual image size."""

    model: str
    level: int
    channels: int

    @property
    def shape(self) -> Shape:
        """Its channels, and its height and width."""
        return self.channels, IMAGE >> self.level


YOLOV8: tuple[Place, ...] = tuple(
    Place(model, level, channels)
    for model, widths in (("YOLOv8n", (64, 128, 256)), ("YOLOv8s", (128, 256, 512)), ("YOLOv8m", (192, 384, 576)))
    for level, channels in zip((3, 4, 5), widths, strict=True)
)
"""The places that are told where no model is chosen."""
SHAPES: tuple[Shape, ...] = (
    *((channels, 80) for channels in (64, 128, 192, 256, 320, 384)),
    *((channels, 40) for channels in (128, 256, 384, 512, 640, 768)),
    *((channels, 20) for channels in (256, 512, 576, 640, 768, 1024, 1280)),
)
"""What FLOPs are counted at: P3 to P5 of the scales of YOLOv5, YOLOv8 and YOLO11."""
USUAL: Shape = (256, 40)
"""The shape of the one figure of FLOPs that a list shows."""


@dataclass(frozen=True)
class PlaceCost:
    """What a module costs at a place; None for what is not known, or where the defaults can't be built."""

    place: Place
    parameters: int | None
    flops: int | None
    milliseconds: float | None

    def as_json(self) -> dict[str, object]:
        """Give it for the JSON output."""
        channels, side = self.place.shape
        return {
            "model": self.place.model,
            "level": self.place.level,
            "channels": channels,
            "size": side,
            "parameters": self.parameters,
            "flops": self.flops,
            "milliseconds": self.milliseconds,
        }


def place_costs(recipe: Recipe, places: Sequence[Place] = YOLOV8) -> tuple[PlaceCost, ...]:
    """Give what a recipe's module costs at places, with its defaults."""
    known = measured(recipe)
    return tuple(
        PlaceCost(
            place,
            parameters_at(recipe, place.channels),
            known.flops.get(place.shape),
            known.milliseconds.get(place.shape),
        )
        for place in places
    )


def parameters_at(recipe: Recipe, channels: int) -> int | None:
    """Give the parameters at a width with the defaults, None where these can't be built."""
    if recipe.channel_notes(channels, {}).refused:
        return None
    return recipe.parameter_count(channels, {})


def total_milliseconds(recipe: Recipe) -> float | None:
    """Give the time of one module at each of P3 to P5 of YOLOv8n, None where it was not measured."""
    times = [cost.milliseconds for cost in place_costs(recipe, YOLOV8[:3])]
    known = [time for time in times if time is not None]
    return sum(known) if len(known) == len(times) else None
