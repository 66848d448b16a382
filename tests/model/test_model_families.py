"""Every selector on families that no pinned checkout has, in their ways of writing."""

from __future__ import annotations

import re

import pytest
from selector_checks import check, check_help, check_surgery, forms, subject
from stock_oracle import NEW, edges, expected, graph, meant
from synthetic import BLOCK, insert_rows, model_yaml, with_rows

from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.places import Place
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.recipe.selector import FINAL

RELATIVE = """\
backbone:
  [[-1, 1, ReOrg, []],  # 0
   [-1, 1, Conv, [16, 3, 1]],  # 1-P1/2
   [-1, 1, Conv, [32, 3, 2]],  # 2-P2/4
   [-1, 1, Conv, [16, 1, 1]],
   [-2, 1, Conv, [16, 1, 1]],
   [-1, 1, Conv, [16, 3, 1]],
   [-1, 1, Conv, [16, 3, 1]],
   [[-1, -2, -3, -4], 1, Concat, [1]],
   [-1, 1, Conv, [64, 1, 1]],  # 8
   [-1, 1, MP, []],
   [-1, 1, Conv, [32, 1, 1]],
   [-3, 1, Conv, [32, 1, 1]],
   [-1, 1, Conv, [32, 3, 2]],
   [[-1, -3], 1, Concat, [1]],  # 13-P3/8
   [-1, 1, Conv, [64, 3, 2]],  # 14-P4/16
  ]
head:
  [[-1, 1, Conv, [64, 1, 1]],  # 15
   [-1, 1, nn.Upsample, [None, 2, 'nearest']],
   [13, 1, Conv, [64, 1, 1]],
   [[-1, -2], 1, Concat, [1]],
   [-1, 1, Conv, [32, 1, 1]],
   [-2, 1, Conv, [32, 1, 1]],
   [-1, 1, Conv, [32, 3, 1]],
   [[-1, -2, -3], 1, Concat, [1]],
   [-1, 1, Conv, [64, 1, 1]],  # 23
   [-1, 1, Conv, [64, 3, 2]],
   [[-1, 15, 14], 1, Concat, [1]],
   [-1, 1, Conv, [64, 1, 1]],  # 26
   [23, 1, Conv, [32, 3, 1]],
   [-2, 1, Conv, [64, 3, 1]],
   [23, 1, Conv, [32, 3, 1]],
   [26, 1, Conv, [64, 3, 1]],
   [13, 1, Conv, [32, 3, 1]],
   [14, 1, Conv, [64, 3, 1]],
   [8, 1, Conv, [16, 3, 1]],
   [-26, 1, Conv, [16, 3, 1]],
   [[27, 28, 29, 30, 31, 32, -2, -1], 1, IAuxDetect, [nc, anchors]],  # 35 Detect(P3, P4)
  ]
"""
TWO_FROM_THE_IMAGE = with_rows(
    [
        "[-1, 1, Conv, [16, 3, 2]] # 0-P1/2",
        "[-2, 1, Conv, [16, 3, 2]] # 1-P1/2",
        "[[-1, 0], 1, Concat, [1]]",
        "[-4, 1, nn.MaxPool2d, [2]] # 3-P1/2",
        "[[-1, -2], 1, Concat, [1]]",
        "[-1, 1, Conv, [32, 3, 2]] # 5-P2/4",
    ],
    ["[-1, 1, Conv, [32]]", "[[-1, 5, -1], 1, Detect, [nc]]"],
)
NOTHING_READ = """\
backbone:
  [[-1, 1, Focus, [16, 3]],
   [-1, 1, Conv, [32, 3, 2]],
   [-1, 1, CBLinear, [[8]]],
   [-2, 1, Conv, [32, 3, 2]],
  ]
head:
  [[-1, 1, Conv, [8, 1, 1]],  # 4
   [-2, 1, nn.Conv2d, [27, 1, 1]],
   [-2, 1, Conv, [8, 3, 2]],
   [-1, 1, nn.Conv2d, [27, 1, 1]],
   [[], 1, Detect, [nc, anchors]],
  ]
"""
MANY_LINES = """\
backbone:
  [
    [
      -1, 1,
      Conv, [16, 3, 2]
    ],  # 0
    [-1, 1, Conv,  # narrow
      [32, 3, 2]],  # 1
    [
      [
        -1
      ],
      1, Conv, [32, 3, 1]]
  ]
head: [
  [
    [
      -1,  # the last
      1    # row 1
    ],
    1,
    Concat,
    [1]
  ],
  [-1, 1, Conv, [32,
                 3, 2]], [-2, 1, Conv, [16]],
  [[4,
    -1], 1, Detect,
   [nc]]]
"""


@pytest.mark.slow
@pytest.mark.quick(newline=("\n",))
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("text", [RELATIVE, TWO_FROM_THE_IMAGE, NOTHING_READ], ids=["relative", "image", "nothing"])
def test_every_selector_on_other_families(text: str, newline: str) -> None:
    one = subject(text.replace("\n", newline))
    # The oracle's rule for necks is that of chains, and a final row without sources is no wrong selector.
    skipped = {"neck"} | ({"head"} if text is NOTHING_READ else set())
    planned = [check(one, form) for form in forms(one.oracle) if form[1] not in skipped]
    assert {True, False} == {*planned}


