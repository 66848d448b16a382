"""ultralytics with a package `nn/modules/` (8.0.9x and later), YOLOv10, YOLOv12 and other forks of it."""

from __future__ import annotations

from yolo_patcher.checkout.dialects.load_names import by_place, scale_in
from yolo_patcher.checkout.site import Site

NAME = "ultralytics"


def recognise(site: Site) -> bool:
    """Tell whether `parse_model` stands in a folder `nn/` and the modules come from more than one file."""
    return site.in_nn and site.supplier != site.inside("nn/modules.py")


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the file's name with the scale in it, as `YOLO("yolov8n-sae-head.yaml")` takes it."""
    return by_place(path, scale, site.folder)


def loaded_scale(load: str) -> str:
    """Give the scale that the name says; empty for the first of the file's."""
    return scale_in(load)
