from __future__ import annotations

import pytest
from made_up import levels
from model_texts import ELAN
from refusing import check_refused
from synthetic import BLOCK, model_yaml, with_rows

from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.places import locate, moved
from yolo_patcher.recipe.selector import ALL, FINAL, Selector, completed, parse_selector


def check_located(selector: str, rows: list[int], text: str = BLOCK) -> None:
    model = model_yaml(text)
    places = locate(parse_selector(selector), model, levels(model)).places
    assert [place.reads for place in places] == rows
    assert {place.readers for place in places} == {FINAL if selector.startswith("head") else ALL}


def check_no_place(selector: str, part: str, help: str, text: str = BLOCK, kind: str = "usage") -> PatcherError:
    model = model_yaml(text)
    return check_refused(lambda: locate(parse_selector(selector), model, levels(model)), kind, part, help=help)


@pytest.mark.parametrize(
    ("text", "selector", "slug"),
    [
        ("head", Selector("head", "head", None, None, (), "final"), "head"),
        (" neck ", Selector("neck", "neck", None, None, (), "all"), "neck"),
        ("backbone:p4,p3", Selector("backbone:p4,p3", "backbone", None, None, (3, 4), "all"), "backbone-p3-p4"),
        ("head:p5,p5", Selector("head:p5,p5", "head", None, None, (5,), "final"), "head-p5"),
        ("after:6", Selector("after:6", "after", "6", None, (), "all"), "after-6"),
        ("before:9:p4", Selector("before:9:p4", "before", "9", None, (4,), "all"), "before-9-p4"),
        ("after:C3", Selector("after:C3", "after", "C3", None, (), "all"), "after-C3"),
        ("after:C2f[-1]", Selector("after:C2f[-1]", "after", "C2f", -1, (), "all"), "after-C2f-last"),
        ("after:C2f[-2]", Selector("after:C2f[-2]", "after", "C2f", -2, (), "all"), "after-C2f-m2"),
        ("before:SPPF[0]", Selector("before:SPPF[0]", "before", "SPPF", 0, (), "all"), "before-SPPF-0"),
        ("after:C2f:p4", Selector("after:C2f:p4", "after", "C2f", None, (4,), "all"), "after-C2f-p4"),
        ("head:final", Selector("head:final", "head", None, None, (), "final"), "head"),
        ("head:p5:all", Selector("head:p5:all", "head", None, None, (5,), "all"), "head-p5-all"),
        ("neck:all", Selector("neck:all", "neck", None, None, (), "all"), "neck"),
        ("after:6:next", Selector("after:6:next", "after", "6", None, (), "next"), "after-6-next"),
        (
            "after:C2f[-1]:p4:final",
            Selector("after:C2f[-1]:p4:final", "after", "C2f", -1, (4,), "final"),
            "after-C2f-last-p4-final",
        ),
        ("replace:SPPF", Selector("replace:SPPF", "replace", "SPPF", None, (), ""), "replace-SPPF"),
        ("replace:9:p5", Selector("replace:9:p5", "replace", "9", None, (5,), ""), "replace-9-p5"),
        ("replace:Conv[-1]", Selector("replace:Conv[-1]", "replace", "Conv", -1, (), ""), "replace-Conv-last"),
        ("inside:C2f", Selector("inside:C2f", "inside", "C2f", None, (), ""), "inside-C2f"),
        ("inside:C2f:end", Selector("inside:C2f:end", "inside", "C2f", None, (), "", True), "inside-C2f-end"),
        ("inside:8:end:p5", Selector("inside:8:end:p5", "inside", "8", None, (5,), "", True), "inside-8-end-p5"),
        (
            "after:nn.Upsample[0]:p3",
            Selector("after:nn.Upsample[0]:p3", "after", "nn.Upsample", 0, (3,), "all"),
            "after-nnUpsample-0-p3",
        ),
    ],
)
def test_selector(text: str, selector: Selector, slug: str) -> None:
    assert parse_selector(text) == selector
    assert selector.slug == slug


@pytest.mark.parametrize(
    ("text", "request_text"),
    [("head:final", "head"), ("neck:p3:all", "neck:p3"), ("after:6:all", "after:6"), ("after:6:next", "after:6:next"),
     ("head:all", "head:all"), ("head", "head"), ("backbone:p4,p3", "backbone:p4,p3"),
     ("inside:C2f:end", "inside:C2f:end"), ("replace:Conv:p4", "replace:Conv:p4")],
)  # fmt: skip
def test_readers_that_are_the_default_are_the_same_request(text: str, request_text: str) -> None:
    assert parse_selector(text).request == request_text
    assert parse_selector(text).slug == parse_selector(request_text).slug


