"""The indent, the quotes and the newline of a Python file, so that generated code looks like its neighbours."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass

from yolo_patcher.checkout.text import SourceText, with_newline

# What follows is looked at first, for no line has to be read again then, however many colons it has.
_INDENT = re.compile(r"^(?:class|def)\b(?=[^\r\n]*[\r\n]+([ \t]+)\S)[^\r\n]*:[ \t]*(?:#[^\r\n]*)?[\r\n]", re.MULTILINE)
_SINGLE = re.compile(r"(?<![\"'\w])'[^'\"\r\n]*'(?!')")
_DOUBLE = re.compile(r"(?<![\"'\w])\"[^'\"\r\n]*\"(?!\")")


@dataclass(frozen=True)
class Style:
    """How a file is written.

    Attributes:
        indent: one level of indentation.
        quote: the quote of most of its strings.
        newline: the newline of most of its lines.
    """

    indent: str
    quote: str
    newline: str


def style_of(source: SourceText) -> Style:
    """Read a file's style; four spaces and double quotes where it shows none."""
    indent = _INDENT.search(source.text)
    single, double = len(_SINGLE.findall(source.text)), len(_DOUBLE.findall(source.text))
    return Style(indent[1] if indent else "    ", "'" if single > double else '"', source.newline)


def restyle(code: str, style: Style) -> str:
    r"""Rewrite generated code (four spaces, double quotes, `"\n"`) in a file's style; docstrings keep their quotes."""
    lines = code.split("\n")
    if style.quote == "'":
        _requote(code, lines)
    for number, line in enumerate(lines):
        body = line.lstrip(" ")
        depth, rest = divmod(len(line) - len(body), 4)
        lines[number] = style.indent * depth + " " * rest + body
    return with_newline("\n".join(lines), style.newline)


def _requote(code: str, lines: list[str]) -> None:
    """Put the texts of one line that hold no quote themselves into single quotes."""
    documentation = _docstring_lines(code)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        row, begin = token.start[0] - 1, token.start[1]
        if token.type == tokenize.STRING and row not in documentation and _DOUBLE.fullmatch(token.string):
            lines[row] = f"{lines[row][:begin]}'{token.string[1:-1]}'{lines[row][token.end[1] :]}"


def _docstring_lines(code: str) -> set[int]:
    found: set[int] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.update(range(node.lineno - 1, node.end_lineno or node.lineno))
    return found
