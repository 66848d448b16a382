"""ultralytics with all modules in one file `nn/modules.py` (8.0.0 to about 8.0.9x)."""

from __future__ import annotations

from yolo_patcher.checkout.dialects.load_names import by_place, scale_in
from yolo_patcher.checkout.site import Site

NAME = "ultralytics-single"


def recognise(site: Site) -> bool:
    """Tell whether the modules come from the single file."""
    return site.in_nn and site.supplier == site.inside("nn/modules.py")


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the file's name with the scale in it, as `YOLO("yolov8n-sae-head.yaml")` takes it."""
    return by_place(path, scale, site.folder)


def loaded_scale(load: str) -> str:
    """Give the scale that the name says; empty for the first of the file's."""
    return scale_in(load)
