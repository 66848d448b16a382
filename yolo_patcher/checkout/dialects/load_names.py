"""What users write to load a model whose scales stand in one file: the file's name with the scale behind the digits."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# ultralytics cuts the letter behind the first digits out of the name to find the file. It takes it for the scale only
# behind yolo, yolov or yoloe-: in `rtdetr-l-sae-head-p5.yaml` no place is one for a scale.
_NUMBERED = r"[a-zA-Z-]*?yolo(?:e-)?v?\d+"
_FAMILY = re.compile(rf"{_NUMBERED}(?!\d)(?![nslmx](?![a-z0-9]))")


def by_stem(path: str, scale: str) -> str:
    """Put a scale into a model file's name: `yolov8-sae-head.yaml`, `n` becomes `yolov8n-sae-head.yaml`.

    Args:
        path: the file.
        scale: the scale's letter; empty where each scale is a file of its own.
    """
    name = PurePosixPath(path).name
    if scale and re.match(rf"{_NUMBERED}{re.escape(scale)}(?![a-z0-9])", name):
        return name
    match = _FAMILY.match(name) if scale else None
    return f"{name[: match.end()]}{scale}{name[match.end() :]}" if match else name


def by_place(path: str, scale: str, package: str) -> str:
    """Give what loads a model file at a scale: its name alone in the package, where it is looked for, else its path.

    Args:
        path: the file, relative to the checkout.
        scale: the scale's letter; empty where each scale is a file of its own.
        package: the package's folder, relative to the checkout; empty for the checkout itself.
    """
    name = by_stem(path, scale)
    inside = not package or PurePosixPath(path).is_relative_to(package)
    return name if inside else str(PurePosixPath(path).with_name(name))


def scale_in(load: str) -> str:
    """Give the scale that ultralytics reads out of what it loads; empty where the name says none.

    Source: `guess_model_scale` in `ultralytics/nn/tasks.py`; where it is empty, the first of `scales` is built.
    """
    match = re.search(r"yolo(?:e-)?v?\d+([nslmx])", PurePosixPath(load).stem)
    return match[1] if match else ""