@pytest.mark.parametrize(
    ("incomplete", "offered"),
    [
        ("head:", ["head:p3", "head:p4", "head:p5", "head:all", "head:next", "head:final"]),
        ("after", ["after:"]),
        ("after:6", ["after:6:all", "after:6:next", "after:6:final"]),
        ("after:C2f[-1]:p4:f", ["after:C2f[-1]:p4:final"]),
        ("re", ["replace:"]),
        ("replace:SPPF", []),
        ("inside:C2f", ["inside:C2f:end"]),
        ("inside:C2f:e", ["inside:C2f:end"]),
        ("nowhere", []),
    ],
)
def test_completion_knows_the_readers(incomplete: str, offered: list[str]) -> None:
    assert completed(incomplete) == offered


@pytest.mark.parametrize(
    "text",
    [
        "", "Head", "heads", "head:", "head:5", "head:P5", "head:p", "head:p5,", "head:p5:p4", "head[0]", "head:C3",
        "neck[-1]", "backbone:6", "after", "after:", "after:p4", "before", "before:p3,p4", "after:-1", "after:6[0]",
        "after:C3[]", "after:C3[a]", "after:C3[0:2]", "after:C3:4", "after:../x", "after:C 3", "head\nneck",
        "head:next:p3", "head:both", "head:all:next", "after:next", "after:p4:next", "after:6:", "after:6:next:p4",
        "replace", "replace:", "replace:p4", "replace:SPPF:all", "replace:SPPF:final", "replace:SPPF:end", "inside:end",
        "inside:end:p4", "inside:C2f:next", "inside:C2f:p4:end", "inside:C2f:end:all", "after:C2f:end", "head:end",
    ],
)  # fmt: skip
def test_selectors_that_are_none(text: str) -> None:
    with pytest.raises(PatcherError) as caught:
        parse_selector(text)
    assert caught.value.kind == "usage"
    assert repr(text) in caught.value.message
    assert "after:C2f[-1]" in caught.value.help


@pytest.mark.parametrize(
    ("selector", "rows"),
    [
        ("head", [9, 12]),
        ("head:p3", [9]),
        ("head:p4", [12]),
        ("head:p3,p4", [9, 12]),
        ("backbone", [5]),
        ("backbone:p4", [5]),
        ("backbone:p3", [3]),
        ("backbone:p1", [0]),
        ("backbone:p2,p3,p4", [1, 3, 5]),
        ("neck", [9, 12]),
        ("neck:p4", [12]),
        ("after:6", [6]),
        ("after:0", [0]),
        ("after:6:p4", [6]),
        ("before:3", [2]),
        ("before:6", [5]),
        ("before:9", [8]),
        ("after:C2f", [3, 5, 9, 12]),
        ("after:C2f[-1]", [12]),
        ("after:C2f[-4]", [3]),
        ("after:C2f[0]", [3]),
        ("after:C2f:p4", [5, 12]),
        ("after:C2f:p3,p4", [3, 5, 9, 12]),
        ("after:SPPF[0]", [6]),
        ("after:Upsample", [7]),
        ("after:nn.Upsample", [7]),
        ("before:SPPF", [5]),
        ("before:C2f:p3", [2, 8]),
        ("after:Concat[-1]", [11]),
    ],
)
def test_located(selector: str, rows: list[int]) -> None:
    check_located(selector, rows)


@pytest.mark.parametrize(
    ("selector", "rows"),
    [
        ("head", [52, 53]),
        ("backbone", [29]),
        ("backbone:p4", [29]),
        ("neck", [40, 51]),
        ("neck:p4", [51]),
        ("after:MP", [8, 19, 41]),
    ],
)
def test_located_in_elan(selector: str, rows: list[int]) -> None:
    check_located(selector, rows, ELAN)


