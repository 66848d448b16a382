"""YOLOv5's original layout, and YOLOv3, YOLOv7, YOLOv9 and other repositories with `models/yolo.py` at their root."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.codegen.place import append_classes, export_classes
from yolo_patcher.site import Site

NAME = "yolov5"


def recognise(site: Site) -> bool:
    """Tell whether the modules come from `models/common.py` at the root."""
    return not site.folder and site.supplier == "models/common.py"


def home(site: Site, module: str) -> str:
    """Give the path of `models/common.py`."""
    return site.supplier


def place_classes(site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
    """Append the classes, and add them to the import in `models/yolo.py` unless it is `import *`."""
    append_classes(site, edits, new)
    export_classes(site, edits, new, known)


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the path, as `--cfg models/yolov5s-sae-head.yaml` takes it."""
    return path
