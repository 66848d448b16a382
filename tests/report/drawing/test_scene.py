from __future__ import annotations

import pytest
from made_up import levels
from pictures import scene_from
from synthetic import BLOCK, model_yaml

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.report.drawing.scene import Node, level_name, make_scene, printable


def test_rows_and_edges() -> None:
    model = model_yaml(BLOCK, "models/v8.yaml")
    width = {IMAGE: 3, **dict.fromkeys(range(14), 16), 13: None}
    scene = make_scene(model, levels(model), width, [9], scale="n", checkout="ultralytics 8.2.0")
    assert (scene.title, scene.subtitle) == ("v8 at scale n", "ultralytics 8.2.0 · models/v8.yaml")
    assert [node.row for node in scene.nodes] == list(range(IMAGE, 14))
    assert [node.title for node in scene.nodes[:2]] == ["image", "0 Conv"]
    assert [edge for edge in scene.edges if edge[1] in (0, 8, 13)] == [(IMAGE, 0), (7, 8), (3, 8), (9, 13), (12, 13)]
    inserted = scene.nodes[10]
    assert (inserted.title, inserted.detail) == ("+ 9 C2f", "64 · 16 ch")
    assert inserted.tooltip == "+ 9 C2f · 64 · 16 ch · P3/8 · inserted by yolo-patcher"
    assert [node.row for node in scene.nodes if node.inserted] == [9]
    assert [(node.row, node.detail) for node in scene.nodes if node.final] == [(13, "nc")]


def test_without_a_scale() -> None:
    assert scene_from(BLOCK).title == "m"


def test_what_is_not_known_is_said() -> None:
    node = Node(3, "head", "Conv", "", None, None, inserted=False, final=False)
    assert node.tooltip == "3 Conv · ? ch"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 注意力 <b>", "Größe 注意力 <b>"),
        ("a\nb\tc\x1b[31m\x00", "a\ufffdb\ufffdc\ufffd[31m\ufffd"),
        ("\u202eabc\u2028\ud800", "\ufffdabc\ufffd\ufffd"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_level_name() -> None:
    assert [level_name(0), level_name(3), level_name(50_000)] == ["P0/1", "P3/8", "P50000"]
