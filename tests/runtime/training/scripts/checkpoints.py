"""What the scripts of both repositories find out about models and their weights; runs in the complete environment."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path
from typing import Any

import torch
from torch import nn


def attention(model: Any, classes: list[str]) -> dict[str, Any]:
    """Give the rows of a model that are of these classes, and the files that their classes come from."""
    rows = [row for row in model.model if type(row).__name__ in classes]
    return {
        "rows": [row.i for row in rows],
        "classes": [type(row).__name__ for row in rows],
        "sources": sorted({str(Path(inspect.getfile(type(row))).resolve()) for row in rows}),
    }


def changed(before: nn.Module, after: Any, classes: list[str]) -> dict[str, bool]:
    """Tell of each weight of the rows of these classes whether it differs between two models."""
    prefixes = tuple(f"model.{row}." for row in attention(after, classes)["rows"])
    weights, others = before.state_dict(), dict(after.named_parameters())
    return {
        name: not torch.equal(weights[name].float(), weight.float())
        for name, weight in others.items()
        if name.startswith(prefixes)
    }


def equal(one: nn.Module, other: nn.Module) -> bool:
    """Tell whether two models have the same names and, as floats, the same values, statistics included."""
    these, those = one.state_dict(), other.state_dict()
    return list(these) == list(those) and all(torch.equal(these[name].float(), those[name].float()) for name in these)


def fusing_changes(model: Any) -> float:
    """Give the largest relative difference that fusing makes to a model's predictions (of 0.001 and more)."""
    model = copy.deepcopy(model).float().train()
    images = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    # A few steps leave the statistics so far off that the predictions would hardly depend on the image.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        model(images)
        model.eval()
        before, after = model(images)[0], copy.deepcopy(model).fuse()(images)[0]
    assert torch.isfinite(before).all()
    assert (before[0] - before[1]).abs().max() > 0.01
    return float(((before - after).abs() / before.abs().clamp(min=1e-3)).max())


def transfer(base: nn.Module, patched: Any, taken: dict[str, Any], classes: list[str]) -> dict[str, int]:
    """Count what of a base model's weights gets into a patched one, and in which rows.

    Args:
        base: the model that the weights come from.
        patched: the model that they go to.
        taken: the weights that the repository would load, by name.
        classes: the classes of the inserted rows.

    Returns:
        `all` names of the patched model, those `taken`, and of these those that land in another row than their own
        (`astray`); the names of the base model that have a counterpart (`base`).
    """
    own, base_row = {}, 0
    for row in patched.model:
        if type(row).__name__ not in classes:
            own[row.i] = base_row
            base_row += 1
    astray = [name for name in taken if own.get(int(name.split(".")[1])) != int(name.split(".")[1])]
    return {
        "all": len(patched.state_dict()),
        "base": len(base.state_dict()),
        "taken": len(taken),
        "astray": len(astray),
    }
