from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_texts import ELAN
from pictures import HOSTILE, SVG, chain, check_drawing, read_svg, scene_from, scene_of, scene_with
from synthetic import BLOCK, FLOW, with_rows

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import model_files, read_model
from yolo_patcher.report.drawing import svg
from yolo_patcher.report.drawing.layout import DETAIL_SIZE, make_layout, text_width
from yolo_patcher.report.drawing.scene import Scene, printable

YOLOV8 = with_rows(
    [
        "[-1, 1, Conv, [64, 3, 2]]",
        "[-1, 1, Conv, [64, 3, 2]]",
        *["[-1, 1, Conv, [64, 3, 2]]", "[-1, 3, C2f, [64]]"] * 3,
        "[-1, 1, SPPF, [64, 5]]",
    ],
    [
        "[-1, 1, nn.Upsample, [None, 2, nearest]]",
        "[[-1, 5], 1, Concat, [1]]",
        "[-1, 3, C2f, [64]]",
        "[-1, 1, nn.Upsample, [None, 2, nearest]]",
        "[[-1, 3], 1, Concat, [1]]",
        "[-1, 3, C2f, [64]]",
        "[-1, 1, Conv, [64, 3, 2]]",
        "[[-1, 11], 1, Concat, [1]]",
        "[-1, 3, C2f, [64]]",
        "[-1, 1, Conv, [64, 3, 2]]",
        "[[-1, 8], 1, Concat, [1]]",
        "[-1, 3, C2f, [64]]",
        "[[14, 17, 20], 1, Detect, [nc]]",
    ],
)
CLASSIFY = with_rows(["[-1, 1, Conv, [64, 3, 2]]", "[-1, 1, C2f, [64]]"], ["[-1, 1, Classify, [nc]]"])
UNCONNECTED = with_rows(["[-1, 1, Conv, [64, 3, 2]]"], ["[[-1, -1], 1, Concat, [1]]", "[[], 1, Detect, [nc]]"])
ONLY_A_HEAD = with_rows([], ["[-1, 1, Detect, [nc]]"])
UNKNOWN_LEVELS = with_rows(["[-1, 1, Mystery, []]", "[-1, 1, Conv, [8, 3, 2]]"], ["[[0, 1], 1, Detect, []]"])
HUGE_STRIDE = with_rows([f"[-1, 1, Conv, [8, 3, {2**60}]]"] * 2, ["[-1, 1, Detect, []]"])


@pytest.mark.parametrize(
    "text",
    [BLOCK, FLOW, YOLOV8, ELAN, CLASSIFY, UNCONNECTED, ONLY_A_HEAD, UNKNOWN_LEVELS, HUGE_STRIDE],
    ids=["v8-tiny", "v5-tiny", "v8", "elan", "classify", "unconnected", "head-only", "unknown", "huge-stride"],
)
def test_can_be_followed(text: str) -> None:
    check_drawing(scene_from(text))


@st.composite
def _scenes(draw: st.DrawFn) -> Scene:
    count = draw(st.integers(1, 24))
    levels = draw(st.lists(st.none() | st.integers(0, 7), min_size=count, max_size=count))
    edges = []
    for row in range(1, count):
        sources = draw(st.lists(st.integers(max(0, row - 9), row - 1), max_size=4))
        edges += [(source, row) for source in sources]
    return scene_with(levels, edges, backbone=draw(st.integers(0, count)))


@settings(deadline=None, max_examples=60)
@given(_scenes())
def test_can_be_followed_whatever_the_graph(scene: Scene) -> None:
    check_drawing(scene)


def test_familiar_picture() -> None:
    """The backbone goes down on the left, one way up beside it, one way down, and the final row across its inputs."""
    boxes = check_drawing(scene_from(YOLOV8)).boxes
    columns = [range(-1, 9), range(9, 15), range(15, 21), range(21, 22)]
    assert [len({boxes[row].left for row in column}) for column in columns] == [1, 1, 1, 1]
    lefts = [boxes[column[0]].left for column in columns]
    assert lefts == sorted(set(lefts))
    assert [boxes[row].top for row in columns[0]] == sorted(boxes[row].top for row in columns[0])
    assert [boxes[row].top for row in columns[1]] == sorted((boxes[row].top for row in columns[1]), reverse=True)
    assert (boxes[21].top, boxes[21].bottom) == (boxes[14].top, boxes[20].bottom)
    assert (boxes[10].top, boxes[13].top) == (boxes[5].top, boxes[3].top), "laterals are straight"


def test_levels_are_bands() -> None:
    layout = make_layout(scene_from(YOLOV8))
    for box in layout.boxes:
        if not box.node.final:
            band = next(stripe for stripe in layout.stripes if stripe.level == box.node.level)
            assert band.top < box.y < box.y + box.height < band.bottom


def test_hostile_names() -> None:
    scene = chain([*HOSTILE, "Detect"], args="<&\"'>" * 30)
    drawn = check_drawing(scene)
    tooltips = [one.text or "" for one in drawn.root.iter(f"{SVG}title")]
    for row, name in enumerate(HOSTILE, start=1):
        assert any(tip.startswith(f"{row} {printable(name)} · <&\"'>") for tip in tooltips)
    allowed = {"svg", "title", "defs", "marker", "path", "rect", "text", "g", "circle"}
    assert {element.tag.removeprefix(SVG) for element in drawn.root.iter()} <= allowed
    assert not any("href" in name or name.startswith("on") for one in drawn.root.iter() for name in one.attrib)


def test_labels_fit_their_boxes() -> None:
    for box in make_layout(chain([*HOSTILE, "Detect"], args="512, " * 40)).boxes:
        assert text_width(box.detail, DETAIL_SIZE) < box.width
        assert text_width(box.title, 13) < box.width
        assert box.node.final or box.detail.endswith(" ch"), "the channels stay whole"


def test_inserted_rows_are_marked() -> None:
    drawn = check_drawing(scene_from(YOLOV8, inserted=[11, 14]))
    marked = [one for one in drawn.root.iter(f"{SVG}g") if "inserted" in one.get("class", "")]
    assert [one.get("data-row") for one in marked] == ["11", "14"]
    for group in marked:
        rect, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert rect is not None
        assert rect.get("stroke-width") == "3"
        assert text is not None
        assert (text.text or "").startswith("+ ")
    assert "inserted by yolo-patcher" not in svg.draw(scene_from(YOLOV8))


def test_needs_nothing_else() -> None:
    text = svg.draw(scene_from(YOLOV8, inserted=[11]))
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    root = read_svg(text).root
    title, background = root.find(f"{SVG}title"), root.find(f"{SVG}rect")
    assert title is not None
    assert title.text == "m"
    assert background is not None
    assert background.attrib == {"width": root.get("width"), "height": root.get("height"), "fill": "#ffffff"}


@pytest.mark.checkout
@pytest.mark.parametrize("name", ["ultralytics-8.4.190", "yolov5-7.0.14"])
def test_every_stock_model_can_be_followed(pristine: object, name: str) -> None:
    assert callable(pristine)
    root: Path = pristine(name)
    opened = open_checkout(root)
    _, site = recognise(opened.snapshot, opened.package)
    drawn = 0
    for path in model_files(site):
        try:
            model = read_model(site, path)
        except PatcherError:
            continue
        check_drawing(scene_of(model))
        drawn += 1
    assert drawn > 20