@pytest.mark.parametrize(
    ("selector", "edges"),
    [
        ("head", [(9, 13), (12, 13)]),
        ("head:final", [(9, 13), (12, 13)]),
        ("head:all", [(9, 10), (9, 13), (12, 13)]),
        ("head:p3:all", [(9, 10), (9, 13)]),
        ("head:next", [(9, 10), (12, 13)]),
        ("neck:final", [(9, 13), (12, 13)]),
        ("neck:p4:next", [(12, 13)]),
        ("backbone:next", [(5, 6)]),
        ("backbone:p3", [(3, 4), (3, 8)]),
        ("backbone:p3:next", [(3, 4)]),
        ("after:6", [(6, 7), (6, 11)]),
        ("after:6:all", [(6, 7), (6, 11)]),
        ("after:6:next", [(6, 7)]),
        ("before:7:next", [(6, 7)]),
        ("after:9:next", [(9, 10)]),
        ("before:10:final", [(9, 13)]),
        ("after:C2f:final", [(9, 13), (12, 13)]),
        ("after:C2f[-2]:final", [(9, 13)]),
        ("after:C2f:p3:next", [(3, 4), (9, 10)]),
    ],
)
def test_the_edges_that_lead_through_a_module(selector: str, edges: list[tuple[int, int]]) -> None:
    model = model_yaml(BLOCK)
    assert list(moved(model, locate(parse_selector(selector), model, levels(model)).places)) == edges


@pytest.mark.parametrize(
    ("selector", "left_out"),
    [
        ("after:C2f", {}),
        ("after:C2f:final", {"is not read by the final row": (3, 5)}),
        ("neck:next", {}),
        ("before:Conv", {"reads the image": (0,)}),
        ("before:Conv:final", {"reads the image": (0,), "is not read by the final row": (0, 1, 3)}),
        ("before:Conv:p3:final", {"is not read by the final row": (3,)}),
    ],
)
def test_of_several_rows_those_that_fit_are_taken(selector: str, left_out: dict[str, tuple[int, ...]]) -> None:
    model = model_yaml(BLOCK)
    assert locate(parse_selector(selector), model, levels(model)).left_out == left_out


@pytest.mark.parametrize(
    ("selector", "part", "help"),
    [
        ("after:3:final", "row 3 (C2f) is not read by the final row",
         "Row 3 is read by 4, 8. What fits here: after:3, after:3:next. The final row reads 9, 12."),
        ("backbone:final", "row 5 (C2f) is not read by the final row", "What fits here: backbone, backbone:next."),
        ("after:SPPF:final", "row 6 (SPPF) is not read by the final row", "after:SPPF, after:SPPF:next."),
        ("after:C2f[0]:p3:final", "row 3 (C2f) is not", "after:C2f[0]:p3, after:C2f[0]:p3:next."),
        ("before:Concat:next", "row 8 (Concat) reads 2 rows", "after:7, after:3"),
    ],
)  # fmt: skip
def test_readers_that_a_row_does_not_have_are_refused(selector: str, part: str, help: str) -> None:
    check_no_place(selector, part, help)


def test_a_row_that_the_next_does_not_read() -> None:
    text = with_rows(["[-1, 1, Conv, [8]]", "[-1, 1, C3, [8]]", "[0, 1, Conv, [8]]"], ["[[1, 2], 1, Detect, [nc]]"])
    check_no_place("after:1:next", "row 1 (C3) is not read by the row that follows", "after:1, after:1:final.", text)


@pytest.mark.parametrize("tail", ["SPP", "SPPF", "SimSPPF", "SPPELAN", "PSA", "C2PSA", "C2fPSA", "SPPCSPC"])
def test_the_tail_of_the_backbone_is_not_counted(tail: str) -> None:
    for tails in ([tail], [tail, "C2PSA"]):
        rows = ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, C3, [8]]", *(f"[-1, 1, {name}, [8]]" for name in tails)]
        check_located("backbone", [1], with_rows(rows, ["[-1, 1, Detect, [nc]]"]))
        check_located("backbone:p1", [1], with_rows(rows, ["[-1, 1, Detect, [nc]]"]))


def test_a_module_that_only_looks_like_a_tail_counts() -> None:
    rows = ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, PSAModule, [8]]"]
    check_located("backbone", [1], with_rows(rows, ["[-1, 1, Detect, [nc]]"]))


def test_a_row_that_the_final_row_reads_twice_gets_one_module() -> None:
    check_located("head", [0], with_rows(["[-1, 1, Conv, [8, 3, 2]]"], ["[[0, 0], 1, Detect, [nc]]"]))


