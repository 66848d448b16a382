from __future__ import annotations

import html
import re
import shutil
import subprocess

import pytest
from model_texts import ELAN
from pictures import HOSTILE, chain, scene_from
from synthetic import BLOCK, FLOW

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing import dot
from yolo_patcher.report.drawing.scene import Scene, printable

_NODE = re.compile(r'^ +(image|row\d+) \[label="((?:[^"\\]|\\.)*)"([^"]*("[^"]*")?)*\]$')
_EDGE = re.compile(r"^  (image|row\d+) -> (row\d+)$")


def check_dot(scene: Scene) -> dict[int, str]:
    """Check that each row and edge is there once; give each row's label as Graphviz shows it."""
    text = dot.draw(scene)
    nodes = [match for line in text.splitlines() if (match := _NODE.match(line))]
    edges = [match for line in text.splitlines() if (match := _EDGE.match(line))]
    assert [_row(match[1]) for match in nodes] == [node.row for node in scene.nodes]
    assert [(_row(match[1]), _row(match[2])) for match in edges] == list(scene.edges)
    return {_row(match[1]): _shown(match[2]) for match in nodes}


def _row(name: str) -> int:
    return IMAGE if name == "image" else int(name.removeprefix("row"))


def _shown(label: str) -> str:
    return html.unescape(re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], label))


@pytest.mark.parametrize("text", [BLOCK, FLOW, ELAN], ids=["v8", "v5", "elan"])
def test_shows_every_row_and_edge_once(text: str) -> None:
    check_dot(scene_from(text))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not there")
@pytest.mark.parametrize(
    "scene",
    [*map(scene_from, (BLOCK, FLOW, ELAN)), chain([*HOSTILE, "Detect"], args=HOSTILE[4])],
    ids=["v8", "v5", "elan", "hostile"],
)
def test_graphviz_reads_the_same(scene: Scene) -> None:
    command = ["dot", "-Tplain"]
    ended = subprocess.run(command, input=dot.draw(scene).encode(), capture_output=True, timeout=600, check=True)
    assert not ended.stderr
    assert len(re.findall(rb"^node ", ended.stdout, re.MULTILINE)) == len(scene.nodes)
    assert len(re.findall(rb"^edge ", ended.stdout, re.MULTILINE)) == len(scene.edges)


def test_hostile_names() -> None:
    nodes = check_dot(chain([*HOSTILE, "Detect"], args=HOSTILE[4]))
    for row, name in enumerate(HOSTILE, start=1):
        assert nodes[row] == f"{row} {printable(name)}\n{HOSTILE[4]} · ? ch"


def test_inserted_rows_are_marked() -> None:
    nodes = check_dot(scene_from(BLOCK, inserted=[9]))
    assert [row for row, label in nodes.items() if label.startswith("+ ")] == [9]
    assert dot.draw(scene_from(BLOCK, inserted=[9])).count("penwidth=3") == 1
