"""Channels that a module can't take: missing, no number, unequal summands, or not those of the row it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.modules import ADDERS, kept
from yolo_patcher.model.rows import Row

CODE = "YP010"
TITLE = "the channels do not fit"
WHY = """\
A module whose branch reads its output's channels from the row must have them there; a sum needs inputs of equal
channels; and a module of `torch.nn` without a branch of its own is called with the row's arguments as they stand, so
its first argument (of a GroupNorm the second) is the channels that it reads at this scale, and the second of a
convolution must be the same, because `parse_model` takes its output for as wide as its input. A branch that sets no
channels leaves those of the row built before, which are wrong for a module that reads another row; and a module that
keeps its input's channels must be taken for as wide.
"""
WRONG = changed("[-1, 3, C2f, [64]] # 9", "[-1, 3, C2f, []] # 9")
RIGHT = HEAD

_INPUT, _OUTPUT = "input", "output"
_WIDTHS: Mapping[str, Mapping[int, str]] = {
    "nn.BatchNorm2d": {0: _INPUT},
    "nn.InstanceNorm2d": {0: _INPUT},
    "nn.GroupNorm": {1: _INPUT},
    "nn.Conv2d": {0: _INPUT, 1: _OUTPUT},
    "nn.ConvTranspose2d": {0: _INPUT, 1: _OUTPUT},
}
_FIX = "Write the channels of the output, before the scale's width, as the first argument."


def find(facts: Facts) -> Iterator[Finding]:
    """Give each row whose channels can't be."""
    taken = _taken(facts)
    for row in facts.rows:
        if not row.module:
            continue
        problems = (*_own(row, facts), *_summands(row, facts), *_as_written(row, facts), *_other(row, facts, taken))
        for problem, fix in problems:
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
    if row.module not in _WIDTHS or not facts.vocabulary.falls_through(row.module) or len(row.sources) != 1:
        return
    width = facts.width[row.sources[0]]
    for position, name in _WIDTHS[row.module].items():
        value = row.args[position] if position < len(row.args) else None
        if width is not None and type(value) is int and value != width:
            scale = f" at scale {facts.scale.name}" if facts.scale.name else ""
            read = f"{row.sources[0]} has {width}{scale}"
            fix = f"Write {width}." if row.module == "nn.GroupNorm" else f"Write {width}, or use Conv."
            yield f"has {value} for its {name}'s channels, but row {read}", fix
            return


def _taken(facts: Facts) -> Mapping[int, int | None]:
    """Give the channels that `parse_model` takes each row to have, whatever is known of its module."""
    vocabulary = facts.vocabulary
    taken = channels(facts.model, vocabulary.parse_model, facts.scale)
    for row in facts.rows:
        if vocabulary.keeps_channels(row.module):
            taken[row.index] = taken[row.index - 1]
    return taken


def _other(row: Row, facts: Facts, taken: Mapping[int, int | None]) -> Iterator[tuple[str, str]]:
    """Find a row that is read and taken for wider or narrower than its module can make it."""
    if len(row.sources) != 1 or not facts.readers[row.index]:
        return
    (source,), name = row.sources, facts.vocabulary.parse_model.channels_out
    told, width = taken[row.index], facts.width[source]
    if told is None or width is None or told == width:
        return
    said = f"is taken for {told} channels wide"
    if facts.vocabulary.keeps_channels(row.module) and source != row.index - 1:
        fix = f"Let the branch of {row.module} in `parse_model` set {name}, as by `{name} = ch[f]`."
        yield f"{said}, as row {row.index - 1} is, but reads row {source}, which has {width}", fix
    elif kept(row.module, facts.vocabulary):
        fix = f"Write the channels of row {source} for it, or let its branch set them to those of its input."
        yield f"{said}, but gives the {width} of row {source}", fix
