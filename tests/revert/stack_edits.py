"""A user's edits of text that knows who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from stack_model import ORIGINAL, USER, Piece, Pieces, cut, joined


def borders(pieces: Pieces, least_line: int = 3) -> Iterator[tuple[int, str]]:
    """Give the offsets where a user may add a line, each with `far`, `near` an insertion, or `inside` one."""
    text = joined(pieces)
    starts = [0, *(match.end() for match in re.finditer(rb"\r\n|\r|\n", text))]
    edges: dict[int, tuple[int, int]] = {}
    at = 0
    for one, other in pairwise([Piece(b"", ORIGINAL), *pieces, Piece(b"", ORIGINAL)]):
        at += len(one.text)
        edges[at] = one.tag, other.tag
    ends = [(sum(len(piece.text) for piece in pieces[: index + 1]), piece.tag) for index, piece in enumerate(pieces)]
    for start in dict.fromkeys([*starts[least_line:], len(text)]):
        if start in edges:
            one_tag, other_tag = edges[start]
        else:
            one_tag = other_tag = next((tag for end, tag in ends if start < end), ORIGINAL)
        if one_tag == other_tag and one_tag > 0:
            yield start, "inside"
        else:
            yield start, "near" if max(one_tag, other_tag) > 0 else "far"


def added(pieces: Pieces, offset: int, text: bytes) -> Pieces:
    """Give the pieces with a user's text at an offset."""
    left, right = cut(pieces, offset)
    return (*left, Piece(text, USER), *right)


def lines(pieces: Pieces) -> Iterator[tuple[int, int, bytes, bool]]:
    """Give each line's begin and end, its text without the newline, and whether no patch had a part in it."""
    text = joined(pieces)
    tags = [piece.tag for piece in pieces for _ in piece.text]
    for match in re.finditer(rb"([^\r\n]*)(\r\n|\r|\n)", text):
        yield match.start(), match.end(), match[1], max(tags[match.start() : match.end()]) <= 0


def swapped(pieces: Pieces, first: int, last: int, text: bytes) -> Pieces:
    """Give the pieces with a user's text in place of a span."""
    left, rest = cut(pieces, first)
    return (*left, *([Piece(text, USER)] if text else []), *cut(rest, last - first)[1])


def mended(pieces: Pieces) -> Pieces:
    """Give the pieces without what a user wrote into an insertion."""
    first = {piece.tag: index for index, piece in reversed(list(enumerate(pieces)))}
    last = {piece.tag: index for index, piece in enumerate(pieces)}
    inside = [(first[tag], last[tag]) for tag in first if tag > 0]
    return tuple(
        piece
        for index, piece in enumerate(pieces)
        if piece.tag > 0 or not any(begin < index < end for begin, end in inside)
    )
