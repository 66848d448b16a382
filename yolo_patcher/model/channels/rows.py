"""The channels of each row's output, worked out from the checkout's own `parse_model` without running it.

The chain `if m in ...: / elif ... / else: c2 = ch[f]` is read as a small program over a row's arguments. What it says
in a way that is not understood gives None for that row (shown as `?`), never a guess.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.stand_ins import stores
from yolo_patcher.model.channels.image import image_channels
from yolo_patcher.model.channels.module import RowModule, Unknown
from yolo_patcher.model.channels.statements import run
from yolo_patcher.model.channels.values import UNKNOWN, Values
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.model.scales import Scale
from yolo_patcher.signature import Signature, Signatures

_NONE: Signatures = {}


@dataclass(frozen=True)
class Built:
    """What `parse_model` makes of a row.

    Attributes:
        width: the channels of its output; None where they can't be told.
        args: the arguments that its class is called with, `UNKNOWN` for what can't be told; None where all can't.
        repeats: how many objects of its class it makes, one behind the other; None where that can't be told.
        module: its class, where that is not the row's own.
        base: what it makes of the row's base in its stead, where the row's class stands for another.
    """

    width: int | None
    args: tuple[object, ...] | None = None
    repeats: int | None = None
    module: str | None = None
    base: Built | None = None


def channels(
    model: ModelYaml, parse_model: ParseModel, scale: Scale, signatures: Signatures = _NONE
) -> dict[int, int | None]:
    """Give the output channels of each row at a scale; None where they can't be told.

    Args:
        model: the model.
        parse_model: the checkout's rules.
        scale: the size.
        signatures: what is known of classes, whatever `parse_model` says today.
    """
    return {index: built.width for index, built in built_rows(model, parse_model, scale, signatures).items()}


def built_rows(
    model: ModelYaml, parse_model: ParseModel, scale: Scale, signatures: Signatures = _NONE
) -> Mapping[int, Built]:
    """Give what `parse_model` makes of each row, and of the image its channels; arguments as for `channels`."""
    named = {row.module for row in model.rows}
    known = tuple((name, signature) for name, signature in signatures.items() if name in named)
    return _built_rows(model, parse_model, scale, known)


@lru_cache(maxsize=16)
def _built_rows(
    model: ModelYaml, parse_model: ParseModel, scale: Scale, known: tuple[tuple[str, Signature], ...]
) -> Mapping[int, Built]:
    signatures = dict(known)
    found = {IMAGE: Built(image_channels(model, parse_model))}
    constants = _constants(model, scale)
    table = _Table(parse_model, [_or_unknown(found[IMAGE].width)])
    for row in model.rows:
        before = found[row.index - 1].width if row.sources == (row.index - 1,) else None
        built = _built(row, parse_model, constants, table, before)
        standing = parse_model.standings.get(row.module)
        if row.module in signatures and (standing is None or (standing.made and built.width is None)):
            inputs = [found[source].width for source in row.sources]
            built = replace(built, width=signature_width(row, inputs, signatures[row.module], scale))
        found[row.index] = built
        table.append(built.width)
    return found


def signature_width(row: Row, inputs: Sequence[int | None], signature: Signature, scale: Scale) -> int | None:
    """Give the channels that a row has by its module's signature; None where they can't be told."""
    if signature.channels == "argument":
        first = row.args[0] if row.args else None
        return _scaled(first, scale) if isinstance(first, int) and not isinstance(first, bool) else None
    known = [width for width in inputs if width is not None]
    if not known or len(known) < len(inputs):
        return None
    match signature.channels:
        case "input":
            return known[0] if len(known) == 1 else None
        case "first":
            return known[0] if len(set(known)) == 1 else None
        case "sum":
            return sum(known)


def _scaled(channels: int, scale: Scale) -> int:
    """Scale channels as all repositories do: at most `max_channels`, by the width, up to a multiple of eight."""
    return math.ceil(min(channels, scale.max_channels) * scale.width / 8) * 8


def _constants(model: ModelYaml, scale: Scale) -> dict[str, object]:
    """Give the values of the names that `parse_model` takes from the YAML, under each name the repositories use."""
    values = model.values
    classes, anchors = values.get("nc"), values.get("anchors")
    constants: dict[str, object] = {
        **dict.fromkeys(("gw", "width", "width_multiple"), scale.width),
        **dict.fromkeys(("gd", "depth", "depth_multiple"), scale.depth),
        "max_channels": scale.max_channels,
        "ch_mul": values.get("channel_multiple") or 8,
        "scale": scale.name,
        "nc": classes,
        "anchors": list(anchors) if isinstance(anchors, list) else anchors,
    }
    first = anchors[0] if isinstance(anchors, list) and anchors else None
    per_scale = len(first) // 2 if isinstance(first, list) else anchors
    if isinstance(per_scale, int) and isinstance(classes, int):
        constants |= {"na": per_scale, "no": per_scale * (classes + 5)}
    elif "anchors" not in values:
        constants["no"] = None
    return constants


@dataclass
class _Table:
    """The list `ch` as it stands while a row is built, with `UNKNOWN` for what can't be told.

    The image is its first entry: for the first row only, or for all of them.
    """

    parse_model: ParseModel
    entries: list[object]
    rows: int = 0

    @property
    def name(self) -> str:
        return self.parse_model.channels_in.split("[", 1)[0]

    def take(self, entries: object) -> None:
        """Take what a row left of the list."""
        kept = isinstance(entries, list) and len(entries) == len(self.entries)
        self.entries = entries if kept and isinstance(entries, list) else [UNKNOWN] * len(self.entries)

    def append(self, width: int | None) -> None:
        if not self.rows and not self.parse_model.image_first:
            self.entries = []
        self.entries.append(_or_unknown(width))
        self.rows += 1


def _or_unknown(width: int | None) -> object:
    return UNKNOWN if width is None else width


def _built(
    row: Row, parse_model: ParseModel, constants: Mapping[str, object], table: _Table, before: int | None
) -> Built:
    source_name, repeats_name, _, args_name = parse_model.row
    if not row.written:
        source: object = []
    else:
        source = list(row.written) if row.from_list else row.written[0]
    names = {
        **constants,
        # A branch that gives no c2 leaves the one of the row before, which says nothing about a row that reads others.
        parse_model.channels_out: before,
        source_name: source,
        repeats_name: row.repeats,
        args_name: [_argument(one, constants) for one in row.args],
        table.name: table.entries,
    }
    values = Values(RowModule(parse_model.meant(row.module), parse_model), names)
    standing = parse_model.standings.get(row.module)
    try:
        run(_storing(parse_model, repeats_name, behind=False), values)
        scaled = values.names.get(repeats_name)
        run([parse_model.chain, *_storing(parse_model, parse_model.channels_out, behind=True)], values)
        built = _result(values, parse_model)
        if standing is None:
            return built
        base = replace(built, module=standing.base)
        if standing.repeats is not None and scaled is not None:
            values.names[standing.repeats] = scaled
        made = [(target, values.perhaps(value)) for target, value in standing.made]
        for target, value in made:
            values.store(target, value)
        return replace(_result(values, parse_model), module=standing.built, base=base)
    except (Unknown, ValueError, ArithmeticError):
        return Built(None)
    finally:
        table.take(values.names.get(table.name))


def _result(values: Values, parse_model: ParseModel) -> Built:
    _, repeats_name, module_name, args_name = parse_model.row
    result, args, repeats = (values.names.get(name) for name in (parse_model.channels_out, args_name, repeats_name))
    return Built(
        int(result) if isinstance(result, int | float) and not isinstance(result, bool) else None,
        tuple(args) if isinstance(args, list) and module_name not in values.names else None,
        repeats if isinstance(repeats, int) and not isinstance(repeats, bool) else None,
    )


def _argument(one: object, constants: Mapping[str, object]) -> object:
    if isinstance(one, str):
        return constants.get(one, one)
    return list(one) if isinstance(one, list) else one


@lru_cache(maxsize=64)
def _storing(parse_model: ParseModel, name: str, *, behind: bool) -> tuple[ast.stmt, ...]:
    """Give the statements of the loop before or behind the chain that give a name another value.

    Those that put a class back which stands for another are told for that class alone.
    """
    body, place = parse_model.loop.body, parse_model.loop.body.index(parse_model.chain)
    apart = {line.statement for line in parse_model.stand_in_lines}
    return tuple(
        statement
        for statement in (body[place + 1 :] if behind else body[:place])
        if statement not in apart and stores(statement, name)
    )
