"""Faults that only the first image shows, or that no image shows: joins, upsamplings, norms and the order of levels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import VOCABULARY, check_fine, check_found, checked, codes
from synthetic import BLOCK, FLOW, PARSE_MODEL, parse_model_of, with_rows

from yolo_patcher.check.examples import changed, whole
from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.text import decode_yaml

P1 = "[-1, 1, Conv, [16, 3, 2]]"
DETECT = "[[9, 12], 1, Detect, [nc]]"


def reversed_levels(text: str) -> str:
    assert text.count("[[9, 12], 1, Detect") == 1
    return text.replace("[[9, 12], 1, Detect", "[[12, 9], 1, Detect")


@pytest.mark.parametrize("dimension", [0, 2, 3, -1])
def test_a_concat_of_another_dimension(dimension: int) -> None:
    text = whole(changed("[[-1, 6], 1, Concat, [1]]", f"[[-1, 6], 1, Concat, [{dimension}]]"))
    check_found(text, "YP012", f"row 11 (Concat) joins along dimension {dimension}", "Write 1")
    assert codes(text) == ["YP012"]


@pytest.mark.parametrize("args", ["[-3]", "[]", "[d]", "[true]"])
def test_a_dimension_that_is_the_channels_or_not_told_is_no_finding(args: str) -> None:
    check_fine(whole(changed("[[-1, 6], 1, Concat, [1]]", f"[[-1, 6], 1, Concat, {args}]")))


def test_a_concat_with_an_input_left() -> None:
    text = whole(changed("[[-1, 6], 1, Concat, [1]]", "[[-1], 1, Concat, [1]]"))
    check_found(text, "YP009", "row 11 (Concat) joins several rows, but reads -1 alone", "every row that it shall read")


@pytest.mark.parametrize("factor", [3, 5, 6])
def test_an_upsampling_that_meets_no_level(factor: int) -> None:
    text = whole(changed("[None, 2, nearest]", f"[None, {factor}, nearest]"))
    check_found(text, "YP013", f"row 7 (nn.Upsample) enlarges by {factor}, so row 8 (Concat) can't join it", "by 2")


def test_an_upsampling_that_nothing_of_a_level_joins_may_have_any_factor() -> None:
    rows = [P1, "[-1, 1, nn.Upsample, [None, 3]]", "[-1, 3, C2f, [16]]"]
    check_fine(with_rows(rows, ["[[2], 1, Detect, [nc]]"]))
    both = [P1, "[-1, 1, nn.Upsample, [None, 3]]", "[0, 1, nn.Upsample, [None, 3]]", "[[-1, -2], 1, Concat, [1]]"]
    check_fine(with_rows([*both, "[-1, 3, C2f, [16]]"], ["[[4], 1, Detect, [nc]]"]))


@pytest.mark.parametrize("text", [BLOCK, reversed_levels(FLOW).replace("[[12, 9]", "[[9, 12]")], ids=["block", "flow"])
def test_levels_out_of_order(text: str) -> None:
    check_found(reversed_levels(text), "YP014", "from fine to coarse: 12 (P4), 9 (P3)", "Write [9, 12].")
    assert codes(reversed_levels(text)) == ["YP014"]


def test_the_order_is_looked_at_however_the_branch_hands_the_channels_over() -> None:
    branch = "args.append([ch[x] for x in f])"
    assert branch in PARSE_MODEL
    extended = PARSE_MODEL.replace(branch, "args.extend([16, False, [ch[x] for x in f]])")
    vocabulary = replace(VOCABULARY, parse_model=parse_model_of(extended))
    source = decode_yaml("m.yaml", reversed_levels(BLOCK).encode())
    assert [one.code for one in check_model(source, vocabulary).findings] == ["YP014"]


def test_levels_may_be_listed_as_the_anchors_are() -> None:
    small, large = "  - [10,13, 16,30]  # P3/8\n", "  - [30,61, 62,45]  # P4/16\n"
    assert small + large in FLOW
    check_fine(reversed_levels(FLOW).replace(small + large, large + small))


def test_a_level_that_is_read_again_is_no_matter_of_order() -> None:
    check_fine(whole(changed(DETECT, "[[9, 12, 3, 6], 1, Detect, [nc]]")))


def test_the_channels_of_a_group_norm() -> None:
    text = BLOCK.replace("[-1, 1, SPPF, [128, 5]]", "[-1, 1, nn.GroupNorm, [8, {}]]")
    check_fine(text.replace("{}", "32"))
    (finding,) = checked(text.replace("{}", "128")).findings
    assert finding.code == "YP010"
    assert "has 128 for its input's channels, but row 5 has 32 at scale n" in finding.message
