"""YOLOv5's original layout, and YOLOv3, YOLOv7, YOLOv9 and other repositories with `models/yolo.py` at their root."""

from __future__ import annotations

from yolo_patcher.checkout.site import Site

NAME = "yolov5"


def recognise(site: Site) -> bool:
    """Tell whether `parse_model` stands at the root in another folder than `nn/`."""
    return not site.folder and not site.in_nn


def load_name(site: Site, path: str, scale: str) -> str:
    """Give the path, as `--cfg models/yolov5s-sae-head.yaml` takes it."""
    return path


def loaded_scale(load: str) -> str:
    """Give no scale: each is a file of its own."""
    return ""
