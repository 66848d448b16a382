"""Shapes of other people's checkouts and YAMLs that are wired as their authors meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import VOCABULARY, check_fine, codes
from synthetic import BLOCK, PARSE_MODEL, parse_model_of, with_rows

from benchmarks.planning import long_model
from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.model.vocabulary import Vocabulary

DETECT_BRANCH = "elif m in {Detect}:"


def fork(old: str, new: str, *names: str, above: str = "") -> Vocabulary:
    """Give the vocabulary of a checkout with another branch, and names of its own."""
    assert PARSE_MODEL.count(old) == 1
    parse_model = parse_model_of(f"{above}\n{PARSE_MODEL.replace(old, new)}")
    return replace(VOCABULARY, parse_model=parse_model, names=VOCABULARY.names | set(names))


def codes_in(vocabulary: Vocabulary, text: str) -> list[str]:
    return [finding.code for finding in check_model(decode_yaml("m.yaml", text.encode()), vocabulary).findings]


def after_upsampling(*rows: str, reads: int, back: int = 32) -> str:
    """Give a model of two levels; its last join reads the end of the backbone (row 3), or a row behind it.

    Args:
        rows: what stands between that end and the upsampling.
        reads: the row that the join reads, beside one of `back` channels.
        back: those channels.
    """
    head = ["[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]", "[-1, 3, C2f, [16]]"]
    here = 4 + len(rows) + 2
    tail = [f"[-1, 1, Conv, [{back}, 3, 2]]", f"[[-1, {reads}], 1, Concat, [1]]", "[-1, 3, C2f, [32]]"]
    stages = ["[-1, 1, Conv, [16, 3, 2]]", "[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 3, C2f, [64]]"]
    return with_rows(stages, [*rows, *head, *tail, f"[[{here}, {here + 3}], 1, Detect, [nc]]"])


@pytest.mark.parametrize(
    ("branch", "wrong"),
    [
        ("c2 = args[1] - args[0]", False),
        ("c1, c2 = args[0], ch[f] - args[0]", False),
        ("c2 = ch[f] * (args[0] + 1)", False),
        ("c2 = args[0]", True),
        ("c1, c2 = ch[f], make_divisible(min(args[0], max_channels) * width, 8)", True),
    ],
)
def test_the_first_argument_is_channels_only_where_the_branch_takes_it_for_them(branch: str, wrong: bool) -> None:
    vocabulary = fork(DETECT_BRANCH, f"elif m is Slice:\n            {branch}\n        {DETECT_BRANCH}", "Slice")
    rows = ["[-1, 1, Conv, [16, 3, 2]]", "[-1, 1, Slice, [0, 16]]", "[-1, 1, Conv, [16, 3, 1]]"]
    found = codes_in(vocabulary, with_rows(rows, ["[[2], 1, Detect, [nc]]"]))
    assert found == (["YP010"] if wrong else [])


@pytest.mark.parametrize(
    "test",
    [
        "m in ((Segment, Pose) + GROUP + (Detect,))",
        "m in ((Segment, Pose) + GROUP + OTHERS)",
        "m in ((Segment, Pose) + tuple(one for one in OTHERS))",
        "m in ((Segment, Pose) + NAMES)",
        "m in ((Segment, Pose) + HEADS.all())",
        "m in (Segment, Pose) or m in OTHERS",
    ],
)
def test_the_final_row_of_a_fork_whose_branch_names_groups(test: str) -> None:
    above = "GROUP = (Pose,)\nOTHERS = (Detect, Pose)\nNAMES = ('Detect', 'Pose')\n"
    assert codes_in(fork(DETECT_BRANCH, f"elif {test}:", "Segment", "Pose", above=above), BLOCK) == []


def test_streams_that_are_fused_in_front_of_the_final_row() -> None:
    stream = ["[-1, 1, Conv, [16, 3, 2]]", "[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 3, C2f, [32]]"]
    again = ["[-5, 1, Conv, [16, 3, 2]]", *stream[1:]]
    joined = ["[[1, 5], 1, Concat, [1]]", "[[3, 7], 1, Concat, [1]]"]
    check_fine(with_rows(stream, [*again, *joined, "[[8, 9], 1, Detect, [nc]]"]))
    assert codes(with_rows(stream, [*again, *joined, "[-1, 3, C2f, [32]]", "[[8, 9], 1, Detect, [nc]]"])) == [
        "YP004",
        "YP005",
        "YP005",
    ]


@pytest.mark.parametrize("row", ["GhostConv, [32, 1, 1]", "CoordConv, [64]", "ELAN_H, [32]", "SPPCSPC, [32]"])
def test_a_stage_that_hands_over_by_another_module(row: str) -> None:
    own = ("GhostConv", "CoordConv", "ELAN_H", "SPPCSPC")
    vocabulary = fork("{Conv, C3,", f"{{Conv, {', '.join(own)}, C3,", *own)
    for reads in (3, 4):
        width = 64 if reads == 3 else int(row.split("[")[1][:2])
        assert codes_in(vocabulary, after_upsampling(f"[-1, 1, {row}]", reads=reads, back=width)) == []


def test_a_stage_hands_nothing_over_by_a_block_that_keeps_the_channels() -> None:
    assert codes(after_upsampling("[-1, 1, SPPF, [64, 5]]", reads=4)) == []
    assert codes(after_upsampling("[-1, 1, SPPF, [64, 5]]", reads=3)) == ["YP008"]


def test_output_convolutions_beside_the_path_are_no_work_of_a_stage() -> None:
    vocabulary = fork("{Conv, C3,", "{nn.Conv2d, Conv, C3,")
    stages = ["[-1, 1, Conv, [16, 3, 2]]", "[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 3, C2f, [16]]"]
    head = [
        *("[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]", "[-1, 3, C2f, [16]]"),
        *("[-1, 1, nn.Conv2d, [27, 1, 1]]", "[-2, 1, Conv, [16, 3, 2]]", "[[-1, 3], 1, Concat, [1]]"),
        *("[-1, 3, C2f, [16]]", "[-1, 1, nn.Conv2d, [27, 1, 1]]", "{}"),
    ]
    for final in ("[[], 1, Detect, [nc]]", "[[7, 11], 1, Detect, [nc]]"):
        assert codes_in(vocabulary, with_rows(stages, [row.format(final) for row in head])) == []
    dead = with_rows(stages, [row.format("[[6, 10], 1, Detect, [nc]]") for row in head])
    assert codes_in(vocabulary, dead) == ["YP004", "YP004"]


@pytest.mark.parametrize("length", [10, 12, 20, 100])
def test_the_models_that_planning_is_measured_on_are_wired_rightly(length: int) -> None:
    check_fine(long_model(length))
