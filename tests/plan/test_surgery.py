from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from model_texts import DUMPED, ELAN, ONE_LINE
from synthetic import BLOCK, FLOW, insert_rows, model_yaml, with_rows

from yolo_patcher.model.rows import IMAGE, ModelYaml
from yolo_patcher.plan.places import Place, moved
from yolo_patcher.plan.renumber import NewRow, edges, planned_edges, renumber
from yolo_patcher.recipe.selector import ALL, FINAL, NEXT


def new(reads: int, readers: str = ALL, args: tuple[object, ...] = (), comment: str = "") -> NewRow:
    return NewRow(Place(reads, readers), "SE", args, comment)


def check_lines(before: str, rows: Sequence[NewRow], removed: str, added: str) -> None:
    """Check which lines go and which come; all others stay as they are, in their order."""
    after = insert_rows(model_yaml(before), rows)
    old, fresh = before.splitlines(), after.splitlines()
    gone, come = removed.splitlines(), added.splitlines()
    assert [line for line in fresh if line not in old] == [line for line in come if line not in old]
    for line in gone:
        old.remove(line)
    for line in come:
        fresh.remove(line)
    assert fresh == old


def check_transformed(before: str, rows: Sequence[NewRow], after: str) -> None:
    assert insert_rows(model_yaml(before), rows) == after


HEAD = [new(9, FINAL, comment="(P3/8)"), new(12, FINAL, comment="(P4/16)")]


def test_head_in_block_style() -> None:
    check_lines(
        BLOCK,
        HEAD,
        "  - [[9, 12], 1, Detect, [nc]] # Detect(P3, P4)",
        "  - [9, 1, SE, []] # 13 (P3/8)\n  - [12, 1, SE, []] # 14 (P4/16)\n"
        "  - [[13, 14], 1, Detect, [nc]] # Detect(P3, P4)",
    )


def test_head_in_flow_style() -> None:
    check_lines(
        FLOW,
        HEAD,
        "   [[9, 12], 1, Detect, [nc, anchors]],  # Detect(P3, P4)",
        "   [9, 1, SE, []],  # 13 (P3/8)\n   [12, 1, SE, []],  # 14 (P4/16)\n"
        "   [[13, 14], 1, Detect, [nc, anchors]],  # Detect(P3, P4)",
    )


def test_on_the_line_in_block_style() -> None:
    check_lines(
        BLOCK,
        [new(6, args=(8, True), comment="(P4/16)")],
        "  - [-1, 3, C2f, [64]] # 9 (P3/8-small)\n  - [[-1, 6], 1, Concat, [1]] # cat head P4\n"
        "  - [-1, 3, C2f, [128]] # 12 (P4/16-medium)\n  - [[9, 12], 1, Detect, [nc]] # Detect(P3, P4)",
        "  - [-1, 1, SE, [8, True]] # 7 (P4/16)\n"
        "  - [-1, 3, C2f, [64]] # 10 (P3/8-small)\n  - [[-1, 7], 1, Concat, [1]] # cat head P4\n"
        "  - [-1, 3, C2f, [128]] # 13 (P4/16-medium)\n  - [[10, 13], 1, Detect, [nc]] # Detect(P3, P4)",
    )


def test_on_the_line_in_flow_style() -> None:
    check_lines(
        FLOW,
        [new(3)],
        "   [-1, 1, Conv, [128, 3, 2]],  # 4-P4/16\n   [-1, 1, SPPF, [128, 5]],  # 6\n"
        "   [[-1, 3], 1, Concat, [1]],  # cat backbone P3\n   [-1, 3, C3, [64, False]],  # 9 (P3/8-small)\n"
        "   [[-1, 6], 1, Concat, [1]],  # cat head P4\n   [-1, 3, C3, [128, False]],  # 12 (P4/16-medium)\n"
        "   [[9, 12], 1, Detect, [nc, anchors]],  # Detect(P3, P4)",
        "   [-1, 1, SE, []],  # 4\n"
        "   [-1, 1, Conv, [128, 3, 2]],  # 5-P4/16\n   [-1, 1, SPPF, [128, 5]],  # 7\n"
        "   [[-1, 4], 1, Concat, [1]],  # cat backbone P3\n   [-1, 3, C3, [64, False]],  # 10 (P3/8-small)\n"
        "   [[-1, 7], 1, Concat, [1]],  # cat head P4\n   [-1, 3, C3, [128, False]],  # 13 (P4/16-medium)\n"
        "   [[10, 13], 1, Detect, [nc, anchors]],  # Detect(P3, P4)",
    )


