"""What torch counted of the catalogue's classes, and what was timed: `recipes/measured.json`.

A recipe's formula gives its parameters; FLOPs have no formula, so they are counted once, at the channels and sizes that
YOLO models have. Each entry names the template that it was counted on, so that an edited class has no figures at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from yolo_patcher.recipe.folders import recipes_folder
from yolo_patcher.recipe.index import fingerprint
from yolo_patcher.recipe.recipe import Recipe

FILE = "measured.json"
Shape: TypeAlias = tuple[int, int]
"""Channels, and the height and width of a square map."""


@dataclass(frozen=True)
class Measured:
    """What is known of a class beyond its recipe, at its defaults.

    Attributes:
        flops: FLOPs of one forward of one map, a multiplication and its addition counted as two, by shape:
            matrix products and convolutions, nothing else. A class of several inputs gets two maps.
        milliseconds: the median time of one forward of one map, by shape.
        machine: what it was timed on, in words; empty where nothing was timed.
    """

    flops: Mapping[Shape, int] = field(default_factory=dict)
    milliseconds: Mapping[Shape, float] = field(default_factory=dict)
    machine: str = ""


def measured(recipe: Recipe) -> Measured:
    """Give what was measured of a recipe's class as it is now: nothing where its template was changed since."""
    path = recipes_folder() / FILE
    try:
        document = _document(path, path.stat().st_mtime_ns)
        template = fingerprint(recipe.template)
    except OSError:
        return Measured()
    entry = document["modules"].get(recipe.name)
    if entry is None or entry["template"] != template:
        return Measured()
    times = _by_shape(entry.get("milliseconds", {}))
    return Measured(_by_shape(entry["flops"]), times, document["machine"] if times else "")


def shape_text(shape: Shape) -> str:
    """Write a shape as the file does: `64x80` for 64 channels of 80 x 80."""
    return f"{shape[0]}x{shape[1]}"


def _by_shape(entry: Mapping[str, Any]) -> dict[Shape, Any]:
    pairs = ((text.split("x"), value) for text, value in entry.items())
    return {(int(channels), int(side)): value for (channels, side), value in pairs}


@lru_cache(maxsize=2)
def _document(path: Path, stamp: int) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))
