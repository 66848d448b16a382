"""ultralytics with a package `nn/modules/` (8.0.9x and later), YOLOv10, YOLOv12 and other forks of it."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.codegen.place import add_modules, export_classes, module_path
from yolo_patcher.dialects.load_names import by_stem
from yolo_patcher.site import Site

NAME = "ultralytics"


def recognise(site: Site) -> bool:
    """Tell whether the modules come from a package."""
    return site.supplier == site.inside("nn/modules/__init__.py")


def home(site: Site, module: str) -> str:
    """Give the path of a module of its own, directly in the package: checkpoint loading refuses deeper ones."""
    return module_path(site, module)


def place_classes(site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
    """Write each class into a module of its own and export it."""
    add_modules(site, edits, new)
    export_classes(site, edits, new, known)


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the file's name with the scale in it, as `YOLO("yolov8n-sae-head.yaml")` takes it."""
    return by_stem(path, scale)