def test_dumped_style() -> None:
    check_transformed(
        DUMPED,
        [new(0), new(2, FINAL, args=(4,))],
        DUMPED.replace("    - 3\n", "    - 3\n- [-1, 1, SE, []]  # 1\n")
        .replace("    - 0\n", "    - 1\n")
        .replace("- - - 2\n", "- [3, 1, SE, [4]]  # 4\n- - - 4\n"),
    )


def test_one_line() -> None:
    check_transformed(
        ONE_LINE,
        [new(0), new(2, FINAL)],
        "{nc: 4, backbone: [[-1, 1, Conv, [16]], [-1, 1, SE, []], [-1, 1, Conv, []]],"
        " head: [[[-1, 1], 1, Concat, [1]], [3, 1, SE, []], [[4], 1, Detect, [nc]]]}",
    )


@pytest.mark.parametrize(
    ("last", "after"),
    [
        ("   [-1, 1, Conv, [8]]]", "   [-1, 1, Conv, [8]], [-1, 1, SE, []]]"),
        ("   [-1, 1, Conv, [8]],]", "   [-1, 1, Conv, [8]], [-1, 1, SE, []],]"),
        ("   [-1, 1, Conv, [8]]\n  ]", "   [-1, 1, Conv, [8]],\n   [-1, 1, SE, []]  # 2\n  ]"),
        ("   [-1, 1, Conv, [8]]  # one\n  ]", "   [-1, 1, Conv, [8]],  # one\n   [-1, 1, SE, []]  # 2\n  ]"),
        ("   [-1, 1, Conv, [8]],\n  ]", "   [-1, 1, Conv, [8]],\n   [-1, 1, SE, []],  # 2\n  ]"),
    ],
)
def test_after_the_last_row_of_a_flow_list(last: str, after: str) -> None:
    before = "backbone:\n  [[-1, 1, Conv, [8]],\n{}\nhead:\n  [[-1, 1, Conv, [8]],\n   [[{}], 1, Detect, [nc]]]\n"
    check_transformed(before.format(last, 2), [new(1)], before.format(after, 3))


ROWS = ["[-1, 1, Conv, [8, 3, 2]]", "[-1, 1, C3, [8]]"]


@pytest.mark.parametrize(
    ("comment", "shifted"),
    [
        ("# 1", "# 2"),
        ("#1", "#2"),
        ("# 1-P1/2", "# 2-P1/2"),
        ("# 1 (P1/2)", "# 2 (P1/2)"),
        ("# 1: mine", "# 2: mine"),
        ("# 1, as 1", "# 2, as 1"),
        ("# 7-P1/2", "# 7-P1/2"),
        ("# 0", "# 0"),
        ("# P1", "# P1"),
        ("# 1x1 Conv", "# 1x1 Conv"),
        ("# 1/2", "# 1/2"),
        ("# 12", "# 12"),
        ("# cat 1", "# cat 1"),
        ("# -1", "# -1"),
    ],
)
def test_a_comment_is_shifted_when_it_names_its_own_row(comment: str, shifted: str) -> None:
    detect = "[[{}], 1, Detect, [nc]]"
    before = with_rows([ROWS[0], f"{ROWS[1]}  {comment}"], [detect.format(1)])
    after = with_rows([ROWS[0], "[-1, 1, SE, []]  # 1", f"{ROWS[1]}  {shifted}"], [detect.format(2)])
    check_transformed(before, [new(0)], after)


def test_a_comment_of_a_row_that_does_not_move_stays() -> None:
    before = with_rows([f"{ROWS[0]} # 0", f"{ROWS[1]} # 1"], ["[[1], 1, Detect, [nc]] # 2"])
    after = with_rows([f"{ROWS[0]} # 0", f"{ROWS[1]} # 1"], ["[1, 1, SE, []] # 2", "[[2], 1, Detect, [nc]] # 3"])
    check_transformed(before, [new(1, FINAL)], after)


def test_relative_and_absolute_indices() -> None:
    rows = ["[-1, 1, Conv, [8]]", "[-1, 1, Conv, [8]]", "[-2, 1, Conv, [8]]", "[[-1, -2, -3], 1, Concat, [1]]"]
    check_transformed(
        with_rows(rows, ["[[-2, 1, 3], 1, Detect, [nc]]"]),
        [new(1)],
        with_rows(
            [*rows[:2], "[-1, 1, SE, []]  # 2", "[-3, 1, Conv, [8]]", "[[-1, -2, -4], 1, Concat, [1]]"],
            ["[[-2, 2, 4], 1, Detect, [nc]]"],
        ),
    )


