from __future__ import annotations

import pytest
from model_texts import DUMPED, ONE_LINE
from refusing import check_refused
from synthetic import BLOCK, FLOW, model_yaml, with_rows

from yolo_patcher.model.rows import IMAGE, ModelYaml


def shape(model: ModelYaml) -> list[tuple[str, tuple[int, ...], str]]:
    return [(row.section, row.sources, row.module) for row in model.rows]


def check_no_model(text: str, part: str, line: int | None, help: str = "") -> None:
    check_refused(lambda: model_yaml(text), "model", part, help=help, path="m.yaml", line=line)


def test_block_and_flow_are_the_same_model() -> None:
    block, flow = model_yaml(BLOCK), model_yaml(FLOW.replace("C3", "C2f"))
    assert shape(block) == shape(flow)
    assert (block.backbone_length, len(block.rows), block.final.module) == (7, 14, "Detect")
    assert [section.flow for section in block.sections] == [False, False]
    assert [section.flow for section in flow.sections] == [True, True]
    assert block.rows[0].sources == (IMAGE,)
    assert block.rows[8].sources == (7, 3)
    assert block.rows[8].written == (-1, 3)
    assert flow.final.sources == (9, 12)
    assert flow.section_of(6).name == "backbone"
    assert flow.section_of(7).name == "head"


@pytest.mark.parametrize("text", [DUMPED, ONE_LINE], ids=["dumped", "one line"])
def test_other_styles(text: str) -> None:
    assert shape(model_yaml(text)) == [
        ("backbone", (IMAGE,), "Conv"),
        ("backbone", (0,), "Conv"),
        ("head", (1, 0), "Concat"),
        ("head", (2,), "Detect"),
    ]


