"""The options that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from yolo_patcher.cli.completion import complete_patch

Repo = Annotated[Path, typer.Option("--repo", help="The checkout, or a folder in it.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more; show tracebacks.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but warnings and errors.")]
Model = Annotated[
    str | None, typer.Option("--model", help="The model YAML: yolo11, yolov8s-seg.yaml, yolov5m, or a path.")
]
Scale = Annotated[str | None, typer.Option("--scale", help="The scale to plan and verify: n, s, m, l or x.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda (or gpu), cuda:N (or N).")]
Python = Annotated[str | None, typer.Option("--python", help="The Python that you train with.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Seconds that verifying one model may take.")]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="CHECK", help="Leave a check out; may be given often, and is recorded."),
]
NoSandbox = Annotated[bool, typer.Option("--no-sandbox", help="Let what is verified write and connect where it likes.")]
Trust = Annotated[bool, typer.Option("--trust", help="Let the checkpoint run code of its own.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a checkpoint that is there.")]
Recipes = Annotated[
    list[Path] | None, typer.Option("--recipe", help="A recipe file, or a folder of them, beside the catalogue.")
]
PatchIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATCH_ID]...",
        help="The patches; an id may be shortened where that is unique.",
        autocompletion=complete_patch,
    ),
]


class Format(str, Enum):
    """What `inspect` prints."""

    TABLE = "table"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


class Order(str, Enum):
    """By what `list` sorts."""

    NAME = "name"
    PARAMS = "params"
    FLOPS = "flops"
    LATENCY = "latency"
    YEAR = "year"
