from __future__ import annotations

import ast

import pytest
from synthetic import FORMS, PARSE_MODEL, Form, python_source

from yolo_patcher.plan.code.style import Style, restyle, style_of

CODE = '''\
# "marked"
class SE(nn.Module):
    """Doc with "quotes".

        indented
    """

    def __init__(self, c1, mode="near", other="it's"):
        """Make 'it'."""
        super().__init__()
        self.text = "a" + "b"

    def forward(self, x):
        return {
            "x": x,
          }
'''


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_style_of(form: Form) -> None:
    found = style_of(python_source(PARSE_MODEL, form))
    assert found == Style(form.indent, form.quote, form.newline)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("", Style("    ", '"', "\n")),
        ("x = ''\ny = 'a'\nz = 'b'\n", Style("    ", "'", "\n")),
        ("x = 'a'\ny = \"b\"\n", Style("    ", '"', "\n")),
        ('"""It\'s \'one\'."""\nx = "a"\n', Style("    ", '"', "\n")),
        ("if x:\n  y = 1\n\ndef f(a,\n        b):\n\n   return 1\n", Style("    ", '"', "\n")),
        ("def f():  # why\n   return 1\n", Style("   ", '"', "\n")),
        ("class A:\n\n\tx = 1\n", Style("\t", '"', "\n")),
    ],
)
def test_style_of_text(text: str, style: Style) -> None:
    assert style_of(python_source(text)) == style


def test_the_own_style_changes_nothing() -> None:
    assert restyle(CODE, Style("    ", '"', "\n")) == CODE


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["\t", "  ", "    ", " "])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_restyle_means_the_same(indent: str, quote: str, newline: str) -> None:
    code = restyle(CODE, Style(indent, quote, newline))
    assert code.count("\n") == CODE.count("\n")
    assert code.count("\r") == (CODE.count("\n") if newline == "\r\n" else 0)
    assert _without_docstrings(code) == _without_docstrings(CODE)


def _without_docstrings(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.dump(tree)


def test_restyle_single_quotes() -> None:
    code = restyle(CODE, Style("    ", "'", "\n"))
    assert "mode='near', other=\"it's\"" in code
    assert "self.text = 'a' + 'b'" in code
    assert '"""Doc with "quotes".' in code
    assert '"""Make \'it\'."""' in code


def test_restyle_tabs() -> None:
    lines = restyle(CODE, Style("\t", '"', "\n")).split("\n")
    assert "\tdef forward(self, x):" in lines
    assert '\t\t\t"x": x,' in lines
    assert "\t\t  }" in lines
    assert not any(line.endswith("\t") for line in lines)


@pytest.mark.parametrize(
    "code",
    ["x = 'a \"+open(1)+\" b'", "x = '\"'; y = '\"'", 'x = """a "b" c"""', "x = f'{y[\"a\"]}'", 'x = "a\'b"', '# "a"'],
)
def test_texts_that_hold_quotes_stay(code: str) -> None:
    assert restyle(code, Style("    ", "'", "\n")) == code
