"""Bytes to text and back, exactly: encoding cookie, byte order mark and newlines stay what they are."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass, replace
from itertools import accumulate

from yolo_patcher.errors import PatcherError

_NEWLINE = re.compile(r"\r\n|\r|\n")
_CONVERT = "Convert the file to UTF-8 first."
_TELL = "Name the file's encoding in its first line, as in `# -*- coding: gbk -*-`, or convert the file to UTF-8."


@dataclass(frozen=True)
class SourceText:
    r"""A text file as text, with what is needed to write its bytes again.

    Attributes:
        path: POSIX path relative to the checkout, for messages.
        text: the content with its own newlines, without byte order mark.
        encoding: a codec that encodes `text` to the file's bytes.
        bom: True when the file began with a UTF-8 byte order mark.
        newline: the newline that most lines end with; `"\n"` when there is none.
    """

    path: str
    text: str
    encoding: str
    bom: bool
    newline: str

    def encode(self) -> bytes:
        """Give the bytes of the text.

        Raises:
            PatcherError: `checkout`, when a character does not exist in the file's encoding.
        """
        try:
            body = self.text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise PatcherError(
                "checkout",
                f"the file is {self.encoding}, which has no character {error.object[error.start]!r}",
                path=self.path,
                help=_CONVERT,
            ) from error
        return codecs.BOM_UTF8 + body if self.bom else body

    def with_text(self, text: str) -> SourceText:
        """Give the same file with another text."""
        return replace(self, text=text)


def decode_python(path: str, content: bytes) -> SourceText:
    """Decode a Python file by its byte order mark and encoding cookie (PEP 263).

    Raises:
        PatcherError: `checkout`, when the bytes are not valid in the encoding that the file declares.
    """
    _refuse_wide(path, content)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:
        raise PatcherError("checkout", f"the encoding can't be told: {error}", path=path, line=1, help=_TELL) from error
    return _decode(path, content, "utf-8" if encoding == "utf-8-sig" else encoding)


def decode_yaml(path: str, content: bytes) -> SourceText:
    """Decode a YAML file, which is UTF-8.

    Raises:
        PatcherError: `model`, when the bytes are not UTF-8.
    """
    try:
        _refuse_wide(path, content)
        return _decode(path, content, "utf-8")
    except PatcherError as error:
        raise PatcherError("model", error.message, path=path, line=error.line, help=_CONVERT) from error


def _refuse_wide(path: str, content: bytes) -> None:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise PatcherError("checkout", "the file is UTF-16", path=path, line=1, help=_CONVERT)


def _decode(path: str, content: bytes, encoding: str) -> SourceText:
    bom = content.startswith(codecs.BOM_UTF8)
    body = content[len(codecs.BOM_UTF8) :] if bom else content
    try:
        text = body.decode(encoding)
        exact = text.encode(encoding) == body
    except LookupError as error:
        raise PatcherError(
            "checkout", f"{encoding}, which the file declares, is no encoding of text", path=path, line=1, help=_TELL
        ) from error
    except UnicodeError as error:
        before = body[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        line = line_of(before.decode("latin-1"), len(before))
        raise PatcherError(
            "checkout", f"the file is not valid {encoding}: {error}", path=path, line=line, help=_TELL
        ) from error
    if not exact:
        raise PatcherError("checkout", f"the file can't be written back exactly as {encoding}", path=path, help=_TELL)
    return SourceText(path, text, encoding, bom, dominant_newline(text))


def dominant_newline(text: str) -> str:
    r"""Give the newline that ends most lines of a text: `"\n"`, `"\r\n"` or `"\r"`."""
    both = text.count("\r\n")
    counts = {"\n": text.count("\n") - both, "\r\n": both, "\r": text.count("\r") - both}
    return max(counts, key=counts.__getitem__)


def line_starts(text: str) -> list[int]:
    """Give the offset at which each line begins; Python's own newlines only, so that a form feed ends no line."""
    if "\r" in text:
        return [0, *(match.end() for match in _NEWLINE.finditer(text))]
    return list(accumulate(map(len, text.split("\n")[:-1]), lambda begin, length: begin + length + 1, initial=0))


def line_of(text: str, offset: int) -> int:
    """Give the number, from 1, of the line that holds an offset."""
    return text.count("\n", 0, offset) + text.count("\r", 0, offset) - text.count("\r\n", 0, offset) + 1


def with_newline(text: str, newline: str) -> str:
    r"""Turn every newline of a generated text (which has `"\n"` alone) into the given one."""
    return text if newline == "\n" else text.replace("\n", newline)


def insert_at(text: str, insertions: list[tuple[int, int, str]]) -> str:
    """Replace the spans `(start, end, new)` of a text, all given by their offsets in the original.

    Spans must not overlap; insertions at one offset come out in the order given.
    """
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(insertions, key=lambda item: (item[0], item[1])):
        parts += [text[position:start], new]
        position = end
    return "".join([*parts, text[position:]])