def test_skips_go_on_reading_a_row_whose_module_serves_the_next() -> None:
    check_lines(
        BLOCK,
        [new(3, NEXT, comment="(P3/8)")],
        "  - [-1, 1, Conv, [128, 3, 2]] # 4-P4/16\n  - [-1, 1, SPPF, [128, 5]] # 6\n"
        "  - [-1, 3, C2f, [64]] # 9 (P3/8-small)\n  - [[-1, 6], 1, Concat, [1]] # cat head P4\n"
        "  - [-1, 3, C2f, [128]] # 12 (P4/16-medium)\n  - [[9, 12], 1, Detect, [nc]] # Detect(P3, P4)",
        "  - [-1, 1, SE, []] # 4 (P3/8)\n"
        "  - [-1, 1, Conv, [128, 3, 2]] # 5-P4/16\n  - [-1, 1, SPPF, [128, 5]] # 7\n"
        "  - [-1, 3, C2f, [64]] # 10 (P3/8-small)\n  - [[-1, 7], 1, Concat, [1]] # cat head P4\n"
        "  - [-1, 3, C2f, [128]] # 13 (P4/16-medium)\n  - [[10, 13], 1, Detect, [nc]] # Detect(P3, P4)",
    )


def test_what_all_read_stands_nearer_to_the_row_than_what_some_read() -> None:
    rows = [NewRow(Place(0, NEXT), "Next", ()), NewRow(Place(0, FINAL), "Last", ()), NewRow(Place(0), "All", ())]
    check_transformed(
        with_rows(ROWS, ["[[0, 1], 1, Concat, [1]]", "[[0, 2], 1, Detect, [nc]]"]),
        rows,
        with_rows(
            [ROWS[0], "[-1, 1, All, []]  # 1", "[-1, 1, Next, []]  # 2", ROWS[1]],
            ["[[1, 3], 1, Concat, [1]]", "[1, 1, Last, []]  # 5", "[[5, 4], 1, Detect, [nc]]"],
        ),
    )


def test_several_on_one_line_stand_in_the_order_given() -> None:
    rows = [NewRow(Place(0), "SE", ()), NewRow(Place(0), "SaE", ())]
    check_transformed(
        with_rows(ROWS, ["[[0, 1], 1, Detect, [nc]]"]),
        rows,
        with_rows([ROWS[0], "[-1, 1, SE, []]  # 1", "[-1, 1, SaE, []]  # 2", ROWS[1]], ["[[2, 3], 1, Detect, [nc]]"]),
    )
    flow = "backbone: [[-1, 1, Conv, [8]], [-1, 1, Conv, [8]]]\nhead: [[[0, 1], 1, Detect, [nc]]]\n"
    assert "[-1, 1, Conv, [8]], [-1, 1, SE, []], [-1, 1, SaE, []], [-1, 1, Conv" in insert_rows(model_yaml(flow), rows)


def test_on_the_line_and_at_the_head_of_one_row() -> None:
    check_transformed(
        with_rows(ROWS, ["[-1, 1, Conv, [8]]", "[[1, 2], 1, Detect, [nc]]"]),
        [new(1), new(1, FINAL)],
        with_rows(
            [*ROWS, "[-1, 1, SE, []]  # 2"], ["[-1, 1, Conv, [8]]", "[2, 1, SE, []]  # 4", "[[4, 3], 1, Detect, [nc]]"]
        ),
    )


def test_nothing_to_insert_changes_nothing() -> None:
    for text in (BLOCK, FLOW, DUMPED, ONE_LINE, ELAN):
        check_transformed(text, [], text)


@pytest.mark.parametrize("text", [BLOCK, FLOW, DUMPED], ids=["block", "flow", "dumped"])
def test_newlines_are_the_files_own(text: str) -> None:
    rows = [new(0), new(1), new(2, FINAL)] if text is DUMPED else [new(3), *HEAD]
    plain = insert_rows(model_yaml(text), rows, "head")
    assert plain.startswith("# head\n")
    assert insert_rows(model_yaml(text.replace("\n", "\r\n")), rows, "head") == plain.replace("\n", "\r\n")


@pytest.mark.parametrize("text", [BLOCK, FLOW], ids=["block", "flow"])
def test_no_final_newline(text: str) -> None:
    assert insert_rows(model_yaml(text.rstrip("\n")), HEAD) == insert_rows(model_yaml(text), HEAD).rstrip("\n")
    rows = with_rows(ROWS, ["[-1, 1, Detect, [nc]]"])
    assert insert_rows(model_yaml(rows.rstrip("\n")), [new(1)]) == insert_rows(model_yaml(rows), [new(1)]).rstrip("\n")


