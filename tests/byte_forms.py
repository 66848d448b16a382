"""Ways in which the bytes of Python files and model YAMLs may be written."""

from __future__ import annotations

import io
import random
import re
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthetic import BOM

SEPARATORS = "a\x85b\u2028c\u2029d\x0be\x0cf\x1cg\x1dh\x1ei"
"""What `str.splitlines` takes for ends of lines and Python does not."""

Write = Callable[[str], bytes]
"""Gives a file's bytes from its text, which has line feeds alone and four spaces."""


@dataclass(frozen=True)
class ByteForm:
    """How the files of a checkout are written."""

    python: Write = str.encode
    yaml: Write = str.encode

    def write(self, root: Path, path: str) -> None:
        """Rewrite a file that is in UTF-8 with line feeds."""
        write = self.yaml if path.endswith(".yaml") else self.python
        text = (root / path).read_bytes().decode()
        if text:
            (root / path).write_bytes(write(text))


def ends(*newlines: str) -> Write:
    """End lines with newlines drawn from some: differently in each file, and the same every time."""

    def write(text: str) -> bytes:
        draw = random.Random(text)
        return re.sub("\n", lambda _: draw.choice(newlines), text).encode()

    return write


def cookie(encoding: str, remark: str, newline: str = "\n") -> Write:
    """Declare an encoding, and use it in comments and docstrings."""

    def write(text: str) -> bytes:
        text = f"#!/usr/bin/env python\n# -*- coding: {encoding} -*-\n{noted(text, remark)}"
        return text.replace("\n", newline).encode(encoding)

    return write


def noted(text: str, remark: str, docstring: str | None = None) -> str:
    """Put a remark into every comment, and into every docstring the same or another."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    edits = []
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.COMMENT:
            edits.append((end, f" {remark}"))
        elif token.type == tokenize.STRING and token.string.startswith('"""') and before != tokenize.OP:
            edits.append((end - 3, f" {docstring or remark} "))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type
    for offset, new in reversed(edits):
        text = text[:offset] + new + text[offset:]
    return text


def indented(indent: str) -> Write:
    """Indent with something else, in docstrings as well."""
    leads = re.compile("^(?:    )+", re.MULTILINE)
    return lambda text: leads.sub(lambda match: indent * (len(match[0]) // 4), text).encode()


def spaced(text: str) -> bytes:
    """Put form feeds before definitions, and white space behind lines."""
    text = re.sub(r"^(?=def |class |@)", "\x0c\n", text, flags=re.MULTILINE)
    return re.sub(r"(?<=[\w)\]:,#]) *$", " \t ", text, flags=re.MULTILINE).encode()


def ending(end: str) -> Write:
    return lambda text: (text.rstrip("\n") + end).encode()


def _both(write: Write) -> ByteForm:
    return ByteForm(write, write)


FORMS = {
    "crlf": _both(ends("\r\n")),
    "mixed": _both(ends("\n", "\r\n")),
    "mixed-mostly-crlf": _both(ends("\n", "\r\n", "\r\n", "\r\n")),
    "bom": _both(lambda text: BOM + text.encode()),
    "bom-mixed": _both(lambda text: BOM + ends("\n", "\r\n")(text)),
    "tabs": ByteForm(indented("\t")),
    "tabs-crlf": ByteForm(lambda text: indented("\t")(text).replace(b"\n", b"\r\n"), ends("\r\n")),
    "two-spaces": ByteForm(indented("  ")),
    "one-space": ByteForm(indented(" ")),
    "utf-8": _both(lambda text: text.replace(" # ", " # 注意力 🚀 é ").encode()),
    "gbk": ByteForm(cookie("gbk", "注意力模块誠")),
    "gbk-crlf": ByteForm(cookie("gbk", "注意力模块誠", "\r\n"), ends("\r\n")),
    "gb18030": ByteForm(cookie("gb18030", "注意力 🚀")),
    "big5": ByteForm(cookie("big5", "注意力模組功")),
    "latin-1": ByteForm(cookie("latin-1", "déjà vu \x85\xa0")),
    "cp1252": ByteForm(cookie("cp1252", "€ – ‘x’")),
    "separators": ByteForm(lambda text: noted(text, SEPARATORS).encode()),
    "separators-crlf": ByteForm(lambda text: noted(text, SEPARATORS).replace("\n", "\r\n").encode(), ends("\r\n")),
    "docstrings-mixed": ByteForm(lambda text: noted(text, "x", "a\r\nb\nc\r\n\r\nd\n").encode()),
    "docstrings-lone-returns": ByteForm(lambda text: noted(text, "x", "a\rb\n\rc\r").encode()),
    "comments-end-in-lone-returns": ByteForm(lambda text: re.sub(r"(#.*)\n", r"\1\r", text).encode()),
    "form-feeds-and-white-space": ByteForm(spaced, lambda text: text.replace("\n", "  \n").encode()),
    "no-final-newline": _both(ending("")),
    "final-comment": _both(ending("\n# the end")),
    "final-crlf": _both(ending("\r\n")),
    "final-white-space": _both(ending("\n    ")),
    "final-form-feed": ByteForm(ending("\n\x0c\n")),
    "final-empty-lines": _both(ending("\n\n\r\n\n\n\n")),
    "final-carriage-return": _both(ending("\r")),
}
