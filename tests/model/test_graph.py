from __future__ import annotations

import pytest
from made_up import levels
from model_texts import ELAN
from synthetic import BLOCK, FLOW, model_yaml, with_rows

from benchmarks.survey.miswirings import dead_rows
from yolo_patcher.model.graph import fusions, readers, stage_end
from yolo_patcher.model.rows import IMAGE, ModelYaml


def head_of(rows: list[str]) -> ModelYaml:
    """Give a model whose backbone has P1 (row 0), P2 (row 1) and P3 (row 2)."""
    return model_yaml(with_rows(["[-1, 1, Conv, [8, 3, 2]]"] * 3, rows))


@pytest.mark.parametrize("text", [BLOCK, FLOW], ids=["block", "flow"])
def test_levels(text: str) -> None:
    found = levels(model_yaml(text))
    assert found[IMAGE] == 0
    assert [found[row] for row in range(13)] == [1, 2, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4]
    assert found[13] is None


def test_levels_of_elan() -> None:
    found = levels(model_yaml(ELAN))
    assert {row: found[row] for row in (1, 7, 12, 18, 23, 29, 30, 32, 34, 40, 45, 51, 52, 53)} == {
        1: 2, 7: 2, 12: 3, 18: 3, 23: 4, 29: 4, 30: 4, 32: 3, 34: 3, 40: 3, 45: 4, 51: 4, 52: 3, 53: 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "level"),
    [
        ("[-1, 1, Conv, [8]]", 3),
        ("[-1, 1, Conv, [8, 3, [2, 2]]]", 4),
        ("[-1, 1, Conv, [8, 3, [2, 1]]]", None),
        ("[-1, 1, Conv, [8, 3, s]]", None),
        ("[-1, 1, Conv, [8, 3, true]]", None),
        ("[-1, 1, Conv, [8, 3, 3]]", None),
        ("[-1, 1, Focus, [8, 3]]", 4),
        ("[-1, 1, nn.MaxPool2d, [2]]", 4),
        ("[-1, 1, nn.MaxPool2d, [3, 2, 1]]", 4),
        ("[-1, 1, nn.MaxPool2d, [3, 1, 1]]", 3),
        ("[-1, 1, nn.Upsample, [None, 4]]", 1),
        ("[-1, 1, nn.Upsample, [[40, 40]]]", None),
        ("[-1, 1, nn.ConvTranspose2d, [8, 2, 2]]", 2),
        ("[-1, 1, ADown, [8]]", 4),
        ("[-1, 1, HGStem, [8, 8]]", 5),
        ("[-1, 1, ResNetLayer, [3, 8, 1, True, 1]]", 5),
        ("[-1, 1, ResNetLayer, [3, 8, 2, False, 1]]", 4),
        ("[[1, 2], 1, Concat, [1]]", None),
        ("[[], 1, Concat, [1]]", None),
        ("[-1, 1, TheirOwn, [8]]", None),
        ("[-1, 1, torch.nn.MaxPool2d, [2]]", 4),
    ],
)
def test_level_of_a_row(row: str, level: int | None) -> None:
    assert levels(head_of([row, "[[3], 1, Detect, [nc]]"]))[3] == level


@pytest.mark.parametrize(
    "row",
    ["[-1, 1, Conv, [8, 3, 0]]", "[-1, 1, nn.Upsample, [None, 0]]", "[-1, 1, Conv, [8, 3, -2]]"],
)
def test_an_impossible_stride_has_no_level(row: str) -> None:
    found = levels(head_of([row, "[-1, 1, Conv, [8, 1, 1]]", "[[3], 1, Detect, [nc]]"]))
    assert (found[3], found[4]) == (None, None)


def test_readers_and_dead_rows() -> None:
    model = head_of(["[1, 1, Conv, [8]]", "[-1, 1, Conv, [8]]", "[[-1, 3], 1, Concat, [1]]", "[[3], 1, Detect, [nc]]"])
    assert readers(model) == {IMAGE: [0], 0: [1], 1: [2, 3], 2: [], 3: [4, 5, 6], 4: [5], 5: [], 6: []}
    assert dead_rows(model) == {2, 4, 5}
    assert dead_rows(model_yaml(BLOCK)) == set()
    assert dead_rows(model_yaml(ELAN)) == set()


def fusion_stages(text: str) -> dict[int, int]:
    model = model_yaml(text)
    level = levels(model)
    return {start: stage_end(model, start, level) for start in fusions(model, level)}


# YOLOv5 has a Conv between a fusion stage and the Upsample; that Conv belongs to the stage.
WITH_LATERAL = with_rows(
    ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, C3, [8]]", "[-1, 1, Conv, [8, 3, 2]]"],
    [
        "[-1, 1, Conv, [8, 1, 1]]",  # 4
        "[-1, 1, nn.Upsample, [None, 2]]",  # 5
        "[[-1, 2], 1, Concat, [1]]",  # 6
        "[-1, 3, C3, [8, False]]",  # 7
        "[-1, 1, Conv, [8, 3, 2]]",  # 8
        "[[-1, 4], 1, Concat, [1]]",  # 9
        "[-1, 3, C3, [8, False]]",  # 10
        "[[7, 10], 1, Detect, [nc]]",
    ],
)


