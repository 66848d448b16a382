"""Python as its words and their places: what a formatter leaves alone."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.text import line_starts

# A formatter adds and takes away brackets and commas, and breaks lines.
_FREE = ("(", ")", ",", ";")
_SPACE = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT)


@dataclass(frozen=True)
class Token:
    """A token of a Python text.

    Attributes:
        kind: as `tokenize` numbers it.
        text: as it is written.
        word: the same however it is formatted; empty for what a formatter may add or take away.
        start: the offset of its first character.
        end: the offset behind its last one.
    """

    kind: int
    text: str
    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Give the tokens of a Python text.

    Raises:
        SyntaxError: when it is no Python.
    """
    starts = line_starts(text)
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error

    def offset(place: tuple[int, int]) -> int:
        line, column = place
        return min(starts[line - 1] + column, len(text)) if line <= len(starts) else len(text)

    solid = (one for one in found if one.type != tokenize.ENDMARKER)
    return [Token(one.type, one.string, _word(one), offset(one.start), offset(one.end)) for one in solid]


def _word(one: tokenize.TokenInfo) -> str:
    name = tokenize.tok_name[one.type]
    if name == "COMMENT":
        return "# " + " ".join(one.string.lstrip("#").split())
    if name == "NUMBER":
        return one.string.lower()
    if name == "STRING":
        return _string(one.string)
    if name in ("FSTRING_START", "FSTRING_END"):
        return one.string.rstrip("'\"").lower() + '"'
    if name in ("NAME", "OP", "FSTRING_MIDDLE"):
        return "" if one.string in _FREE else one.string
    return ""


def _string(text: str) -> str:
    prefix = text[: text.index(text[-1])].lower().replace("u", "")
    if "f" in prefix:
        return prefix + text[len(prefix) :].strip("'\"").replace("\\'", "'").replace('\\"', '"')
    with warnings.catch_warnings():
        # An escape that Python does not know is the file's own affair.
        warnings.simplefilter("ignore")
        value = ast.literal_eval(text)
    said = value if isinstance(value, str) else value.decode("latin-1")
    return f'{"b" if "b" in prefix else ""}"{" ".join(said.split())}"'


def words(found: Sequence[Token]) -> list[str]:
    """Give the words of tokens, without what a formatter may add or take away."""
    return [one.word for one in found if one.word]


def begins_statement(found: Sequence[Token], number: int) -> bool:
    """Tell whether a token, which may be a comment, is the first of a statement."""
    before = next((one for one in reversed(found[:number]) if one.kind not in _SPACE), None)
    return before is None or before.kind == tokenize.NEWLINE


def same_code(one: str, other: str) -> bool:
    """Tell whether two Python texts differ in nothing but their formatting, comments included."""
    try:
        return words(tokens(one)) == words(tokens(other)) and _essence(one) == _essence(other)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _essence(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text.replace("\r\n", "\n"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            # The indentation of a docstring's lines is formatting too.
            node.value.value = " ".join(node.value.value.split())
        elif isinstance(node, ast.Constant):
            node.kind = None
    return ast.dump(tree)
