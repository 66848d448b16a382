from __future__ import annotations

import pytest
from refusing import check_refused
from synthetic import FORMS, PARSE_MODEL, chain_in, parse_model_of, python_source

from yolo_patcher.checkout.parse_model import recognise_parse_model
from yolo_patcher.errors import PatcherError


def check_no_parse_model(text: str, part: str, line: int) -> None:
    error = check_refused(lambda: parse_model_of(text), "checkout", part, path="nn/tasks.py", line=line)
    assert error.help


@pytest.mark.parametrize(
    "container",
    [
        "[Conv, C3]",
        "(Conv, C3)",
        "{Conv, C3}",
        "{\n                Conv,\n                C3,  # last\n        }",
        "frozenset({Conv, C3})",
        "frozenset((Conv, C3))",
        "set([Conv, C3])",
        "scaled",
        "frozenset(scaled)",
        "{*scaled}",
        "{Conv} | {C3}",
        "[Conv] + [C3]",
    ],
)
@pytest.mark.parametrize("document", ["d", "md"])
def test_containers(container: str, document: str) -> None:
    found = parse_model_of(chain_in(container, document=document))
    assert sorted(found.module_names[:2]) == ["C3", "Conv"]
    assert found.module_names[2:] == ("Concat",)
    assert (found.row, found.index) == (("f", "n", "m", "args"), "i")
    assert (found.channels_out, found.channels_in) == ("c2", "ch[f]")


def test_names_are_what_the_file_calls_them() -> None:
    text = PARSE_MODEL.replace("(f, n, m, args)", "(src, n, mod, a)").replace("if m ", "if mod ")
    found = parse_model_of(text.replace("c2 = ch[f]\n\n", "co = chs[src if src < 0 else src + 1]\n\n"))
    assert found.row == ("src", "n", "mod", "a")
    assert (found.channels_out, found.channels_in) == ("co", "chs[src if src < 0 else src + 1]")
    assert found.path == "nn/tasks.py"


def test_attributes_and_equality_count_and_other_tests_do_not() -> None:
    text = PARSE_MODEL.replace("elif m is Concat:", "elif m == torch.nn.Dropout or n > 1 and m is Sum:")
    text = text.replace("elif m in {Detect}:", "elif m not in {Segment} and isinstance(m, Pose):")
    assert parse_model_of(text).module_names == (
        *("Conv", "C3", "C2f", "SPPF"), "nn.BatchNorm2d", "torch.nn.Dropout", "Sum",
    )  # fmt: skip


def test_a_branch_is_known_by_what_its_test_compares() -> None:
    found = parse_model_of(chain_in("scaled"))
    assert set(found.compared(found.chain.test).names) == {"Conv", "C3"}  # type: ignore[arg-type]


def test_a_loop_without_a_counter() -> None:
    text = PARSE_MODEL.replace("i, (f, n, m, args)", "f, n, m, args").replace("enumerate(d[", "(d[")
    assert parse_model_of(text).index is None


def test_other_functions_loops_and_chains_do_not_count() -> None:
    other = "def parse_data(d):\n    for k in d['backbone'] + d['head']:\n        pass\n\n\n"
    method = "class Model:\n    def parse_model(self, d):\n        return d\n\n\n"
    text = other + method + PARSE_MODEL.replace("    made,", "    for k, v in d.items():\n        pass\n    made,")
    decoy = "        if m in {Conv}:\n            n = 1\n        else:\n            n = 2\n"
    text = text.replace("        row = ", decoy + "        row = ")
    assert parse_model_of(text).function.lineno == 11


ELSE = "        else:\n            c2 = ch[f]\n"


@pytest.mark.parametrize(
    "end",
    [
        "",
        "        else:\n            raise Wrong(m)\n",
        "        else:\n            c2 = ch[f[0]] if isinstance(f, list) else ch[f]\n",
        "        else:\n            try:\n                c2 = ch[f]\n            except E:\n                c2 = 8\n",
        "        elif isinstance(f, int):\n            c2 = ch[f]\n        else:\n            c2 = ch[f[0]]\n",
    ],
)
def test_chains_that_end_otherwise(end: str) -> None:
    found = parse_model_of(PARSE_MODEL.replace(ELSE, end))
    assert (found.channels_out, found.channels_in) == ("c2", "ch[f]")


