from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import (
    MAX_VALUE,
    choices_used,
    evaluate,
    format_value,
    located,
    names_used,
    placeholders,
    render,
)


def check_refused(text: str, part: str) -> None:
    with pytest.raises(PatcherError) as caught:
        evaluate(text, {"C": 64, "r": 16})
    assert caught.value.kind == "recipe"
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("C // r", 4),
        ("max(C // r, 8, 1)", 8),
        ("min(C, r)", 16),
        ("2 * C * (r + 1) - 3", 2173),
        ("divisor(C, 48)", 32),
        ("divisor(80, 32)", 20),
        ("divisor(7, 6.5)", 1),
        ("divisor(r, C)", 16),
        ("-C % 5", 1),
        ("r ** 2", 256),
        ("1.5 * 2", 3.0),
        ("C == 64 and r < C", True),
        ("C != 64 or not r", False),
        ("1 < r <= 16", True),
        ("1 < r < 16", False),
        ("True * 3", 3),
        ("  C  ", 64),
    ],
)
def test_evaluate(text: str, value: object) -> None:
    result = evaluate(text, {"C": 64, "r": 16})
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "not an expression"),
        ("C +", "not an expression"),
        ("C = 1", "not an expression"),
        ("C\nr", "not an expression"),
        ("\0", "not an expression"),
        ("(" * 400, "not an expression"),
        ("-" * 499 + "1", ""),
        ("C / r", "may not contain Div"),
        ("C << 2", "may not contain LShift"),
        ("~C", "may not contain Invert"),
        ("'C'", "may not contain Constant"),
        ("1j", "may not contain Constant"),
        ("1e999", "may not contain Constant"),
        ("99999999999999999999", "may not contain Constant"),
        ("None", "may not contain Constant"),
        ("C.real", "may not contain Attribute"),
        ("C[0]", "may not contain Subscript"),
        ("[C]", "may not contain List"),
        ("(C, r)", "may not contain Tuple"),
        ("f'{C}'", "may not contain JoinedStr"),
        ("lambda: C", "may not contain Lambda"),
        ("C if r else 1", "may not contain IfExp"),
        ("(x := 1)", "may not contain NamedExpr"),
        ("[x for x in C]", "may not contain ListComp"),
        ("C in r", "may not contain In"),
        ("C is r", "may not contain Is"),
        ("abs(C)", "may not contain Call"),
        ("divisor(C)", "may not contain Call"),
        ("divisor(C, r, 2)", "may not contain Call"),
        ("divisor(C, 0)", "divisor(64, 0) is undefined"),
        ("divisor(0, r)", "is undefined"),
        ("divisor(0.5, r)", "is undefined"),
        ("divisor(2 ** 16, r)", "is undefined"),
        ("__import__('os')", "may not contain Call"),
        ("max(C)", "may not contain Call"),
        ("max(*C, r)", "may not contain Call"),
        ("max(C, r, key=C)", "may not contain Call"),
        ("max(C, r)(C)", "may not contain Call"),
        ("q + 1", "unknown name 'q'"),
        ("max + 1", "unknown name 'max'"),
        ("C // (r - 16)", "divides by zero"),
        ("C % 0", "divides by zero"),
        ("2 ** 17", "exponent"),
        ("2 ** -1", "exponent"),
        ("2 ** 0.5", "exponent"),
        ("C ** 16", "out of range"),
        ("((C ** 9) ** 9) ** 9", "out of range"),
        ("1e18 * 1e18", "out of range"),
        ("1 + " * 300 + "1", "too long"),
        ("+".join("1" * 150), "too long"),
    ],
)
def test_evaluate_refuses(text: str, part: str) -> None:
    check_refused(text, part)


@given(st.integers(1, 4096), st.integers(1, 4096), st.integers(1, 64))
def test_evaluate_agrees_with_python(channels: int, reduction: int, least: int) -> None:
    names = {"C": channels, "r": reduction, "m": least}
    assert evaluate("2 * C * max(C // r, m) + C % r", names) == (
        2 * channels * max(channels // reduction, least) + channels % reduction
    )


@given(st.text(alphabet="C r0123456789+-*/%()<>=!.,minaxotd", max_size=40))
def test_evaluate_gives_a_bounded_number_or_the_one_error(text: str) -> None:
    try:
        value = evaluate(text, {"C": 64, "r": 16})
    except PatcherError:
        return
    assert isinstance(value, int | float)
    assert abs(value) < MAX_VALUE


def test_names_used() -> None:
    assert names_used("max(C // r, min_hidden) + max") == {"C", "r", "min_hidden", "max"}
    assert names_used('(variant == "paper") * C') == {"C"}


def test_choices_used() -> None:
    text = """2 * C * (variant == "paper") + r * (C > 2 and norm != 'none')"""
    assert choices_used(text) == {("variant", "paper"), ("norm", "none")}
    assert choices_used("C == r") == frozenset()


def test_placeholders() -> None:
    assert placeholders("{C} and {C // r}, {1}") == ("C", "C // r", "1")
    assert placeholders("nothing") == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('variant == "paper"', True),
        ("variant != 'paper'", False),
        ('variant == "other"', False),
        ('C * (variant == "paper") + (variant != "paper")', 64),
        ('not variant == "paper" or C == 64', True),
    ],
)
def test_a_choice_is_held_against_a_text(text: str, value: object) -> None:
    assert evaluate(text, {"C": 64, "variant": "paper"}) == value


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2 * variant", "'variant' is a choice and no number"),
        ("variant == C", "'variant' is a choice and no number"),
        ("max(variant, C)", "'variant' is a choice and no number"),
        ('absent == "paper"', "unknown name 'absent'"),
        ('"paper" == variant', "may not contain Constant"),
        ('variant < "paper"', "may not contain Constant"),
        ('variant == "paper" == True', "may not contain Constant"),
        ('variant + "paper"', "may not contain Constant"),
        ('"paper" * 1000000', "may not contain Constant"),
        ("variant == b'paper'", "may not contain Constant"),
    ],
)
def test_a_choice_is_nothing_else(text: str, part: str) -> None:
    with pytest.raises(PatcherError) as caught:
        evaluate(text, {"C": 64, "variant": "paper"})
    assert part in caught.value.message


def test_render() -> None:
    names = {"C": 64, "r": 16, "on": True, "x": 0.5}
    assert render("{C // r} of {C}, {on}, {x}, {C > r}", names) == "4 of 64, true, 0.5, true"
    assert render('{variant}: {variant == "paper"}', {"variant": "paper"}) == "paper: true"


@pytest.mark.parametrize("template", ["{C", "C}", "{{C}}", "{}", "{C!r}", "{C:>9}", "{C.real}"])
def test_render_refuses(template: str) -> None:
    with pytest.raises(PatcherError, match=r"braces|not an expression|may not contain"):
        render(template, {"C": 64})


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (3, "3"), (0.25, "0.25"), (1.0, "1")])
def test_format_value(value: object, text: str) -> None:
    assert format_value(value) == text


def test_located_keeps_what_is_known() -> None:
    with pytest.raises(PatcherError) as caught, located("outer", 9), located("inner"):
        evaluate("1 +", {})
    assert (caught.value.path, caught.value.line) == ("inner", 9)
