"""Channels that a row is taken to give, where its branch says none, or says others than its module gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import VOCABULARY
from synthetic import PARSE_MODEL, parse_model_of, with_rows

from yolo_patcher.check.finding import Finding
from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.text import decode_yaml

_PARSE_MODEL = PARSE_MODEL.replace(
    "        elif m in {Detect}:\n",
    """\
        elif m is Silent:
            args = [ch[f], *args]
        elif m is Known:
            c1, c2 = ch[f], args[0]
            args = [c1, *args[1:]]
        elif m in {Detect}:
""",
)
_NAMES = VOCABULARY.names | {"Silent", "Known"}
P1, P2, P3 = "[-1, 1, Conv, [16, 3, 2]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, Conv, [64, 3, 2]]"


def found(rows: list[str], head: list[str], parse_model: str = _PARSE_MODEL) -> list[Finding]:
    vocabulary = replace(VOCABULARY, parse_model=parse_model_of(parse_model), names=_NAMES)
    return list(check_model(decode_yaml("m.yaml", with_rows(rows, head).encode()), vocabulary).findings)


def test_a_branch_that_says_no_channels_keeps_those_of_the_row_before() -> None:
    (finding,) = found([P1, P2, P3], ["[1, 1, Silent, []]", "[2, 1, Silent, []]", "[[3, 4], 1, Detect, [nc]]"])
    assert (finding.code, finding.row) == ("YP010", 3)
    assert "row 3 (Silent) is taken for 64 channels wide, as row 2 is, but reads row 1, which has 32" in finding.message
    assert finding.fix == "Let the branch of Silent in `parse_model` set c2, as by `c2 = ch[f]`."


def test_what_is_kept_is_kept_on() -> None:
    head = ["[0, 1, Silent, []]", "[1, 1, Silent, []]", "[2, 1, Silent, []]", "[[3, 4, 5], 1, Detect, [nc]]"]
    assert [one.row for one in found([P1, P2, P3], head)] == [3, 4]


@pytest.mark.parametrize("source", [-1, 2])
def test_the_channels_of_the_row_before_may_be_kept(source: int) -> None:
    assert found([P1, P2, P3], [f"[{source}, 1, Silent, []]", "[[3], 1, Detect, [nc]]"]) == []


def test_a_loop_may_set_the_channels_itself() -> None:
    head = ["[1, 1, Silent, []]", "[2, 1, Silent, []]", "[[3, 4], 1, Detect, [nc]]"]
    text = _PARSE_MODEL.replace(
        "        if m in {Conv", "        c2 = ch[f] if isinstance(f, int) else ch[-1]\n        if m in {Conv"
    )
    assert text != _PARSE_MODEL
    assert found([P1, P2, P3], head, text) == []


def test_a_row_of_channels_that_nobody_reads_is_left_alone() -> None:
    head = ["[1, 1, Silent, []]", "[[2], 1, Detect, [nc]]"]
    assert "YP010" not in [one.code for one in found([P1, P2, P3], head)]


def test_a_module_that_keeps_its_channels_has_those_of_its_input() -> None:
    (finding,) = found([P1, P2, P3], ["[-1, 1, Known, [128]]", "[[3], 1, Detect, [nc]]"])
    assert (finding.code, finding.row) == ("YP010", 3)
    assert "row 3 (Known) is taken for 128 channels wide, but gives the 64 of row 2" in finding.message
    assert found([P1, P2, P3], ["[-1, 1, Known, [64]]", "[[3], 1, Detect, [nc]]"]) == []


def test_wrong_channels_that_are_kept_are_told_once() -> None:
    head = ["[-1, 1, Known, [128]]", "[-1, 1, Silent, []]", "[[4], 1, Detect, [nc]]"]
    assert [one.row for one in found([P1, P2, P3], head)] == [3]
