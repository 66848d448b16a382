"""The plain form of a module: what a reader of its paper writes in `nn` layers, in `benchmarks/plain/NAME.py`.

A file is there or not. It holds `Plain`, a class that takes the channels and has as many parameters as the module at
its defaults. It is written from the paper and stands for the copies that people pass on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from benchmarks.modules.built import import_file
from yolo_patcher.recipe.recipe import Recipe

FOLDER = Path(__file__).resolve().parents[1] / "plain"


def plain(recipe: Recipe, channels: int) -> Any:
    """Build the plain form of a recipe's module; None where nobody has written one."""
    path = FOLDER / f"{recipe.name.replace('-', '_')}.py"
    if not path.is_file():
        return None
    torch.manual_seed(0)
    return import_file(path).Plain(channels)
