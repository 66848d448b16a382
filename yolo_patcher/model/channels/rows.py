"""The channels of each row's output, worked out from the checkout's own `parse_model` without running it.

The chain `if m in ...: / elif ... / else: c2 = ch[f]` is read as a small program over a row's arguments. What it says
in a way that is not understood gives None for that row (shown as `?`), never a guess.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.model.channels.image import image_channels
from yolo_patcher.model.channels.module import RowModule, Unknown
from yolo_patcher.model.channels.statements import run
from yolo_patcher.model.channels.values import UNKNOWN, Values
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.model.scales import Scale


def channels(
    model: ModelYaml, parse_model: ParseModel, scale: Scale, same: frozenset[str] = frozenset()
) -> dict[int, int | None]:
    """Give the output channels of each row at a scale; None where they can't be told.

    Args:
        model: the model.
        parse_model: the checkout's rules.
        scale: the size.
        same: modules known to keep their input's channels, whatever `parse_model` says today.
    """
    known = {IMAGE: image_channels(model, parse_model)}
    constants = _constants(model, scale)
    table = _Table(parse_model, [_or_unknown(known[IMAGE])])
    for row in model.rows:
        if row.module in same:
            known[row.index] = known[row.sources[0]] if len(row.sources) == 1 else None
        else:
            before = known[row.index - 1] if row.sources == (row.index - 1,) else None
            known[row.index] = _row_channels(row, parse_model, constants, table, before)
        table.append(known[row.index])
    return known


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


def _row_channels(
    row: Row, parse_model: ParseModel, constants: Mapping[str, object], table: _Table, before: int | None
) -> int | None:
    source_name, _, _, args_name = parse_model.row
    if not row.written:
        source: object = []
    else:
        source = list(row.written) if row.from_list else row.written[0]
    names = {
        **constants,
        # A branch that gives no c2 leaves the one of the row before, which says nothing about a row that reads others.
        parse_model.channels_out: before,
        source_name: source,
        args_name: [_argument(one, constants) for one in row.args],
        table.name: table.entries,
    }
    values = Values(RowModule(row.module, parse_model), names)
    try:
        run([parse_model.chain, *_behind(parse_model.loop, parse_model.chain, parse_model.channels_out)], values)
        result = values.names.get(parse_model.channels_out)
        return int(result) if isinstance(result, int | float) and not isinstance(result, bool) else None
    except (Unknown, ValueError, ArithmeticError):
        return None
    finally:
        table.take(values.names.get(table.name))


def _argument(one: object, constants: Mapping[str, object]) -> object:
    if isinstance(one, str):
        return constants.get(one, one)
    return list(one) if isinstance(one, list) else one


@lru_cache(maxsize=64)
def _behind(loop: ast.For, chain: ast.If, name: str) -> tuple[ast.stmt, ...]:
    """Give the statements of the loop behind the chain that give a name another value."""
    after = loop.body[loop.body.index(chain) + 1 :]
    return tuple(
        statement
        for statement in after
        if any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
            for node in ast.walk(statement)
        )
    )