def test_renumber() -> None:
    model = model_yaml(BLOCK)
    numbers = renumber(model, [*HEAD, new(5), new(5)])
    assert numbers.inserted == (15, 16, 6, 7)
    assert (numbers.rows[5], numbers.rows[6], numbers.rows[13]) == (5, 8, 17)
    assert (numbers.output(5), numbers.output(6), numbers.output(IMAGE)) == (7, 8, IMAGE)
    assert (numbers.read(9, model.final, model.final), numbers.output(9)) == (15, 11)


# Any model in any style, and any places in it.

Style = Callable[[list[list[object]], list[list[object]]], str]


def _flow(row: list[object]) -> str:
    return yaml.safe_dump(row, default_flow_style=True, width=1000).strip()


def _as_block(backbone: list[list[object]], head: list[list[object]]) -> str:
    lines = ["nc: 4  # classes", "backbone:"]
    for number, row in enumerate([*backbone, *head]):
        if number == len(backbone):
            lines += ["", "# the head", "head:"]
        lines.append(f"  - {_flow(row)}" + ("", f" # {number}-P3", " # cat 3", f"  # {number} (a)")[number % 4])
    return "\n".join(lines) + "\n"


def _as_flow(backbone: list[list[object]], head: list[list[object]]) -> str:
    text, number = "nc: 4\n", 0
    for name, rows in (("backbone", backbone), ("head", head)):
        text += f"{name}:\n  # [from, number, module, args]\n"
        for position, row in enumerate(rows):
            comment = ("", f"  # {number}", "  # [1] x", f"  # {number}-P4/16")[number % 4]
            text += f"{'   ' if position else '  ['}{_flow(row)},{comment}\n"
            number += 1
        text += "  ]\n"
    return text


def _as_tight_flow(backbone: list[list[object]], head: list[list[object]]) -> str:
    parts = [",\n   ".join(map(_flow, rows)) for rows in (backbone, head)]
    return f"backbone:\n  [{parts[0]}]\nhead:\n  [{parts[1]}  # last\n  ]"


def _as_lines(backbone: list[list[object]], head: list[list[object]]) -> str:
    return f"backbone: {_flow(list(backbone))}\nhead: {_flow(list(head))}\n"


def _as_dump(backbone: list[list[object]], head: list[list[object]]) -> str:
    return str(yaml.safe_dump({"backbone": backbone, "head": head}, default_flow_style=False))


STYLES: list[Style] = [_as_block, _as_flow, _as_tight_flow, _as_lines, _as_dump]


@st.composite
def models(draw: st.DrawFn) -> ModelYaml:
    count = draw(st.integers(2, 9))
    rows: list[list[object]] = []
    for index in range(count):
        earlier = st.integers(0, max(index - 1, 0))
        sources = draw(st.lists(earlier, min_size=1, max_size=3)) if index else [IMAGE]
        written = [one - index if draw(st.booleans()) or not index else one for one in sources]
        is_list = len(written) > 1 or draw(st.booleans())
        module = "Detect" if index == count - 1 else "Concat" if len(sources) > 1 else "Conv"
        choices: list[list[object]] = [[], [8, 3, 2], ["nc", [1, 2]], [None, "nearest"]]
        args = draw(st.sampled_from(choices))
        rows.append([written if is_list else written[0], 1, module, [*args]])
    split = draw(st.integers(1, count - 1))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return model_yaml(draw(st.sampled_from(STYLES))(rows[:split], rows[split:]).replace("\n", newline))


@st.composite
def insertions(draw: st.DrawFn) -> tuple[ModelYaml, list[NewRow]]:
    model = draw(models())
    last = model.final.index
    reading = [(row.index - 1, NEXT) for row in model.rows[1:last] if row.index - 1 in row.sources]
    final = [(source, FINAL) for source in model.final.sources]
    places = st.sampled_from(
        [Place(*one) for one in dict.fromkeys([*((row, ALL) for row in range(last)), *reading, *final])]
    )
    args = st.sampled_from([(), (8,), (16, True, 0.5)])
    comment = st.sampled_from(["", "(P3/8)"])
    return model, draw(st.lists(st.builds(NewRow, places, st.just("SE"), args, comment), max_size=5))


def test_the_models_of_the_property_tests_have_every_style() -> None:
    rows: list[list[object]] = [[-1, 1, "Conv", [8]], [-1, 1, "Conv", []], [[0, -1], 1, "Detect", ["nc"]]]
    for style in STYLES:
        assert [row.sources for row in model_yaml(style(rows[:1], rows[1:])).rows] == [(-1,), (0,), (0, 1)]


