"""The layout of the PyPI package `yolov5`, where everything stands in a folder: `yolov5/models/yolo.py`."""

from __future__ import annotations

from yolo_patcher.checkout.dialects.yolov5 import load_name, loaded_scale
from yolo_patcher.checkout.site import Site

__all__ = ["NAME", "load_name", "loaded_scale", "recognise"]

NAME = "yolov5-package"


def recognise(site: Site) -> bool:
    """Tell whether `parse_model` stands in a package, in another folder than `nn/`."""
    return bool(site.folder) and not site.in_nn
