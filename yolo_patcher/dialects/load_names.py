"""What users write to load a model whose scales stand in one file: the file's name with the scale behind the digits."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# ultralytics cuts the letter behind the first digits out of the name to find the file, and takes it for the scale.
_FAMILY = re.compile(r"^[a-zA-Z-]*?v?\d+(?!\d)(?![nslmx](?![a-z0-9]))")


def by_stem(path: str, scale: str) -> str:
    """Put a scale into a model file's name: `yolov8-sae-head.yaml`, `n` becomes `yolov8n-sae-head.yaml`.

    Args:
        path: the file.
        scale: the scale's letter; empty where each scale is a file of its own.
    """
    name = PurePosixPath(path).name
    if scale and re.match(rf"[a-zA-Z-]*?v?\d+{re.escape(scale)}(?![a-z0-9])", name):
        return name
    match = _FAMILY.match(name) if scale else None
    return f"{name[: match.end()]}{scale}{name[match.end() :]}" if match else name
