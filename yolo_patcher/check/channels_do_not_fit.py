"""Channels that a module can't take: missing, no number, unequal summands, or not those of the row it reads."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import ADDERS, Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model_yaml import Row

CODE = "YP010"
TITLE = "the channels do not fit"
WHY = """\
A module whose branch reads its output's channels from the row must have them there; a sum needs inputs of equal
channels; and a module of `torch.nn` without a branch of its own is called with the row's arguments as they stand, so
its first argument is the channels that it reads at this scale, and its second must be the same, because `parse_model`
takes its output for as wide as its input.
"""
WRONG = changed("[-1, 3, C2f, [64]] # 9", "[-1, 3, C2f, []] # 9")
RIGHT = HEAD

_WIDTH_FIRST = frozenset({"nn.BatchNorm2d", "nn.Conv2d", "nn.ConvTranspose2d", "nn.InstanceNorm2d"})
_WIDTH_SECOND = frozenset({"nn.Conv2d", "nn.ConvTranspose2d"})
_FIX = "Write the channels of the output, before the scale's width, as the first argument."


def find(facts: Facts) -> Iterator[Finding]:
    """Give each row whose channels can't be."""
    for row in facts.rows:
        if not row.module:
            continue
        for problem, fix in (*_own(row, facts), *_summands(row, facts), *_as_written(row, facts)):
            message = f"row {row.index} ({row.module}) {problem}"
            yield Finding(CODE, row.index, row.line, message, fix)


def _own(row: Row, facts: Facts) -> Iterator[tuple[str, str]]:
    if not facts.vocabulary.takes_channels(row.module):
        return
    first = row.args[0] if row.args else None
    if first is None:
        yield "says no channels", _FIX
    elif isinstance(first, bool | float) or (isinstance(first, int) and first < 1):
        yield f"has {first!r} for channels", _FIX


def _summands(row: Row, facts: Facts) -> Iterator[tuple[str, str]]:
    widths = [facts.width[source] for source in row.sources]
    if row.module in ADDERS and None not in widths and len(set(widths)) > 1:
        inputs = ", ".join(f"{source} ({width})" for source, width in zip(row.sources, widths, strict=True))
        yield f"adds maps of different channels: {inputs}", "Bring them to equal channels by a Conv, or use a Concat."


def _as_written(row: Row, facts: Facts) -> Iterator[tuple[str, str]]:
    if row.module not in _WIDTH_FIRST or not facts.vocabulary.falls_through(row.module) or len(row.sources) != 1:
        return
    width = facts.width[row.sources[0]]
    positions = (0, 1) if row.module in _WIDTH_SECOND else (0,)
    for position, name in zip(positions, ("input", "output"), strict=False):
        value = row.args[position] if position < len(row.args) else None
        if width is not None and type(value) is int and value != width:
            scale = f" at scale {facts.scale.name}" if facts.scale.name else ""
            read = f"{row.sources[0]} has {width}{scale}"
            yield f"has {value} for its {name}'s channels, but row {read}", f"Write {width}, or use Conv."
            return
