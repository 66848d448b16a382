"""Modules of the checkout's own that bring maps of several levels together, as those of published designs do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import VOCABULARY
from synthetic import PARSE_MODEL, parse_model_of, with_rows

from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.text import decode_yaml

_PARSE_MODEL = PARSE_MODEL.replace("elif m is Concat:", "elif m in {Concat, Zoom_cat, Low_FAM, Own_cat}:").replace(
    "        elif m in {Detect}:\n",
    "        elif m in {ScalSeq, Own_seq}:\n            c2 = args[0]\n        elif m in {Detect}:\n",
)
_NAMES = VOCABULARY.names | {"Zoom_cat", "Low_FAM", "Own_cat", "ScalSeq", "Own_seq"}
OWN = replace(VOCABULARY, parse_model=parse_model_of(_PARSE_MODEL), names=_NAMES, signatures={})
BACKBONE = [
    *("[-1, 1, Conv, [16, 3, 2]]", "[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 3, C2f, [32]]"),
    *("[-1, 1, Conv, [64, 3, 2]]", "[-1, 3, C2f, [64]]", "[-1, 1, SPPF, [64, 5]]"),
]


def own_codes(*head: str) -> list[str]:
    text = with_rows(BACKBONE, list(head))
    return [finding.code for finding in check_model(decode_yaml("m.yaml", text.encode()), OWN).findings]


@pytest.mark.parametrize("row", ["[[1, 3, 6], 1, Zoom_cat, []]", "[[1, 3, 6], 1, Low_FAM, []]"])
def test_a_module_that_brings_levels_together_is_no_join(row: str) -> None:
    assert own_codes(row, "[-1, 3, C2f, [32]]", "[[8], 1, Detect, [nc]]") == []


def test_all_rows_of_a_module_speak_for_what_it_does() -> None:
    collects = ["[[1, 3], 1, Own_cat, []]", "[6, 1, nn.Upsample, [None, 2]]", "[[3, 6], 1, Own_cat, []]"]
    assert "YP007" not in own_codes(*collects, "[[7, 9], 1, Detect, [nc]]")
    joins = ["[6, 1, nn.Upsample, [None, 2]]", "[[-1, 3], 1, Own_cat, []]", "[-1, 3, C2f, [32]]"]
    wrong = ["[6, 1, Conv, [64, 3, 1]]", "[[-1, 3], 1, Own_cat, []]", "[-1, 3, C2f, [64]]"]
    assert "YP007" in own_codes(*joins, *wrong, "[[9, 12], 1, Detect, [nc]]")


def test_some_levels_alike_are_a_join() -> None:
    assert "YP007" in own_codes("[[1, 3, 2], 1, Own_cat, []]", "[-1, 3, C2f, [32]]", "[[8, 6], 1, Detect, [nc]]")


@pytest.mark.parametrize("module", ["ScalSeq", "Own_seq"])
def test_a_collector_of_levels_may_read_what_worked_in_a_stage(module: str) -> None:
    tail = ["[6, 1, Conv, [64, 3, 1]]", "[-1, 3, C2f, [64]]", "[[7, 9], 1, Detect, [nc]]"]
    assert own_codes(f"[[1, 3, 5], 1, {module}, [32]]", *tail) == []
    assert "YP008" in own_codes(f"[[1, 2, 5], 1, {module}, [32]]", *tail)


def test_a_known_join_of_several_levels_is_wrong_all_the_same() -> None:
    assert "YP007" in own_codes("[[1, 3, 6], 1, Concat, [1]]", "[-1, 3, C2f, [32]]", "[[8], 1, Detect, [nc]]")


@pytest.mark.parametrize(("module", "wrong"), [("Zoom_cat", False), ("Low_FAM", True)])
def test_a_module_known_to_bring_levels_together_may_read_a_level_twice(module: str, wrong: bool) -> None:
    found = own_codes(f"[[1, 3, 2], 1, {module}, []]", "[-1, 3, C2f, [32]]", "[[8, 6], 1, Detect, [nc]]")
    assert ("YP007" in found) == wrong
