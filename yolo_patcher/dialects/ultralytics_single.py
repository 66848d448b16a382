"""ultralytics with all modules in one file `nn/modules.py` (8.0.0 to about 8.0.9x)."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.codegen.place import append_classes, export_classes
from yolo_patcher.dialects.load_names import by_stem
from yolo_patcher.site import Site

NAME = "ultralytics-single"


def recognise(site: Site) -> bool:
    """Tell whether the modules come from the single file."""
    return site.supplier == site.inside("nn/modules.py")


def home(site: Site, module: str) -> str:
    """Give the path of the single file."""
    return site.supplier


def place_classes(site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
    """Append the classes and add them to the import in `nn/tasks.py`."""
    append_classes(site, edits, new)
    export_classes(site, edits, new, known)


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the file's name with the scale in it, as `YOLO("yolov8n-sae-head.yaml")` takes it."""
    return by_stem(path, scale)
