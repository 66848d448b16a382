"""Drawings of a model's graph: one file per format over one description, `scene.py`."""

from __future__ import annotations

from collections.abc import Callable

from yolo_patcher.drawing import dot, mermaid, svg
from yolo_patcher.drawing.scene import Scene

FORMATS: dict[str, Callable[[Scene], str]] = {"mermaid": mermaid.draw, "dot": dot.draw, "svg": svg.draw}
"""What draws a scene, by the format's name; each gives a whole file that ends in a newline."""