@given(insertions())
def test_the_graph_is_the_base_plus_the_new_nodes(case: tuple[ModelYaml, list[NewRow]]) -> None:
    model, rows = case
    text = insert_rows(model, rows, "made")
    patched = model_yaml(text)
    numbers = renumber(model, rows)
    assert len(patched.rows) == len(model.rows) + len(rows)
    assert {row.index for row in patched.rows if row.module == "SE"} == set(numbers.inserted)
    # An oracle of its own: short every new node, and the base's edges must come out, in each reader's order; and what
    # was shorted on an edge are the modules that this reader shall read, in the order in which they were given.
    old = {here: base for base, here in numbers.rows.items()} | {IMAGE: IMAGE}

    def shorted(source: int) -> tuple[int, list[int]]:
        passed: list[int] = []
        while source not in old:
            passed.insert(0, source)
            (source,) = patched.rows[source].sources
        return old[source], passed

    def modules(source: int, reader: int) -> list[int]:
        last = model.final.index
        meant = [ALL, *[FINAL] * (reader == last), *[NEXT] * (reader == source + 1 < last)]
        there = [(row.place, index) for row, index in zip(rows, numbers.inserted, strict=True)]
        return [index for who in meant for place, index in there if (place.reads, place.readers) == (source, who)]

    for base, here in numbers.rows.items():
        found = [shorted(one) for one in patched.rows[here].sources]
        assert found == [(one, modules(one, base)) for one in model.rows[base].sources]
        assert patched.rows[here].args == model.rows[base].args
        assert patched.rows[here].from_list == model.rows[base].from_list
    for index, row in zip(numbers.inserted, rows, strict=True):
        assert (patched.rows[index].args, len(patched.rows[index].sources)) == (row.args, 1)
        assert shorted(index)[0] == row.place.reads
    through = {(source, row.index) for row in model.rows for source in row.sources if modules(source, row.index)}
    assert through == {*moved(model, [row.place for row in rows])}
    assert edges(patched) == planned_edges(model, rows, numbers)


@given(insertions())
def test_taking_the_insertions_away_gives_the_base_text(case: tuple[ModelYaml, list[NewRow]]) -> None:
    model, rows = case
    text = insert_rows(model, rows)
    patched = model_yaml(text)
    numbers = renumber(model, rows)
    base = model.source.text
    # From the end to the start: cut the new rows, put back the old indices and the old numbers of comments.
    for row in reversed(patched.rows):
        if row.index in numbers.inserted:
            text = _cut(text, row.span)
            continue
        before = next(one for one in model.rows if numbers.rows[one.index] == row.index)
        tail = re.compile(r"[^\r\n]*").match(text, row.span[1])
        assert tail is not None
        comment = re.sub(rf"^(.*?#[ \t]*){row.index}(?=[ \-]|$)", rf"\g<1>{before.index}", tail[0])
        if f"{row.index}" != f"{before.index}" and "[" not in tail[0].split("#")[0]:
            text = text[: tail.start()] + comment + text[tail.end() :]
        for (start, end), written in zip(reversed(row.from_spans), reversed(before.written), strict=True):
            text = text[:start] + str(written) + text[end:]
    assert _without_commas(text) == _without_commas(base)


def _cut(text: str, span: tuple[int, int]) -> str:
    """Cut a new row: its line when it has one of its own, else with the comma that came with it."""
    start, end = span
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    rest = re.compile(r"[^\r\n]*(\r\n|\n|\r|$)").match(text, end)
    assert rest is not None
    lead, tail = text[line_start:start].strip(" "), rest[0].strip()
    if lead in ("", "-") and re.fullmatch(r",?\s*#[^\[\]]*", tail):
        return text[:line_start] + text[rest.end() :]
    if lead == "[":
        following = re.compile(r",[^\r\n]*(\r\n|\n|\r)[ \t]*").match(text, end)
        if following:
            return text[:start] + text[following.end() :]
    if text[end : end + 2] == ", ":
        return text[:start] + text[end + 2 :]
    return text[:start].rstrip(" ").removesuffix(",") + text[end:]


def _without_commas(text: str) -> str:
    """A flow list's last row may gain the comma before a new row: all else must be the same."""
    return re.sub(r",(?=[ \t]*(#[^\r\n]*)?(\r\n|\n|\r)?\s*\])", "", text)


@given(models())
def test_no_rows_no_change(model: ModelYaml) -> None:
    assert insert_rows(model, []) == model.source.text
