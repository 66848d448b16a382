from __future__ import annotations

import ast

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import FORMS, PARSE_MODEL, Form, python_source

from yolo_patcher.checkout.text import SourceText
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.spans import line_span, parse_statement, replace_statement


def statements(source: SourceText) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.stmt)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_spans_hold_the_statements(form: Form) -> None:
    source = python_source(PARSE_MODEL, form)
    for node in statements(source):
        if isinstance(node, ast.If) and source.text[line_span(source, node)[0] :].lstrip().startswith("elif"):
            continue
        start, end = line_span(source, node)
        text = source.text[start:end]
        assert not text.endswith(("\r", "\n"))
        assert start == 0 or source.text[start - 1] in "\r\n"
        lead = text[: len(text) - len(text.lstrip())]
        inner = ast.parse("if 1:\n" + text if lead else text).body[0]
        assert ast.dump(inner.body[0] if lead and isinstance(inner, ast.If) else inner) == ast.dump(node)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_replacing_a_statement_by_itself_changes_nothing(form: Form) -> None:
    source = python_source("x = 'é注'\n" + PARSE_MODEL if form.cookie in ("", "utf-8") else PARSE_MODEL, form)
    function = ast.parse(source.text).body[-1]
    assert isinstance(function, ast.FunctionDef)
    for node in [function, *function.body]:
        module, statement = parse_statement(source, node)
        start, end, text = replace_statement(source, node, module, statement, statement)
        assert text == source.text[start:end]


def test_a_changed_statement_takes_its_place() -> None:
    source = python_source("a = 1\r\nif a:\r\n\tb = 2  # two\r\nc = 3")
    outer = ast.parse(source.text).body[1]
    assert isinstance(outer, ast.If)
    node = outer.body[0]
    module, statement = parse_statement(source, node)
    assert isinstance(statement, libcst.SimpleStatementLine)
    old = libcst.ensure_type(statement.body[0], libcst.Assign).value
    start, end, text = replace_statement(source, node, module, old, libcst.Integer("7"))
    assert source.text[:start] + text + source.text[end:] == "a = 1\r\nif a:\r\n\tb = 7  # two\r\nc = 3"


@pytest.mark.parametrize(
    ("text", "number"),
    [("x = 1; y = 2\n", 1), ("if 1: x = 1\n", 1), ("x = 1; y = (\n  2)\n", 1), ("'é'; y = 2\n", 1)],
)
def test_a_statement_behind_another_on_its_line_is_refused(text: str, number: int) -> None:
    source = python_source(text)
    body = ast.parse(text).body
    node = body[number] if len(body) > number else body[0].body[0]  # type: ignore[attr-defined]
    with pytest.raises(PatcherError) as caught:
        line_span(source, node)
    assert (caught.value.kind, caught.value.path, caught.value.line) == ("checkout", "a.py", 1)


@pytest.mark.parametrize("text", ["\x0cx = 1\n", "\x0c\nx = 1\n", "s = 'a\x0cb'\nx = 1\n", "s = '\u2028\x85'\nx = 1\n"])
def test_form_feeds_and_other_separators_end_no_line(text: str) -> None:
    source = python_source(text)
    start, end = line_span(source, ast.parse(text).body[-1])
    assert source.text[start:end].lstrip("\x0c") == "x = 1"


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["x = 1", "y = 'é🚀'", "# note", "", "z = (\n 1,\n)", "\x0c"]), min_size=1, max_size=6))
def test_any_lines(lines: list[str]) -> None:
    source = python_source("\n".join(lines) + "\nlast = 0\n")
    for node in ast.parse(source.text).body:
        module, statement = parse_statement(source, node)
        start, end, text = replace_statement(source, node, module, statement, statement)
        assert text == source.text[start:end]


def test_old_newlines_are_refused_rather_than_changed() -> None:
    source = python_source("x = (1,\r     2)\ry = 3\r")
    with pytest.raises(PatcherError, match="written back exactly"):
        parse_statement(source, ast.parse(source.text).body[0])