def test_a_chain_that_ends_otherwise_needs_its_table() -> None:
    text = PARSE_MODEL.replace(ELSE, "").replace("        ch.append(c2)\n", "        ch = [*ch, c2]\n")
    assert "append(c2)" not in text
    check_no_parse_model(text, "no `if m in ...: / else: c2 = ch[f]` chain", 9)


def test_rows_in_a_variable() -> None:
    loop = '    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):\n'
    assert loop in PARSE_MODEL
    rows = '    rows = d["backbone"] + d["head"]\n'
    found = parse_model_of(PARSE_MODEL.replace(loop, f"{rows}    for i, (f, n, m, args) in enumerate(rows):\n"))
    assert (found.row, found.index) == (("f", "n", "m", "args"), "i")


def test_rows_that_the_first_statement_takes_apart() -> None:
    text = PARSE_MODEL.replace("i, (f, n, m, args) in", "i, layer in")
    text = text.replace('d["head"]):\n', 'd["head"]):\n        f, n, m, args = layer\n')
    found = parse_model_of(text)
    assert (found.row, found.index) == (("f", "n", "m", "args"), "i")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms(form: object) -> None:
    found = parse_model_of(form=form)  # type: ignore[arg-type]
    assert found.module_names == ("Conv", "C3", "C2f", "SPPF", "nn.BatchNorm2d", "Concat", "Detect")


@pytest.mark.parametrize(
    ("before", "after", "part", "line"),
    [
        ("def parse_model", "def parse_other", "no parse_model function", 1),
        ("def parse_model", "def parse_model(d):\n    pass\n\n\ndef parse_model", "2 parse_model functions", 1),
        ("def parse_model", "async def parse_model", "no parse_model function", 1),
        ('d["backbone"] + d["head"]', 'd["rows"]', "no loop over backbone + head", 1),
        ('d["backbone"] + d["head"]', 'd["backbone"]', "no loop over backbone + head", 1),
        ("(f, n, m, args)", "(f, n, m)", "no loop over backbone + head", 1),
        ("(f, n, m, args)", "row", "no loop over backbone + head", 1),
        (
            "    made, kept",
            '    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):\n        pass\n    made, kept',
            "2 loops over backbone + head",
            1,
        ),
        ('d["backbone"] + d["head"]', 'd["backbone"] + d["neck"] + d["head"]', "backbone and head: neck", 9),
        (
            "        row = ",
            "        if m is Conv:\n            pass\n        else:\n            c2 = ch[f]\n        row = ",
            "2 `if m in ...: / else: c2 = ch[f]` chains",
            9,
        ),
    ],
)  # fmt: skip
def test_refused(before: str, after: str, part: str, line: int) -> None:
    assert before in PARSE_MODEL
    check_no_parse_model(PARSE_MODEL.replace(before, after, 1), part, line)


@pytest.mark.parametrize(
    ("text", "line"), [("x = 1\nprint 'old'\n", 2), ("def f(:\n", 1), ("if 1:\nx = 1\n", 2), ("x = '''\n", 1)]
)
def test_a_file_that_does_not_parse_is_refused_with_its_line(text: str, line: int) -> None:
    check_no_parse_model(text, "does not parse as Python", line)


def test_a_null_byte_is_refused() -> None:
    with pytest.raises(PatcherError, match="does not parse"):
        recognise_parse_model(python_source("x = 1\n\0"))


def test_a_single_chain_of_ifs_needs_its_module() -> None:
    check_no_parse_model(PARSE_MODEL.replace("if m ", "if f "), "no `if m in", 9)


def test_sources_with_a_meaning_of_their_own() -> None:
    tests = "        if f == -5 or f in (-3, 7) or f != -1:\n            pass\n"
    found = parse_model_of(PARSE_MODEL.replace("        row = ", tests + "        row = "))
    assert found.own_sources == {-5, -3}
    forward = "class Model:\n    def forward(self, x, y):\n        for m in self.model:\n            if m.f == -4:\n"
    forward += "                x = m(y)\n            if m.f != -1:\n                x = 2\n\n\n"
    found = parse_model_of(forward + PARSE_MODEL)
    assert found.own_sources == {-4}
    assert parse_model_of(PARSE_MODEL).own_sources == set()