@pytest.mark.parametrize(
    ("selector", "help"),
    [
        ("head:p5", "Rows that head can mean here: 9 C2f (P3), 12 C2f (P4)."),
        ("head:p3,p5", "Rows that head can mean here: 9 C2f (P3), 12 C2f (P4)."),
        ("neck:p5", "Rows that neck can mean here: 9 C2f (P3), 12 C2f (P4)."),
        ("backbone:p5", "3 C2f (P3), 4 Conv (P4), 5 C2f (P4)."),
        (
            "after:14",
            "The model has rows 0 to 13: Conv (5), C2f (4), SPPF (1), nn.Upsample (1), Concat (2), Detect (1).",
        ),
        ("after:C3", "The model has rows 0 to 13"),
        ("after:c2f", "The model has rows 0 to 13"),
        ("after:C2f[4]", "C2f (4)"),
        ("after:C2f[-5]", "C2f (4)"),
        ("after:C2f:p5", "C2f (4)"),
        ("after:C2f[0]:p4", "C2f (4)"),
        ("before:99999999999999999999", "rows 0 to 13"),
    ],
)
def test_what_matches_nothing_lists_what_there_is(selector: str, help: str) -> None:
    error = check_no_place(selector, f"the position {selector!r} matches nothing", help)
    assert error.path == "m.yaml"


@pytest.mark.parametrize(
    ("selector", "part", "help"),
    [
        ("after:13", "row 13 (Detect) is the final row", "Use head"),
        ("after:Detect", "row 13 (Detect) is the final row", "Use head"),
        ("before:0", "row 0 (Conv) reads the image", "after:0"),
        ("before:8", "row 8 (Concat) reads 2 rows", "after:7, after:3"),
        ("before:Concat[1]", "row 11 (Concat) reads 2 rows", "after:10, after:6"),
        ("before:13", "row 13 (Detect) reads 2 rows", "after:9, after:12"),
    ],
)
def test_ambiguous_or_useless_places_are_refused(selector: str, part: str, help: str) -> None:
    check_no_place(selector, part, help)


def test_a_dead_row_is_no_place() -> None:
    text = with_rows(["[-1, 1, Conv, [8]]", "[0, 1, C3, [8]]", "[0, 1, Conv, [8]]"], ["[[2], 1, Detect, [nc]]"])
    check_no_place("after:C3", "row 1 (C3) is read by no row", "Use head", text)


def test_a_row_without_a_single_map_is_no_place() -> None:
    text = with_rows(
        ["[-1, 1, Conv, [8]]", "[-1, 1, CBLinear, [[8]]]"], ["[0, 1, Conv, [8]]", "[[1], 1, Detect, [nc]]"]
    )
    check_no_place("after:CBLinear", "gives no single feature map", "", text)
    check_located("backbone", [0], text)


def test_a_final_row_that_reads_nothing_is_named() -> None:
    text = with_rows(["[-1, 1, Conv, [8]]"], ["[[], 1, Detect, [nc]]"])
    error = check_no_place(
        "head", "the final row (Detect) does not say which rows it reads", "[17, 20, 23]", text, "model"
    )
    assert error.line == 5


def test_no_neck() -> None:
    text = with_rows(["[-1, 1, Conv, [8]]"], ["[-1, 1, Classify, [nc]]"])
    check_no_place("neck", "matches nothing", "Rows that neck can mean here: none.", text)
    check_located("head", [0], text)


def test_rows_that_nothing_is_seen_to_read_hold_no_place() -> None:
    # YOLOv5 v1.0: Detect with an empty `from` takes the rows that have its output channels.
    text = """\
backbone:
  [[-1, 1, Focus, [64, 3]],
   [-1, 1, Conv, [128, 3, 2]],
   [-1, 1, Conv, [256, 3, 2]],
  ]
head:
  [[-1, 1, nn.Upsample, [None, 2, nearest]],
   [[-1, 1], 1, Concat, [1]],
   [-1, 3, BottleneckCSP, [128]],
   [-1, 1, nn.Conv2d, [255, 1, 1]],
   [-2, 1, Conv, [128, 3, 2]],
   [[-1, 2], 1, Concat, [1]],
   [-1, 3, BottleneckCSP, [256]],
   [-1, 1, nn.Conv2d, [255, 1, 1]],
   [[], 1, Detect, [nc, anchors]],
  ]
"""
    model = model_yaml(text)
    level = levels(model)
    assert [place.reads for place in locate(parse_selector("neck"), model, level).places] == [5, 9]
    assert [place.reads for place in locate(parse_selector("backbone"), model, level).places] == [2]
    with pytest.raises(PatcherError) as caught:
        locate(parse_selector("head"), model, level)
    assert "does not say which rows it reads" in caught.value.message
    with pytest.raises(PatcherError) as caught:
        locate(parse_selector("after:10"), model, level)
    assert "read by no row" in caught.value.message
