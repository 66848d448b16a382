"""Draw a model in Graphviz's language (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing.scene import Node, Scene

_SECTIONS = ("backbone", "head")


def draw(scene: Scene) -> str:
    """Give a `.dot` file of a scene."""
    lines = [
        "digraph model {",
        f'  graph [label="{_escaped(scene.title)}", labelloc=t, nodesep=0.35, ranksep=0.35, fontname=Helvetica]',
        '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname=Helvetica, fontsize=11]',
        '  edge [color="#495057", arrowsize=0.7]',
    ]
    lines += [_node(node, "  ") for node in scene.nodes if node.row == IMAGE]
    for section in _SECTIONS:
        lines += [f"  subgraph cluster_{section} {{", f'    label={section}; color="#adb5bd"; style=rounded']
        lines += [_node(node, "    ") for node in scene.nodes if node.section == section and node.row != IMAGE]
        lines += ["  }"]
    lines += [f"  {_name(source)} -> {_name(reader)}" for source, reader in scene.edges]
    return "\n".join([*lines, "}", ""])


def _node(node: Node, indent: str) -> str:
    label = r"\n".join(_escaped(line) for line in (node.title, node.detail) if line)
    look = ""
    if node.inserted:
        look = ', fillcolor="#ffe8cc", color="#d9480f", penwidth=3, style="filled,bold"'
    elif node.final:
        look = ', fillcolor="#e9ecef", penwidth=2'
    elif node.row == IMAGE:
        look = ", shape=oval"
    return f'{indent}{_name(node.row)} [label="{label}"{look}]'


def _name(row: int) -> str:
    return "image" if row == IMAGE else f"row{row}"


def _escaped(text: str) -> str:
    # Labels read both C-like escapes (\n, \N) and HTML entities.
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
