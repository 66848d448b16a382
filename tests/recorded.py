"""Run a checkout's own `parse_model` on classes that keep what they are made of, so that no torch is needed."""

from __future__ import annotations

import ast
import builtins
import contextlib
import math
from collections.abc import Iterable, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.model.rows import ModelYaml

Made = tuple[str, tuple[Any, ...], int, Any]
"""The class of a row, its arguments, how many objects it has, and what was set on it since."""


class Recorder:
    """Keeps its arguments; its subclasses are the modules of a checkout."""

    legacy: Any = None

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.cv1 = SimpleNamespace()

    def parameters(self) -> Iterable[Any]:
        return ()


class Namespace:
    """A package of modules, each made when it is asked for."""

    Module = Recorder

    def __getattr__(self, name: str) -> Any:
        setattr(self, name, type(name, (Recorder,), {}))
        return getattr(self, name)


def built(parse_model: ParseModel, model: ModelYaml, classes: Mapping[str, str], scale: str = "") -> list[Made]:
    """Give what `parse_model` makes of each row of a model.

    Args:
        parse_model: what runs, with `make_divisible` and torch put in.
        model: the model.
        classes: the classes that are subclasses of others, by their names.
        scale: the size.
    """
    nn = Namespace()
    silent = SimpleNamespace(info=lambda *_: None, warning=lambda *_: None)
    known: dict[str, Any] = {
        "nn": nn, "torch": SimpleNamespace(nn=nn), "math": math, "contextlib": contextlib,
        "LOGGER": silent, "logger": silent, "colorstr": str, "emojis": str,
        "make_divisible": lambda value, divisor: math.ceil(value / divisor) * divisor,
        "_SafeLoad": SimpleNamespace(restricted=lambda: False, activation=eval),
    }  # fmt: skip
    modules = {row.module for row in model.rows if "." not in row.module} | {*classes, *classes.values()}
    named = {node.id for node in ast.walk(parse_model.function) if isinstance(node, ast.Name)} | modules
    for name in sorted(named - known.keys() - vars(builtins).keys(), key=lambda name: name in classes):
        base = known.get(classes.get(name, ""), Recorder)
        known[name] = type(name, (base,), {"default_act": None})
    function = ast.Module([parse_model.function], [])
    exec(compile(function, parse_model.path, "exec"), known)
    document = {**deepcopy(dict(model.values)), "scale": scale}
    rows = [[list(row.written) if row.from_list else row.written[0], row.repeats, row.module, _thawed(row.args)]
            for row in model.rows]  # fmt: skip
    document["backbone"], document["head"] = rows[: model.backbone_length], rows[model.backbone_length :]
    image: Any = 3 if "ch = [ch]" in parse_model.source.text else [3]
    made = known["parse_model"](document, image)[0]
    made = made.arguments if isinstance(made, Recorder) else made
    return [_made(one) for one in made]


def _made(row: Any) -> Made:
    several = type(row).__name__ == "Sequential"
    first = row.arguments[0] if several else row
    state = (sorted(vars(first.cv1)), type(first).legacy, getattr(row, "type", None))
    return type(first).__name__, tuple(first.arguments), len(row.arguments) if several else 1, state[:2]


def _thawed(value: Any) -> Any:
    return [_thawed(one) for one in value] if isinstance(value, tuple | list) else value
