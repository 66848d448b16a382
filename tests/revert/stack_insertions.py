"""What one text has over another, aligned in the fewest runs: an oracle of its own, for tests."""

from __future__ import annotations

import re
from collections.abc import Sequence


def inserted(before: bytes, after: bytes, name: bytes) -> list[tuple[int, int]]:
    """Give the spans of `after` that are new: whole lines that begin with one that has the name, or parts of lines."""
    lines, words = rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", rb"[\w\x80-\xff]+|\r\n|[\s\S]"
    for split in (lines, words):
        old, new = re.findall(split, before), re.findall(split, after)
        aligned = _aligned(old, new)
        if aligned is not None:
            spans = _spans(old, new, aligned)
            bounds = [0, *(edge for span in spans for edge in span), len(after)]
            return [_slid(after, span, bounds[2 * n], bounds[2 * n + 3], name) for n, span in enumerate(spans)]
    raise AssertionError("a step did more than insert")


def _aligned(old: Sequence[bytes], new: Sequence[bytes]) -> list[int | None] | None:
    """Give, for each new unit, the old one that it was, None for none; in the fewest runs of what is new.

    By dynamic programming over what is left of `old` and `new`, common ends left out.
    """
    begin = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    room = min(len(old), len(new)) - begin
    end = next((n for n in range(room) if old[-1 - n] != new[-1 - n]), room)
    left, right = old[begin : len(old) - end], new[begin : len(new) - end]
    infinite = len(new) + 1
    # cost[i][j]: the fewest runs for left[i:], right[j:], when the unit before was kept; inside[i][j]: when it was new.
    cost = [[infinite] * (len(right) + 1) for _ in range(len(left) + 1)]
    inside = [list(row) for row in cost]
    cost[-1][-1] = inside[-1][-1] = 0

    def kept(i: int, j: int) -> int:
        changed = None if i == len(left) else _grown(left[i], right[j])
        return infinite if changed is None else cost[i + 1][j + 1] + (changed[0] < changed[1])

    for i in range(len(left), -1, -1):
        for j in range(len(right) - 1, -1, -1):
            inside[i][j] = min(kept(i, j), inside[i][j + 1])
            cost[i][j] = min(kept(i, j), inside[i][j + 1] + 1)
    if cost[0][0] >= infinite:
        return None
    aligned: list[int | None] = list(range(begin))
    i, is_new = 0, False
    for j in range(len(right)):
        is_new = kept(i, j) > inside[i][j + 1] + (not is_new)
        aligned.append(None if is_new else i + begin)
        i += not is_new
    return [*aligned, *range(len(old) - end, len(old))]


def _grown(old: bytes, new: bytes) -> tuple[int, int] | None:
    """Give the span of a line that is new in it; None where it is another line."""
    extra = len(new) - len(old)
    if extra <= 0 or len(old) < 8:
        return (0, 0) if old == new else None
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return (same, same + extra) if new[same + extra :] == old[same:] else None


def _spans(old: Sequence[bytes], new: Sequence[bytes], aligned: Sequence[int | None]) -> list[tuple[int, int]]:
    offsets = [0]
    for unit in new:
        offsets.append(offsets[-1] + len(unit))
    spans: list[tuple[int, int]] = []
    j = 0
    while j < len(new):
        was = aligned[j]
        if was is None:
            last = next((n for n in range(j, len(new)) if aligned[n] is not None), len(new))
            begin = offsets[j]
            if spans and spans[-1][1] == begin:
                # A newline that the file's last line lacked, and what stands behind it.
                begin = spans.pop()[0]
            spans.append((begin, offsets[last]))
            j = last
            continue
        first, after = _grown(old[was], new[j]) or (0, 0)
        if first < after:
            spans.append((offsets[j] + first, offsets[j] + after))
        j += 1
    return spans


def _slid(text: bytes, span: tuple[int, int], lowest: int, highest: int, name: bytes) -> tuple[int, int]:
    """Prefer, of the spans whose deletion is the same, whole lines that begin with what tells whose they are."""
    first, last = span
    while first > lowest and text[first - 1] == text[last - 1]:
        first, last = first - 1, last - 1
    places = [(first, last)]
    while last < highest and text[first] == text[last]:
        first, last = first + 1, last + 1
        places.append((first, last))
    own = re.compile(rb"[\r\n]*[^\r\n]*\b(yolo-patcher|%s)\b" % re.escape(name))
    telling = [one for one in places if own.match(text[slice(*one)])]
    whole = [one for one in telling if text[: one[0]].endswith((b"\n", b"\r")) and text[one[0] : one[0] + 1] != b"\n"]
    return next(iter([*whole, *(one for one in telling if one == span), *telling]), span)
