from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from checking import VOCABULARY, check_fine, check_found, checked, codes
from model_texts import ELAN
from synthetic import BLOCK, FLOW, with_rows

from yolo_patcher.check import docs
from yolo_patcher.check.examples import HEAD, changed, whole
from yolo_patcher.check.rules import NAMES, RULES, SHAPE, WIRING, fused_branches
from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.text import decode_yaml

ROOT = Path(__file__).resolve().parents[2]
P1 = "[-1, 1, Conv, [16, 3, 2]]"
DETECT = "[[-1], 1, Detect, [nc]]"


def with_head(old: str, new: str) -> str:
    return whole(changed(old, new))


@pytest.mark.parametrize("code", RULES)
def test_the_examples_of_a_rule(code: str) -> None:
    rule = RULES[code]
    assert code in codes(whole(rule.WRONG))
    check_fine(whole(rule.RIGHT))
    for finding in checked(whole(rule.WRONG)).findings:
        assert finding.message.startswith(f"row {finding.row} ")
        assert not finding.message.endswith(".")
        assert finding.fix.endswith((".", "?"))
        assert whole(rule.WRONG).splitlines()[finding.line - 1].strip().startswith("- ")


def test_every_rule_has_one_code() -> None:
    assert len(RULES) == len(SHAPE) + len(NAMES) + len(WIRING)
    assert list(RULES) == sorted(RULES)
    assert all(code == rule.CODE and rule.TITLE and rule.WHY.endswith(".\n") for code, rule in RULES.items())
    with pytest.raises(ValueError, match="no such line"):
        changed("no such line", "")


def test_the_page_is_what_the_rules_say() -> None:
    written = (ROOT / "docs" / "checks.md").read_text("utf-8")
    assert written == docs.document(), "run `python -m yolo_patcher.check.docs > docs/checks.md`"


@pytest.mark.parametrize("text", [BLOCK, FLOW, whole(HEAD)], ids=["block", "flow", "examples"])
def test_nothing_is_wrong(text: str) -> None:
    check_fine(text)
    assert checked(text).repair is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[-1, 3, C2f]", "row 9 does not have four parts"),
        ("Conv", "row 9 does not have four parts"),
        ("[x, 1, C2f, [64]]", "row 9 reads 'x', which is no row"),
        ("[-1, 1, 5, [64]]", "row 9 has the module 5"),
        ("[-1, 1, C2f, 64]", "row 9 has the arguments 64"),
        ("[-1, x, C2f, [64]]", "row 9 (C2f) has the repeats 'x'"),
        ("[-1, 0, C2f, [64]]", "row 9 (C2f) has the repeats 0"),
    ],
)
def test_malformed_rows(row: str, message: str) -> None:
    check_found(with_head("[-1, 3, C2f, [64]] # 9", row), "YP001", message, "")


def test_a_row_that_is_an_alias_is_no_finding() -> None:
    text = whole(HEAD.replace("- [-1, 1, nn.Upsample", "- &row [-1, 1, nn.Upsample"))
    check_fine(text)
    twice = with_rows([P1, "&row [-1, 1, Conv, [16, 3, 1]]", "*row"], [DETECT])
    check_fine(twice)


def test_while_a_row_is_malformed_the_wiring_is_not_looked_at() -> None:
    assert codes(with_head("[-1, 3, C2f, [64]] # 9", "[-1, 3]").replace("[9, 12]", "[9, 11]")) == ["YP001"]


@pytest.mark.parametrize(
    ("module", "fix"),
    [
        ("C2ff", "Did you mean C2f?"),
        ("Attention", "define the module and import it in nn/tasks.py"),
        ("Known", "let `yolo-patcher apply` insert it"),
        ("nn.NoSuchModule", "Correct the name"),
    ],
)
def test_unknown_modules(module: str, fix: str) -> None:
    check_found(with_rows([P1, f"[-1, 1, {module}, [16]]"], [DETECT]), "YP002", f"names the module {module}", fix)


@pytest.mark.parametrize(
    "module", ["Gate", "nn.Identity", "nn.SiLU", "torch.nn.SiLU", "torchvision.ops.SqueezeExcitation"]
)
def test_known_modules(module: str) -> None:
    check_fine(with_rows([P1, f"[-1, 1, {module}, []]"], [DETECT]))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("12", "row 12 (C2f) reads itself"),
        ("13", "row 12 (C2f) reads row 13, which does not come before it"),
        ("-14", "row 12 (C2f) reads -14, which is before the first row"),
    ],
)
def test_indices_that_do_not_point_backwards(index: str, message: str) -> None:
    check_found(with_head("[-1, 3, C2f, [128]] # 12", f"[{index}, 3, C2f, [128]]"), "YP003", message, "")


