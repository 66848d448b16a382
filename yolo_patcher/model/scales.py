"""The sizes of a model family that a model YAML declares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml


@dataclass(frozen=True)
class Scale:
    """One size of a model family: depth and width multiples and the cap on channels before the width multiple."""

    name: str
    depth: float
    width: float
    max_channels: float

    def repeats(self, written: object) -> int | None:
        """Give the repeats of a row after depth scaling, as all repositories scale them; None for what is no count."""
        if not isinstance(written, int) or isinstance(written, bool):
            return None
        return max(round(written * self.depth), 1) if written > 1 else written


def scales(model: ModelYaml) -> dict[str, Scale]:
    """Give the scales that a model YAML declares, or one named `""` where each scale is a file of its own.

    Raises:
        PatcherError: `model`, when the scales are not lists of depth, width and max_channels.
    """
    declared = model.values.get("scales")
    try:
        if isinstance(declared, dict) and declared:
            return {
                str(name): Scale(str(name), float(values[0]), float(values[1]), float((*values, math.inf)[2]))
                for name, values in declared.items()
            }
        depth, width = (model.values.get(f"{key}_multiple") for key in ("depth", "width"))
        one = Scale("", _number(depth), _number(width), math.inf)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise PatcherError("model", f"the scales are not understood: {error}", path=model.path) from error
    return {"": one}


def _number(value: object) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
