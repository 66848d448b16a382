"""A recipe's class, built as a row of a model builds it, and the maps that it takes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from yolo_patcher.recipe.recipe import Recipe

INPUTS = 2
"""How many maps a module of several inputs gets."""


@lru_cache(maxsize=1024)
def import_file(path: Path) -> Any:
    """Import a Python file that is in no package, under a name of its own."""
    name = f"benchmark_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(recipe: Recipe, channels: int, settings: Mapping[str, object] | None = None) -> Any:
    """Build a module; one that says its own output's channels gives as many as it takes."""
    signature = recipe.signature
    args: list[object] = [[channels] * INPUTS if signature.inputs == "many" else channels]
    args += [channels] * (signature.channels == "argument")
    args += [signature.least_repeats] * (signature.repeats == "taken")
    torch.manual_seed(0)
    found = getattr(import_file(recipe.template), recipe.class_name)
    return found(*args, *recipe.row_arguments(settings or {}))


def maps(recipe: Recipe, channels: int, side: int, batch: int = 1, device: str = "cpu") -> Any:
    """Make what a module takes: one map, or a list of them."""
    generator = None if device == "meta" else torch.Generator().manual_seed(1)
    made = [
        torch.randn(batch, channels, side, side, generator=generator, device=device)
        for _ in range(INPUTS if recipe.signature.inputs == "many" else 1)
    ]
    return made if recipe.signature.inputs == "many" else made[0]