def test_a_dead_part_is_told_once() -> None:
    text = with_head("[[9, 12], 1, Detect, [nc]]", "[[9], 1, Detect, [nc]]")
    (finding,) = checked(text).findings
    assert (finding.code, finding.row) == ("YP004", 12)
    assert finding.message.endswith("no row reads it, so rows 10, 11 in front of it are dead as well")


def test_a_row_that_collects_levels_beside_the_line_is_excused() -> None:
    pooled = HEAD.replace(
        "  - [-1, 1, Conv, [64, 3, 2]] # 10\n", "  - [[9, 6], 1, Gate, [64]]\n  - [9, 1, Conv, [64, 3, 2]]\n"
    )
    text = whole(pooled.replace("[9, 12]", "[9, 13]"))
    assert [code for code in codes(text) if code != "YP009"] == []


def test_a_join_of_levels_that_nobody_reads_is_not_excused() -> None:
    text = with_head("[[9, 12], 1, Detect, [nc]]", "[[9, 6], 1, Concat, [1]]\n  - [[9, 12], 1, Detect, [nc]]")
    assert set(codes(text)) == {"YP004", "YP007"}


def test_a_final_row_that_names_no_rows_is_left_alone() -> None:
    check_fine(with_head("[[9, 12], 1, Detect, [nc]]", "[[], 1, Detect, [nc]]"))


@pytest.mark.parametrize(
    ("reads", "message", "fix"),
    [
        ("[8, 12]", "reads 8 (Concat), but row 9 (C2f) goes on", "Row 13 reads 8, its author most likely meant 9."),
        (
            "[7, 12]",
            "reads 7 (nn.Upsample), but row 8 (Concat) goes on",
            "Row 13 reads 7, its author most likely meant 9.",
        ),
        ("[9, 10, 12]", "reads 10 (Conv), but row 11 (Concat) goes on", "Let it read the end of the stage, row 12."),
    ],
)
def test_a_final_row_that_reads_a_part(reads: str, message: str, fix: str) -> None:
    check_found(with_head("[[9, 12], 1, Detect, [nc]]", f"[{reads}, 1, Detect, [nc]]"), "YP005", message, fix)


def test_a_final_row_behind_a_join() -> None:
    text = with_rows(
        [P1, "[-1, 1, Conv, [32, 3, 2]]"],
        ["[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 0], 1, Concat, [1]]", "[[3, 1], 1, Detect, [nc]]"],
    )
    check_found(text, "YP005", "reads 3 (Concat), which only puts maps together", "end of a stage")


def test_auxiliary_outputs_read_each_level_again() -> None:
    check_fine(with_head("[[9, 12], 1, Detect, [nc]]", "[[9, 12, 3, 6], 1, Detect, [nc]]"))


def test_joins_of_different_levels() -> None:
    check_found(with_head("[-1, 6], 1", "[-1, 3], 1"), "YP007", "joins different levels: 10 (P4), 3 (P3)", "one level")


def test_an_unknown_module_may_change_the_size() -> None:
    check_fine(whole(HEAD.replace("nn.Upsample, [None, 2, nearest]", "Gate, []")))


def test_a_stage_may_be_read_in_front_of_an_attention_module() -> None:
    rows = ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 3, C2f, [8]]", "[-1, 1, Gate, []]", "[-1, 1, Conv, [8, 3, 2]]"]
    head = [
        "[-1, 1, nn.Upsample, [None, 2]]",
        "[[-1, {}], 1, Concat, [1]]",
        "[-1, 3, C2f, [8]]",
        "[[6], 1, Detect, [nc]]",
    ]
    for source in (1, 2):
        check_fine(with_rows(rows, [row.format(source) for row in head]))


HANDED_OVER = [
    *["[-1, 1, Conv, [16, 3, 2]]", "[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[-1, 3, C2f, [{0}]]"],
    *["[-1, 1, Conv, [{1}, 1, 1]]", "[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 1], 1, Concat, [1]]"],
    *["[-1, 3, C2f, [16]]", "[-1, 1, Conv, [32, 3, 2]]", "[[-1, {2}], 1, Concat, [1]]", "[-1, 3, C2f, [32]]"],
]


