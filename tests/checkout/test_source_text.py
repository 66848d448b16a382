from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import BOM

from yolo_patcher.checkout.text import (
    SourceText,
    decode_python,
    decode_yaml,
    dominant_newline,
    insert_at,
    line_of,
    line_starts,
    with_newline,
)
from yolo_patcher.errors import PatcherError


def check_roundtrip(content: bytes, encoding: str, newline: str = "\n") -> SourceText:
    source = decode_python("a.py", content)
    assert source.encode() == content
    assert (source.encoding, source.newline) == (encoding, newline)
    return source


@pytest.mark.parametrize(
    ("content", "encoding", "newline"),
    [
        (b"", "utf-8", "\n"),
        (b"x = 1", "utf-8", "\n"),
        (b"x = 1\n\n\n", "utf-8", "\n"),
        (b"x = 1\r\ny = 2\r\n", "utf-8", "\r\n"),
        (b"x = 1\ry = 2\r", "utf-8", "\r"),
        (b"x = 1\r\ny = 2\nz = 3\n", "utf-8", "\n"),
        (BOM + b"x = 1\r\n", "utf-8", "\r\n"),
        (BOM + b"# coding: utf-8\nx = 1\n", "utf-8", "\n"),
        ("s = '注意力 🚀'\n".encode(), "utf-8", "\n"),
        ("# -*- coding: gbk -*-\ns = '注意力'\n".encode("gbk"), "gbk", "\n"),
        ("#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\ns = 'ö'\n".encode("latin-1"), "iso-8859-1", "\n"),
        (b"x = 1\n\x0c\ny = 2\n", "utf-8", "\n"),
        ("s = '\u2028\x85'\n".encode(), "utf-8", "\n"),
    ],
)
def test_roundtrip(content: bytes, encoding: str, newline: str) -> None:
    source = check_roundtrip(content, encoding, newline)
    assert source.bom == content.startswith(BOM)
    assert not source.text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"s = '\xf6'\n", "encoding can't be told"),
        (b"# coding: no-such-codec\n", "encoding can't be told"),
        (BOM + b"# coding: latin-1\n", "encoding can't be told"),
        (b"x = 1\n" * 3 + b"s = '\xff'\n", "not valid utf-8"),
        (b"# coding: gbk\n" + b"s = '\xff\xff'\n", "not valid gbk"),
    ],
)
def test_refused(content: bytes, part: str) -> None:
    with pytest.raises(PatcherError) as caught:
        decode_python("a.py", content)
    assert (caught.value.kind, caught.value.path) == ("checkout", "a.py")
    assert part in caught.value.message


def test_bytes_that_decode_but_do_not_encode_back_are_refused() -> None:
    # ISO-2022 has several ways to write a text, and an encoder writes only one of them.
    content = b"# coding: iso2022_jp\n# \x1b$B\x1b(B\n"
    with pytest.raises(PatcherError, match="written back exactly"):
        decode_python("a.py", content)


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    source = decode_python("a.py", b"# coding: latin-1\n").with_text("# 注\n")
    with pytest.raises(PatcherError) as caught:
        source.encode()
    assert (caught.value.kind, caught.value.path) == ("checkout", "a.py")
    assert "注" in caught.value.message


def test_yaml_is_utf8_whatever_its_first_line_says() -> None:
    content = BOM + "# coding: latin-1 ö\r\nnc: 1".encode()
    source = decode_yaml("a.yaml", content)
    assert source.encode() == content
    with pytest.raises(PatcherError) as caught:
        decode_yaml("a.yaml", b"# \xf6\n")
    assert (caught.value.kind, caught.value.path) == ("model", "a.yaml")
    assert "UTF-8" in caught.value.help


TEXTS = st.text(st.sampled_from("ab 'é注🚀\n\r\x0c\x0b\x85\u2028\t"), max_size=60)


@given(TEXTS, st.booleans(), st.sampled_from(["utf-8", "gbk", "latin-1"]))
def test_any_text_that_decodes_encodes_back(text: str, bom: bool, encoding: str) -> None:
    cookie = b"" if encoding == "utf-8" else f"# coding: {encoding}\n".encode()
    content = (BOM if bom else b"") + cookie + text.encode(encoding, "ignore")
    # A byte order mark belongs to UTF-8, and a newline may hide the cookie or what was cut out of a character.
    refusable = bom or encoding != "utf-8"
    with contextlib.suppress(PatcherError) if refusable else contextlib.nullcontext():
        assert decode_python("a.py", content).encode() == content


@given(TEXTS)
def test_lines_are_pythons_own(text: str) -> None:
    starts = line_starts(text)
    assert starts == sorted(set(starts))
    for number, start in enumerate(starts, 1):
        assert line_of(text, start) == number or text[start - 1 : start + 1] == "\r\n"
    assert len(starts) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


def test_a_form_feed_ends_no_line() -> None:
    assert line_starts("a\x0cb\x0bc\x85d\u2028e\nf") == [0, 10]


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a", "\n"), ("a\r\nb\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb", "\r")]
)
def test_dominant_newline(text: str, newline: str) -> None:
    assert dominant_newline(text) == newline
    assert with_newline("a\nb", newline) == f"a{newline}b"


def test_insert_at() -> None:
    assert insert_at("abcdef", []) == "abcdef"
    assert insert_at("abcdef", [(4, 5, "X"), (0, 0, ">"), (2, 2, "1"), (2, 2, "2"), (6, 6, "<")]) == ">ab12cdXf<"
    assert insert_at("abc", [(0, 3, "")]) == ""
