"""Levels where modules are not known: what joins say of them, and what is reported all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import VOCABULARY, check_fine, checked, codes
from synthetic import PARSE_MODEL, parse_model_of, with_rows

from yolo_patcher.check.examples import HEAD, changed, whole
from yolo_patcher.check.run import read_facts
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.level_equations import LevelChanges

P1 = "[-1, 1, Conv, [16, 3, 2]]"
STAGES = with_rows(
    ["[-1, 1, Gate, [48]]", "[-1, 1, Gate, [104]]", "[-1, 1, Gate, [208]]", "[-1, 1, SPPF, [512, 5]]"],
    [
        *("[-1, 1, Conv, [256, 1, 1]]", "[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]"),
        *("[-1, 3, C3, [256]]", "[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 0], 1, Concat, [1]]", "[-1, 3, C3, [128]]"),
        *("[-1, 1, Conv, [256, 3, 2]]", "[[-1, 7], 1, Concat, [1]]", "[-1, 3, C3, [256]]"),
        *("[-1, 1, Conv, [512, 3, 2]]", "[[-1, 4], 1, Concat, [1]]", "[-1, 3, C3, [512]]"),
        "[[10, 13, 16], 1, Detect, [nc]]",
    ],
)


def levels_of(text: str) -> list[int | None]:
    facts = read_facts(decode_yaml("m.yaml", text.encode()), VOCABULARY)
    return [facts.level[row.index] for row in facts.rows]


def test_a_backbone_of_unknown_stages() -> None:
    check_fine(STAGES)
    assert levels_of(STAGES)[:4] == [0, 1, 2, 2]


def test_levels_below_the_image_are_levels() -> None:
    text = with_rows(["[-1, 1, nn.Upsample, [None, 4]]", "[-1, 1, Conv, [16, 3, 2]]"], ["[[1], 1, Detect, [nc]]"])
    assert levels_of(text) == [-2, -1, -1]


def test_an_index_into_unknown_stages_that_can_not_be() -> None:
    text = STAGES.replace("[[-1, 7], 1, Concat", "[[-1, 10], 1, Concat")
    assert "YP007" in codes(text)


def test_one_unknown_module_behaves_alike_everywhere() -> None:
    rows = [P1, "[-1, 1, Gate, []]", "[[-1, 0], 1, Concat, [1]]", "[-1, 1, Gate, []]", "[[-1, {}], 1, Concat, [1]]"]
    text = with_rows([*rows, "[-1, 1, C2f, [16]]"], ["[[5], 1, Detect, [nc]]"])
    check_fine(text.format(2))
    assert [one.row for one in checked(text.format(-5)).findings if one.code == "YP007"] == [4]


@pytest.mark.parametrize(("module", "goes_on"), [("C2f", 2), ("Stage", None)])
def test_a_stage_is_not_said_to_go_on_in_an_unknown_module(module: str, goes_on: int | None) -> None:
    text = PARSE_MODEL.replace("C2f, SPPF}", "C2f, SPPF, Stage}")
    vocabulary = replace(VOCABULARY, parse_model=parse_model_of(text), names=VOCABULARY.names | {"Stage"})
    rows = [P1, "[-1, 1, C2f, [16]]", f"[-1, 1, {module}, [32]]", P1]
    source = decode_yaml("m.yaml", with_rows(rows, ["[[3], 1, Detect, [nc]]"]).encode())
    assert read_facts(source, vocabulary).next_of_stage(1) == goes_on


def test_modules_that_bring_inputs_to_the_level_of_one() -> None:
    text = with_rows([P1, P1, P1, "[[0, 1, 2], 1, HyperACE, [16]]"], ["[[3], 1, Detect, [nc]]"])
    assert levels_of(text) == [1, 2, 3, 2, 2]


def test_equations() -> None:
    changes = LevelChanges()
    assert changes.of("A") == 0
    assert not changes.is_known("A")
    assert changes.learn({"A": 1, "B": 1}, 3)
    assert not changes.is_known("A")
    assert changes.learn({"A": 1, "B": -1}, 1)
    assert [changes.of(name) for name in "AB"] == [2, 1]
    assert changes.is_known("A")
    assert changes.is_known("B")
    assert not changes.learn({"A": 1}, 1)
    assert changes.learn({"A": 2}, 4)
    assert changes.of("A") == 2


@pytest.mark.parametrize(("counts", "total"), [({"A": 2}, 1), ({"A": 1}, 6), ({"A": 1}, -3), ({}, 1), ({"A": 0}, 1)])
def test_changes_that_can_not_be(counts: dict[str, int], total: int) -> None:
    changes = LevelChanges()
    assert not changes.learn(counts, total)
    assert changes.of("A") == 0


SEVERAL = whole(HEAD.replace("[[9, 12], 1, Detect, [nc]]", "[[9], 1, Detect, [nc]]\n  - [[12], 1, Detect, [nc]]"))


def test_several_final_rows_are_outputs() -> None:
    check_fine(SEVERAL)


def test_a_row_of_another_kind_is_none() -> None:
    assert codes(SEVERAL.replace("[[9], 1, Detect, [nc]]", "[9, 1, Gate, []]")).count("YP004") == 1
    assert "YP004" in codes(SEVERAL.replace("Detect", "Gate"))


def test_rows_that_parse_model_reads_in_its_own_way() -> None:
    text = PARSE_MODEL.replace(
        "            c1, c2 = ch[f], args[0]\n", "            c1, c2 = 9 if f == -5 else 8, args[0]\n"
    )
    vocabulary = replace(VOCABULARY, parse_model=parse_model_of(text))
    source = with_rows([P1, "[{}, 1, Conv, [16, 3, 2]]"], ["[[1], 1, Detect, [nc]]"])
    assert read_facts(decode_yaml("m.yaml", source.format(-1).encode()), vocabulary).errors == []
    with pytest.raises(PatcherError) as caught:
        read_facts(decode_yaml("m.yaml", source.format(-5).encode()), vocabulary)
    assert (caught.value.kind, caught.value.line) == ("model", 4)
    assert "row 1 (Conv) reads -5" in caught.value.message


def test_a_repair_is_looked_for_where_an_index_is_before_the_first_row() -> None:
    found = checked(whole(changed("[[-1, 6], 1, Concat, [1]] # 11", "[[-1, 6, -20], 1, Concat, [1]] # 11")))
    assert "YP003" in {one.code for one in found.findings}