@pytest.mark.parametrize("text", [BLOCK, FLOW, DUMPED, ONE_LINE], ids=["block", "flow", "dumped", "one line"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_spans_hold_what_they_say(text: str, newline: str) -> None:
    model = model_yaml(text.replace("\n", newline))
    lines = model.source.text.split(newline)
    for row in model.rows:
        start, end = row.span
        assert model.source.text[start] in "[-"
        assert not model.source.text[start:end].endswith((" ", "\r", "\n"))
        assert [model.source.text[one:other] for one, other in row.from_spans] == [str(one) for one in row.written]
        first = model.source.text[start:].split(newline)[0]
        assert lines[row.line - 1].endswith(first)


def test_values_keep_everything_else() -> None:
    assert model_yaml(BLOCK).values["scales"] == {"n": [0.5, 0.25, 1024], "s": [0.5, 0.5, 96]}
    assert model_yaml(FLOW).rows[7].args == ("None", 2, "nearest")


@pytest.mark.parametrize("row", ["[-2, 1, Conv, []]", "[[-1, -2], 1, Concat, [1]]", "[0, 1, Conv, []]"])
def test_relative_and_absolute_rows(row: str) -> None:
    text = with_rows(["[-1, 1, Conv, [8]]", "[-1, 1, Conv, [8]]"], [row, "[[2], 1, Detect, [nc]]"])
    assert 0 in model_yaml(text).rows[2].sources


@pytest.mark.parametrize(
    ("text", "part", "line"),
    [
        ("nc: [1\nbackbone: 3\n", "not valid YAML", 2),
        ("nc: 1\n  backbone:\n", "not valid YAML", 2),
        ("nc: 1\n\tx: 1\n", "not valid YAML", 2),
        ("nc: !!python/name:os.system x\n", "not valid YAML", 1),
        ("nc: *a\n", "not valid YAML", 1),
        ("a: 1\n---\nb: 1\n", "not valid YAML", 2),
        ("{[1]: 2}\n", "not valid YAML", 1),
        ("nc: 2024-13-45\nbackbone: []\n", "not valid YAML", None),
        ("nc: 1\r\nx: \x01\n", "special characters are not allowed", 2),
        ("[" * 5000, "nested too deeply", 1),
        ("", "a model YAML is a mapping", None),
        ("- 1\n", "a model YAML is a mapping", None),
        ("just text\n", "a model YAML is a mapping", None),
        ("head: []\n", "the key backbone is missing", None),
        ("backbone: []\n", "the key head is missing", None),
        ("backbone: []\nhead: []\nhead: []\n", "the key head is given twice", None),
        ("nc: 1\nbackbone: 3\nhead: []\n", "backbone is not a list of rows", 2),
        ("nc: 1\nbackbone: {a: 1}\nhead: []\n", "backbone is not a list of rows", 2),
        ("backbone: []\nhead: []\n", "the head has no rows", None),
        ("backbone:\n  - [-1, 1, Conv, [8]]\nhead: []\n", "the head has no rows", None),
    ],
)  # fmt: skip
def test_documents_that_are_no_model(text: str, part: str, line: int | None) -> None:
    check_no_model(text, part, line)


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("[-1, 1, Conv]", "row 1 does not have four parts"),
        ("[-1, 1, Conv, [8], 5]", "row 1 does not have four parts"),
        ("Conv", "row 1 does not have four parts"),
        ("{from: -1}", "row 1 does not have four parts"),
        ("", "row 1 does not have four parts"),
        ("[1, 1, Conv, [8]]", "row 1 reads row 1, which does not come before it"),
        ("[2, 1, Conv, [8]]", "row 1 reads row 2, which does not come before it"),
        ("[[0, 7], 1, Concat, [1]]", "row 1 reads row 7, which does not come before it"),
        ("[-3, 1, Conv, [8]]", "row 1 reads -3, which is before the first row"),
        ("[true, 1, Conv, [8]]", "row 1 reads True, which is no row"),
        ("[[0, false], 1, Concat, [1]]", "which is no row"),
        ("[x, 1, Conv, [8]]", "row 1 reads 'x', which is no row"),
        ("[0.0, 1, Conv, [8]]", "row 1 reads 0.0, which is no row"),
        ("[[[0]], 1, Conv, [8]]", "which is no row"),
        ("[null, 1, Conv, [8]]", "row 1 reads None, which is no row"),
        ("[-1, 1, 3, [8]]", "row 1 has the module 3, which is no name"),
        ("[-1, 1, null, [8]]", "row 1 has the module None, which is no name"),
        ("[-1, 1, Conv, 8]", "row 1 has the arguments 8, which are no list"),
        ("[-1, 1, Conv, {a: 1}]", "row 1 has the arguments {'a': 1}, which are no list"),
    ],
)
def test_rows_that_are_none(row: str, part: str) -> None:
    check_no_model(with_rows(["[-1, 1, Conv, [8]]", row], ["[[0], 1, Detect, [nc]]"]), part, 4, "A row is [from,")


@pytest.mark.parametrize(
    ("rows", "number", "line"),
    [(["&a [-1, 1, Conv, [8]]", "*a"], 0, 3), (["[-1, 1, Conv, [8]]", "&b [-1, 1, Conv, [8]]", "*b"], 1, 4)],
)
def test_a_repeated_alias_is_refused(rows: list[str], number: int, line: int) -> None:
    check_no_model(with_rows(rows, ["[-1, 1, Detect, [nc]]"]), f"row {number} is a YAML alias", line)


def test_an_alias_from_outside_is_refused() -> None:
    text = with_rows(["*a", "[-1, 1, Conv, [8]]"], ["[-1, 1, Detect, [nc]]"], "row: &a [-1, 1, Conv, [8]]\n")
    check_no_model(text, "row 0 is a YAML alias", 1)


def test_the_first_row_reads_the_image() -> None:
    assert model_yaml(with_rows(["[-1, 1, Conv, [8]]"], ["[-1, 1, Detect, [nc]]"])).rows[0].sources == (IMAGE,)
    check_no_model(with_rows(["[0, 1, Conv, [8]]"], ["[-1, 1, Detect, []]"]), "row 0 reads row 0", 3)
