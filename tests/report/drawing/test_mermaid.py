from __future__ import annotations

import re

import pytest
from model_texts import ELAN
from pictures import HOSTILE, chain, scene_from
from synthetic import BLOCK, FLOW

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing import mermaid
from yolo_patcher.report.drawing.scene import Scene, printable

_NODE = re.compile(r'^ +(image|row\d+)(?:\[|\(\[)"([^"]*)"(?:\]|\]\))(?::::(\w+))?$')
_EDGE = re.compile(r"^  (image|row\d+) --> (row\d+)$")


def check_mermaid(scene: Scene) -> dict[int, tuple[list[str], str]]:
    """Check that every line is understood, each row and edge there once; give each row's lines and class."""
    first, *lines = mermaid.draw(scene).splitlines()
    assert first == "flowchart TB"
    nodes = [match for line in lines if (match := _NODE.match(line))]
    edges = [match for line in lines if (match := _EDGE.match(line))]
    known = re.compile(r"^  (accTitle: [\w .,/-]*|subgraph (backbone|head)|end|classDef \w+ [\w:#,-]+)$")
    assert len(nodes) + len(edges) + sum(known.match(line) is not None for line in lines) == len(lines)
    assert [_row(match[1]) for match in nodes] == [node.row for node in scene.nodes]
    assert [(_row(match[1]), _row(match[2])) for match in edges] == list(scene.edges)
    return {_row(match[1]): ([_text(line) for line in match[2].split("<br/>")], match[3]) for match in nodes}


def _row(name: str) -> int:
    return IMAGE if name == "image" else int(name.removeprefix("row"))


def _text(label: str) -> str:
    assert re.fullmatch(r"(#\d+;|[\w .,()=/·\[\]-])*", label)
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label)


@pytest.mark.parametrize("text", [BLOCK, FLOW, ELAN], ids=["v8", "v5", "elan"])
def test_shows_every_row_and_edge_once(text: str) -> None:
    nodes = check_mermaid(scene_from(text))
    assert [kind for _, kind in nodes.values()] == [None] * (len(nodes) - 1) + ["final"]


def test_hostile_names() -> None:
    nodes = check_mermaid(chain([*HOSTILE, "Detect"], args=HOSTILE[0]))
    for row, name in enumerate(HOSTILE, start=1):
        lines, _ = nodes[row]
        assert lines == [f"{row} {printable(name)}", f"{HOSTILE[0]} · ? ch"]


def test_inserted_rows_are_marked() -> None:
    nodes = check_mermaid(scene_from(BLOCK, inserted=[9]))
    assert nodes[9] == (["9 C2f", "64 · ? ch", "+ inserted"], "inserted")
    assert [row for row, (_, kind) in nodes.items() if kind == "inserted"] == [9]
