"""The layout of the PyPI package `yolov5`, where everything stands in a folder: `yolov5/models/yolo.py`."""

from __future__ import annotations

from yolo_patcher.dialects.yolov5 import home, load_name, place_classes
from yolo_patcher.site import Site

__all__ = ["NAME", "home", "load_name", "place_classes", "recognise"]

NAME = "yolov5-package"


def recognise(site: Site) -> bool:
    """Tell whether the modules come from `models/common.py` in a folder of the checkout."""
    return bool(site.folder) and site.supplier == site.inside("models/common.py")