def test_named_positions_where_indices_are_relative() -> None:
    one = subject(RELATIVE)
    assert [found.reads for found in one.located("head")] == [27, 28, 29, 30, 31, 32, 33, 34]
    assert [found.reads for found in one.located("neck")] == [23, 26]
    assert [found.reads for found in one.located("backbone")] == [14]
    check_surgery(one, one.located("neck"), "neck")


def test_eight_maps_enter_the_final_row() -> None:
    patched = insert_rows(model_yaml(RELATIVE), [NewRow(Place(row, FINAL), NEW, ()) for row in (28, 34)])
    assert patched == RELATIVE.replace(
        "   [[27, 28, 29, 30, 31, 32, -2, -1], 1, IAuxDetect, [nc, anchors]],  # 35 Detect(P3, P4)\n",
        "   [28, 1, SE, []],  # 35\n   [34, 1, SE, []],  # 36\n"
        "   [[27, 35, 29, 30, 31, 32, -4, -1], 1, IAuxDetect, [nc, anchors]],  # 37 Detect(P3, P4)\n",
    )


def test_a_row_behind_the_first_that_reads_the_image_still_does() -> None:
    patched = insert_rows(model_yaml(TWO_FROM_THE_IMAGE), [NewRow(Place(0), NEW, ())])
    assert patched.splitlines()[2:8] == [
        "  - [-1, 1, Conv, [16, 3, 2]] # 0-P1/2",
        "  - [-1, 1, SE, []] # 1",
        "  - [-3, 1, Conv, [16, 3, 2]] # 2-P1/2",
        "  - [[-1, 1], 1, Concat, [1]]",
        "  - [-5, 1, nn.MaxPool2d, [2]] # 4-P1/2",
        "  - [[-1, -2], 1, Concat, [1]]",
    ]


def test_a_final_row_that_names_no_row_is_offered_what_works() -> None:
    one = subject(NOTHING_READ)
    for selector in ("after:8", "after:Detect", "after:7", "before:8", "after:CBLinear", "after:nn.Conv2d"):
        with pytest.raises(PatcherError) as caught:
            one.located(selector)
        assert "head" not in caught.value.help
        check_help(one, caught.value)


def test_rows_of_levels_not_asked_for_are_no_reason_to_refuse() -> None:
    # Row 8 reads two rows.
    one = subject(BLOCK)
    assert [found.reads for found in one.located("before:Conv:p3")] == [3, 9]
    assert not one.fits("before:Concat:p3")
    dead = subject(with_rows(["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, Conv, [8]]", "[0, 1, Conv, [8, 3, 2]]"],
                             ["[-1, 1, Detect, [nc]]"]))  # fmt: skip
    assert [found.reads for found in dead.located("after:Conv:p2")] == [2]
    assert [found.reads for found in dead.located("after:Conv:p1")] == [0]
    assert not dead.fits("after:Conv[1]:p1")


def test_an_output_of_several_maps_holds_no_module() -> None:
    split = "[-1, 1, TorchVision, [768, convnext_tiny, DEFAULT, True, 2, {}]]"
    for several in (True, False):
        rows = [split.format(several), "[0, 1, Index, [192, 4]]", "[0, 1, Index, [384, 6]]"]
        one = subject(with_rows(rows, ["[[1, 2], 1, Detect, [nc]]"]))
        for selector in ("after:0", "before:1", "before:Index", "after:TorchVision"):
            assert one.fits(selector) is not several
    with pytest.raises(PatcherError, match="gives no single feature map") as caught:
        subject(with_rows([split.format(True), "[0, 1, Index, [192, 4]]"], ["[1, 1, Detect, [nc]]"])).located("after:0")
    assert caught.value.help == "Name a row whose output others read: after:1."


def test_rows_written_over_many_lines() -> None:
    one = subject(MANY_LINES)
    for form in forms(one.oracle):
        rows = meant(one.oracle, *form[1:]) if form[1] != "neck" else None
        if rows is None:
            assert not one.fits(form[0])
            continue
        places = one.located(form[0])
        assert [found.reads for found in places] == rows
        patched = insert_rows(one.model, [NewRow(found, NEW, ()) for found in places])
        taken = edges(one.oracle, rows, form[1], form[5])
        at_the_end = form[5] == "final" or (form[1] == "head" and not form[5])
        assert graph(patched) == expected(MANY_LINES, taken, at_the_end=at_the_end)
        without = re.sub(r"(?m)^ *\[-?\d+, 1, SE, \[\]\],?(  # \d+)?\n|,? \[-?\d+, 1, SE, \[\]\]", "", patched)
        assert _unnumbered(without) == _unnumbered(MANY_LINES)
    assert insert_rows(one.model, [NewRow(found, NEW, ()) for found in one.located("head")]) == MANY_LINES.replace(
        "  [[4,\n    -1], 1, Detect",
        "  [4, 1, SE, []],  # 6\n  [5, 1, SE, []],  # 7\n  [[6,\n    -1], 1, Detect",
    )


def _unnumbered(text: str) -> str:
    return re.sub(r"-?\d+", "0", re.sub(r",(?=\s*\]\s*(\]|head))", "", text))
