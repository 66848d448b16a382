"""What draws a scene, by the format's name; each gives a whole file that ends in a newline."""

from __future__ import annotations

from collections.abc import Callable

from yolo_patcher.report.drawing import dot, mermaid, svg
from yolo_patcher.report.drawing.scene import Scene

FORMATS: dict[str, Callable[[Scene], str]] = {"mermaid": mermaid.draw, "dot": dot.draw, "svg": svg.draw}
