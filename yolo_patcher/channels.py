"""The channels of each row's output, worked out from the checkout's own `parse_model` without running it.

The chain `if m in ...: / elif ... / else: c2 = ch[f]` is read as a small program over a row's arguments. What it says
in a way that is not understood gives None for that row (shown as `?`), never a guess.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.model_yaml import IMAGE, ModelYaml, Row
from yolo_patcher.parse_model import ParseModel, branches

IMAGE_CHANNELS = 3


@dataclass(frozen=True)
class Scale:
    """One size of a model family: depth and width multiples and the cap on channels before the width multiple."""

    name: str
    depth: float
    width: float
    max_channels: float


class _Unknown(Exception):
    """An expression whose value can't be told from the text."""


def scales(model: ModelYaml) -> dict[str, Scale]:
    """Give the scales that a model YAML declares, or one named `""` where each scale is a file of its own.

    Raises:
        PatcherError: `model`, when the scales are not lists of depth, width and max_channels.
    """
    declared = model.values.get("scales")
    try:
        if isinstance(declared, dict) and declared:
            return {
                str(name): Scale(str(name), float(values[0]), float(values[1]), float((*values, math.inf)[2]))
                for name, values in declared.items()
            }
        depth, width = (model.values.get(f"{key}_multiple") for key in ("depth", "width"))
        one = Scale("", _number(depth), _number(width), math.inf)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise PatcherError("model", f"the scales are not understood: {error}", path=model.path) from error
    return {"": one}


def _number(value: object) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


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
    known: dict[int, int | None] = {IMAGE: IMAGE_CHANNELS}
    constants = _constants(model, scale)
    for row in model.rows:
        if row.module in same:
            known[row.index] = known[row.sources[0]] if len(row.sources) == 1 else None
            continue
        try:
            known[row.index] = _row_channels(row, parse_model, constants, known)
        except (_Unknown, TypeError, ValueError, ArithmeticError, LookupError):
            known[row.index] = None
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
        "anchors": anchors,
    }
    first = anchors[0] if isinstance(anchors, list) and anchors else None
    per_scale = len(first) // 2 if isinstance(first, list) else anchors
    if isinstance(per_scale, int) and isinstance(classes, int):
        constants |= {"na": per_scale, "no": per_scale * (classes + 5)}
    elif "anchors" not in values:
        constants["no"] = None
    return constants


def _row_channels(
    row: Row, parse_model: ParseModel, constants: Mapping[str, object], known: Mapping[int, int | None]
) -> int | None:
    source_name, _, module_name, args_name = parse_model.row
    names = {
        **constants,
        # A branch that gives no c2 leaves the one of the row before, which says nothing about a row that reads others.
        parse_model.channels_out: known[row.index - 1] if row.sources == (row.index - 1,) else None,
        source_name: list(row.sources) if row.from_list else row.sources[0],
        args_name: [constants.get(arg, arg) if isinstance(arg, str) else arg for arg in row.args],
    }
    reader = _Reader(parse_model, row.module, module_name, dict(names), known)
    for test, body in branches(parse_model.chain):
        if test is None or reader.value(test):
            reader.run(body)
            break
    result = reader.names.get(parse_model.channels_out)
    return int(result) if isinstance(result, int | float) and not isinstance(result, bool) else None


