"""What every drawing shows: a model's rows and edges as plain values, with all text made safe to print on one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.model.graph import Edge
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row

_DEEPEST = 12
MARK = "+"
"""What stands before an inserted row, so that it shows without colour too."""


@dataclass(frozen=True)
class Node:
    """One row, or the image.

    Attributes:
        row: the row's number; `IMAGE` for the image.
        section: `backbone` or `head`.
        module: the module's name.
        args: the arguments as text.
        level: 3 for P3; None where it can't be told.
        channels: the output's channels; None where they can't be told.
        inserted: whether yolo-patcher inserted it.
        final: whether it is the last row.
    """

    row: int
    section: str
    module: str
    args: str
    level: int | None
    channels: int | None
    inserted: bool
    final: bool

    @property
    def title(self) -> str:
        """The first line of its label: `9 SPPF`, marked where the row is inserted."""
        if self.row == IMAGE:
            return self.module
        return f"{MARK} {self.row} {self.module}" if self.inserted else f"{self.row} {self.module}"

    @property
    def detail(self) -> str:
        """The second line of its label: the arguments and the channels."""
        return " · ".join(part for part in (self.args, self.width) if part)

    @property
    def width(self) -> str:
        """The channels as text; empty for the final row, which gives no feature map."""
        if self.final:
            return ""
        return "? ch" if self.channels is None else f"{self.channels} ch"

    @property
    def tooltip(self) -> str:
        """All about it on one line."""
        parts = [self.title, self.detail]
        parts += [] if self.level is None or self.final else [level_name(self.level)]
        parts += ["inserted by yolo-patcher"] if self.inserted else []
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Scene:
    """A model's graph.

    Attributes:
        title: the model's name, with its scale.
        subtitle: where it is from.
        nodes: the image, where a row reads it, and all rows in their order.
        edges: `(source, reader)` in the order of the readers and of their `from`.
    """

    title: str
    subtitle: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def make_scene(
    model: ModelYaml,
    level: Mapping[int, int | None],
    width: Mapping[int, int | None],
    inserted: Iterable[int] = (),
    *,
    scale: str = "",
    checkout: str = "",
) -> Scene:
    """Describe a model for a drawing.

    Args:
        model: the model.
        level: each row's level, from `graph.levels`.
        width: each row's channels, from `channels.channels`.
        inserted: the rows that yolo-patcher inserted.
        scale: the scale of the channels; empty where each scale is a file of its own.
        checkout: what the checkout is, as `ultralytics 8.4.190`.
    """
    marked = frozenset(inserted)
    nodes = [_node(model, row, level, width, row.index in marked) for row in model.rows]
    edges = tuple((source, row.index) for row in model.rows for source in row.sources)
    if any(source == IMAGE for source, _ in edges):
        nodes.insert(0, Node(IMAGE, "backbone", "image", "", 0, width.get(IMAGE), False, False))
    name = PurePosixPath(model.path).stem
    title = printable(f"{name} at scale {scale}" if scale else name)
    return Scene(title, printable(" · ".join(part for part in (checkout, model.path) if part)), tuple(nodes), edges)


def _node(
    model: ModelYaml, row: Row, level: Mapping[int, int | None], width: Mapping[int, int | None], inserted: bool
) -> Node:
    return Node(
        row=row.index,
        section=row.section,
        module=printable(row.module),
        args=printable(", ".join(map(str, row.args))),
        level=level[row.index],
        channels=width[row.index],
        inserted=inserted,
        final=row.index == model.final.index,
    )


def printable(text: str) -> str:
    """Replace what does not print: line breaks, control characters, and marks that turn the direction of text."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def level_name(level: int) -> str:
    """Give a level with its stride, `P3/8`; one beyond all sense without it, for that number could fill pages."""
    return f"P{level}/{2**level}" if level <= _DEEPEST else f"P{level}"
