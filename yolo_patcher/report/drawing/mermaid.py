"""Draw a model as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), as GitHub shows in Markdown."""

from __future__ import annotations

import re

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing.scene import Node, Scene

_SECTIONS = ("backbone", "head")
_STYLES = (
    "classDef inserted fill:#ffe8cc,stroke:#d9480f,stroke-width:4px,color:#000",
    "classDef final fill:#e9ecef,stroke:#343a40,stroke-width:2px,color:#000",
)
# A colon too: Mermaid cuts a semicolon off any line that looks like `style ...: #...;`.
_SPECIAL = re.compile(r"[^\w .,()=/·\[\]-]|_")


def draw(scene: Scene) -> str:
    """Give a Mermaid flowchart of a scene."""
    lines = ["flowchart TB", f"  accTitle: {_accessible(scene.title)}"]
    lines += [f"  {_node(node)}" for node in scene.nodes if node.row == IMAGE]
    for section in _SECTIONS:
        rows = [f"    {_node(node)}" for node in scene.nodes if node.section == section and node.row != IMAGE]
        lines += [f"  subgraph {section}", *rows, "  end"] if rows else []
    lines += [f"  {_name(source)} --> {_name(reader)}" for source, reader in scene.edges]
    return "\n".join([*lines, *(f"  {style}" for style in _STYLES), ""])


def _node(node: Node) -> str:
    if node.row == IMAGE:
        return f'image(["{_escaped(node.title)}<br/>{_escaped(node.detail)}"])'
    # A plus at the label's beginning would be read as a list of Markdown.
    title = f"{node.row} {node.module}"
    lines = [title, node.detail, *(["+ inserted"] if node.inserted else [])]
    label = "<br/>".join(_escaped(line) for line in lines if line)
    kind = ":::inserted" if node.inserted else ":::final" if node.final else ""
    return f'{_name(node.row)}["{label}"]{kind}'


def _name(row: int) -> str:
    return "image" if row == IMAGE else f"row{row}"


def _escaped(text: str) -> str:
    """Write everything that could mean something to Mermaid, Markdown or HTML as `#<code point>;`."""
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)


def _accessible(text: str) -> str:
    """Keep what a title may hold: it has no escapes."""
    return re.sub(r"[^\w .,/-]", " ", text)