@pytest.mark.parametrize(
    ("before", "behind", "reads", "wrong"),
    [(32, 16, 3, False), (16, 32, 4, False), (64, 32, 4, False), (64, 32, 3, True), (32, 32, 3, False)],
)
def test_a_stage_that_hands_over_by_a_conv(before: int, behind: int, reads: int, wrong: bool) -> None:
    rows = [row.format(before, behind, reads) for row in HANDED_OVER]
    text = with_rows(rows[:4], [*rows[4:], "[[7, 10], 1, Detect, [nc]]"])
    assert codes(text) == (["YP008"] if wrong else [])


def test_yolov7_is_fine() -> None:
    vocabulary = replace(VOCABULARY, complete=False)
    assert check_model(decode_yaml("m.yaml", ELAN.encode()), vocabulary).findings == ()


def test_an_elan_may_be_read_anywhere() -> None:
    elan = [
        "[-1, 1, Conv, [8, 1, 1]]",
        "[-2, 1, Conv, [8, 1, 1]]",
        "[-1, 1, Conv, [8, 3, 1]]",
        "[-1, 1, Conv, [8, 3, 1]]",
    ]
    check_fine(with_rows([P1, *elan, "[[-1, -3, -4], 1, Concat, [1]]", "[-1, 1, Conv, [8, 1, 1]]"], [DETECT]))


@pytest.mark.parametrize(
    ("row", "message", "fix"),
    [
        ("[-1, 1, Concat, [1]]", "takes a list of rows, but reads -1 alone", "Write [-1, ...]"),
        ("[[-1, 0], 1, Conv, [8]]", "takes one row, but reads the list [-1, 0]", "Join them by a Concat"),
        ("[[-1], 1, nn.SiLU, []]", "takes one row, but reads the list [-1]", "Write -1 without brackets."),
    ],
)
def test_the_number_of_inputs(row: str, message: str, fix: str) -> None:
    check_found(with_rows([P1, "[-1, 1, Conv, [8, 3, 1]]", row], [DETECT]), "YP009", message, fix)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[-1, 1, Conv, []]", "says no channels"),
        ("[-1, 1, Conv, [0, 3]]", "has 0 for channels"),
        ("[-1, 1, Conv, [1.5, 3]]", "has 1.5 for channels"),
        ("[-1, 1, Conv, [true, 3]]", "has True for channels"),
        ("[-1, 1, nn.Conv2d, [8, 16, 1]]", "has 8 for its input's channels, but row 0 has 16"),
        ("[-1, 1, nn.Conv2d, [16, 8, 1]]", "has 8 for its output's channels, but row 0 has 16"),
    ],
)
def test_channels(row: str, message: str) -> None:
    check_found(with_rows([P1, row], [DETECT]), "YP010", message, "Write")


def test_channels_at_a_scale() -> None:
    text = BLOCK.replace("[-1, 1, SPPF, [128, 5]]", "[-1, 1, nn.Conv2d, [32, 32, 1]]")
    check_fine(text)
    assert "at scale s" in checked(text, "s").findings[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[11, 10], 1, CBFuse", "[[6, 10], 1, CBFuse", "reads 6 (SPPF), which is no CBLinear"),
        ("[[11, 10], 1, CBFuse, [[0]]]", "[[11, 11, 10], 1, CBFuse, [[0, 0]]]", "reads 11 (CBLinear), which it reads"),
        ("CBFuse, [[0]]", "CBFuse, [[1]]", "which has no map at the place that it picks"),
        ("CBFuse, [[0]]", "CBFuse, []", "which has no map at the place that it picks"),
        ("CBLinear, [[64]]", "CBLinear, [[32]]", "whose map has 32 channels there, not 64"),
    ],
)
def test_fused_branches(old: str, new: str, message: str) -> None:
    check_found(whole(fused_branches.RIGHT.replace(old, new)), "YP011", message, "")


def test_sums_need_equal_channels() -> None:
    text = with_rows([P1, "[-1, 1, Conv, [8, 3, 1]]", "[[-1, 0], 1, Sum, []]"], [DETECT])
    check_found(text, "YP010", "adds maps of different channels: 1 (8), 0 (16)", "Conv")