@pytest.mark.parametrize(
    ("text", "stages"),
    [(BLOCK, {8: 9, 11: 12}), (FLOW, {8: 9, 11: 12}), (WITH_LATERAL, {6: 7, 9: 10}), (ELAN, {34: 40, 45: 51})],
    ids=["block", "flow", "with lateral", "elan"],
)
def test_fusions(text: str, stages: dict[int, int]) -> None:
    assert fusion_stages(text) == stages


@pytest.mark.parametrize(
    "rows",
    [
        ["[-1, 1, Conv, [8]]", "[2, 1, Conv, [8]]", "[[3, 4], 1, Concat, [1]]"],
        ["[-1, 1, MP, []]", "[2, 1, Conv, [8, 3, 2]]", "[[3, 4], 1, Concat, [1]]"],
        ["[2, 1, Conv, [8]]", "[[-1, 2], 1, Concat, [1]]", "[-1, 1, Conv, [8]]"],
        ["[[2, 2], 1, Concat, [1]]", "[-1, 1, Conv, [8]]", "[-1, 1, Conv, [8]]"],
        ["[[1, 2], 1, Concat, [1]]", "[2, 1, Conv, [8]]", "[-1, 1, Conv, [8]]"],
    ],
    ids=["two branches", "pooled and strided", "shortcut", "with itself", "unequal strides"],
)
def test_joins_that_are_no_fusions(rows: list[str]) -> None:
    model = head_of([*rows, "[[5], 1, Detect, [nc]]"])
    assert fusions(model, levels(model)) == []


def test_a_join_in_the_backbone_is_no_fusion() -> None:
    rows = ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, nn.Upsample, [None, 2]]", "[[-1, -3], 1, Concat, [1]]"]
    text = with_rows(["[-1, 1, Conv, [8]]", *rows], ["[[3], 1, Detect, [nc]]"])
    assert fusion_stages(text) == {}
    moved = with_rows(["[-1, 1, Conv, [8]]"], [*rows, "[[3], 1, Detect, [nc]]"])
    assert fusion_stages(moved) == {3: 3}


def test_a_stage_ends_where_a_row_reads_from_before_it() -> None:
    rows = ["[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]", "[-1, 1, Conv, [8]]", "[1, 1, Conv, [8]]"]
    model = head_of([*rows, "[[5, 6], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 5


# Row 4 begins the stage: two branches from it, each ended by a pointwise Conv, that a Shortcut adds.
_UP = ("[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]")
_BRANCHES = (
    *("[4, 1, Conv, [8]]", "[4, 1, Conv, [8]]", "[-1, 1, Conv, [8, 3, 1]]", "[[-1, -2, -3], 1, Concat, [1]]"),
    "[-1, 1, Conv, [16]]",  # 9
    *("[4, 1, Conv, [8]]", "[4, 1, Conv, [8]]", "[-1, 1, Conv, [8, 3, 1]]", "[[-1, -2, -3], 1, Concat, [1]]"),
    "[-1, 1, Conv, [16]]",  # 14
    "[[-1, 9], 1, Shortcut, [1]]",  # 15
)


@pytest.mark.parametrize("auxiliary", [9, 14, 8, 12])
@pytest.mark.parametrize("narrowed", [[], ["[-1, 1, Conv, [8]]"]], ids=["whole", "narrowed"])
def test_a_stage_of_two_branches_ends_where_they_are_added(auxiliary: int, narrowed: list[str]) -> None:
    way_up = [*narrowed, "[-1, 1, nn.Upsample, [None, 2]]", "[[15], 1, Conv, [8, 3, 2]]"]
    model = head_of([*_UP, *_BRANCHES, *way_up, f"[{auxiliary}, 1, Conv, [8]]", "[[-1, -2, -3], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 15


def test_two_ways_out_of_a_stage_part_at_its_end() -> None:
    """Darknet's YOLOv3 has a Conv to its output beside one to the next Upsample."""
    rows = ["[-1, 1, Conv, [8]]", "[-1, 1, Conv, [16, 3, 1]]", "[-2, 1, Conv, [8]]", "[-1, 1, nn.Upsample, [None, 2]]"]
    model = head_of([*_UP, *rows, "[[6, 8], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 5


def test_a_stage_goes_on_behind_rows_of_another_way() -> None:
    """Rows 5 and 8 belong to other ways; without a look behind them the stage would end at its raw Concat."""
    rows = ["[1, 1, Conv, [8]]", "[4, 1, Conv, [8]]", "[4, 1, Conv, [8]]", "[2, 1, Conv, [8]]"]
    model = head_of([*_UP, *rows, "[[6, 7], 1, Concat, [1]]", "[-1, 1, Conv, [8]]", "[[5, 8, 10], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 10


def test_a_stage_with_an_end_does_not_go_on_far_behind() -> None:
    rows = ["[-1, 1, Conv, [8]]", "[-1, 1, Conv, [8, 3, 2]]", "[5, 1, Conv, [16, 3, 1]]"]
    model = head_of([*_UP, *rows, "[[6, 7], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 5


def test_a_stage_that_parts_at_once_is_its_join() -> None:
    model = head_of([*_UP, "[4, 1, Conv, [8]]", "[4, 1, Conv, [8]]", "[[5, 6], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 4


def test_a_dead_stage_is_its_join() -> None:
    model = head_of([*_UP, "[4, 1, Conv, [8]]", "[[2], 1, Detect, [nc]]"])
    assert stage_end(model, 4, levels(model)) == 4