class _Reader:
    """Runs the assignments of one branch of the chain; `ch` is the table of channels by row."""

    def __init__(
        self,
        parse_model: ParseModel,
        module: str,
        module_name: str,
        names: dict[str, object],
        known: Mapping[int, int | None],
    ) -> None:
        self.parse_model = parse_model
        self.module = module
        self.module_name = module_name
        self.names = names
        self.known = known
        self.table = parse_model.channels_in.split("[", 1)[0]

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                self.assign(statement.targets[0], statement.value)
            elif isinstance(statement, ast.If):
                self.choose(statement)

    def choose(self, statement: ast.If) -> None:
        try:
            taken = statement.body if self.value(statement.test) else statement.orelse
        except _Unknown:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    self.names.pop(node.id, None)
            return
        self.run(taken)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its_value in zip(target.elts, value.elts, strict=True):
                self.assign(one, its_value)
        elif isinstance(target, ast.Name):
            try:
                self.names[target.id] = self.value(value)
            except _Unknown:
                self.names.pop(target.id, None)

    def value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == self.module_name:
            return self.tested(node)
        rule = _VALUES.get(type(node))
        if rule is None:
            raise _Unknown(ast.dump(node))
        return rule(self, node)

    def tested(self, node: ast.Compare) -> bool:
        """Decide `m is X`, `m in X` and their negations by the module's name."""
        if len(node.ops) != 1:
            raise _Unknown(ast.dump(node))
        among = self.module.removeprefix("torch.") in self.parse_model.modules_in(node.comparators[0])
        return among != isinstance(node.ops[0], ast.IsNot | ast.NotIn | ast.NotEq)

    def lookup(self, name: str) -> object:
        if name in self.names and self.names[name] is not None:
            return self.names[name]
        raise _Unknown(name)

    def subscript(self, node: ast.Subscript) -> object:
        if isinstance(node.value, ast.Name) and node.value.id == self.table:
            channels = self.known[self.row_of(node.slice)]
            if channels is None:
                raise _Unknown(self.table)
            return channels
        container = self.value(node.value)
        if not isinstance(container, list):
            raise _Unknown(ast.dump(node))
        position = self.value(node.slice)
        if not isinstance(position, int):
            raise _Unknown(ast.dump(node))
        return container[position]

    def row_of(self, index: ast.expr) -> int:
        """Give the row behind `ch[f]`, `ch[x + 1]` and `ch[-1 if x == -1 else x + 1]`, where the image stands first."""
        if isinstance(index, ast.IfExp | ast.BinOp):
            names = {node.id for node in ast.walk(index) if isinstance(node, ast.Name)}
            if len(names) != 1:
                raise _Unknown(ast.dump(index))
            row = self.lookup(names.pop())
        else:
            row = self.value(index)
        if not isinstance(row, int):
            raise _Unknown(ast.dump(index))
        return row

    def generator(self, node: ast.GeneratorExp | ast.ListComp) -> list[object]:
        (loop,) = node.generators
        items = self.value(loop.iter)
        if not isinstance(items, list) or not isinstance(loop.target, ast.Name) or loop.ifs:
            raise _Unknown(ast.dump(node))
        results = []
        for item in items:
            self.names[loop.target.id] = item
            results.append(self.value(node.elt))
        return results

    def call(self, node: ast.Call) -> object:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "isinstance" and ast.unparse(node) == f"isinstance({self.module_name}, str)":
            return False  # timm's models by name: a row that is none of parse_model's own modules
        if name not in _CALLS or node.keywords:
            raise _Unknown(ast.dump(node))
        return _CALLS[name](*[self.value(argument) for argument in node.args])

    def compare(self, node: ast.Compare) -> object:
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
            raise _Unknown(ast.dump(node))
        right = node.comparators[0]
        if isinstance(right, ast.Name) and right.id in self.names and self.names[right.id] is None:
            return isinstance(node.ops[0], ast.NotEq)
        return _COMPARISONS[type(node.ops[0])](self.value(node.left), self.value(right))

    def binary(self, node: ast.BinOp) -> object:
        if type(node.op) not in _ARITHMETIC:
            raise _Unknown(ast.dump(node))
        return _ARITHMETIC[type(node.op)](self.value(node.left), self.value(node.right))

    def boolean(self, node: ast.BoolOp) -> object:
        values = [bool(self.value(operand)) for operand in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)

    def negate(self, node: ast.UnaryOp) -> object:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        raise _Unknown(ast.dump(node))


def _make_divisible(value: float, divisor: int) -> int:
    return math.ceil(value / divisor) * divisor


_CALLS: Mapping[str, Callable[..., object]] = {
    "make_divisible": _make_divisible, "min": min, "max": max, "sum": sum, "round": round, "int": int, "len": len,
}  # fmt: skip
_ARITHMETIC: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip
_VALUES: Mapping[type[ast.expr], Callable[[_Reader, ast.expr], object]] = {
    ast.Constant: lambda reader, node: node.value,  # type: ignore[attr-defined]
    ast.Name: lambda reader, node: reader.lookup(node.id),  # type: ignore[attr-defined]
    ast.Subscript: _Reader.subscript,  # type: ignore[dict-item]
    ast.GeneratorExp: _Reader.generator,  # type: ignore[dict-item]
    ast.ListComp: _Reader.generator,  # type: ignore[dict-item]
    ast.Call: _Reader.call,  # type: ignore[dict-item]
    ast.Compare: _Reader.compare,  # type: ignore[dict-item]
    ast.BinOp: _Reader.binary,  # type: ignore[dict-item]
    ast.BoolOp: _Reader.boolean,  # type: ignore[dict-item]
    ast.UnaryOp: _Reader.negate,  # type: ignore[dict-item]
    ast.IfExp: lambda reader, node: reader.value(node.body if reader.value(node.test) else node.orelse),  # type: ignore[attr-defined]
}
