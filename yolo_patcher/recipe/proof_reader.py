"""From the key `proof` of a recipe's file to a `Proof`, as strictly as the recipe itself is read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from yolo_patcher.recipe.expression import Value
from yolo_patcher.recipe.items import (
    Item,
    at_least,
    boolean,
    entries,
    fields,
    integer,
    number,
    read_yaml,
    sequence,
    text,
)
from yolo_patcher.recipe.proof import (
    RULES,
    WIDTHS,
    Built,
    Changed,
    Counted,
    Fill,
    Filled,
    Golden,
    Initial,
    Nested,
    Points,
    Proof,
    Refused,
    Said,
    Settings,
)
from yolo_patcher.recipe.reader import PROOF, check_schema
from yolo_patcher.recipe.recipe import Hyperparameter, Recipe

MAX_VALUES = 2**20
KEYS = (
    "widths", "settings", "golden", "counts", "initial", "adapted", "warned", "refused", "idle", "smallest", "half",
)  # fmt: skip
_PARAMETER = re.compile(r"[A-Za-z0-9_.*?]{1,120}")


@dataclass(frozen=True)
class _Known:
    """What a recipe's class takes: hyper-parameters, several maps, and by the keys here what else shapes it."""

    hyperparameters: Mapping[str, Hyperparameter]
    several: bool
    shaping: tuple[str, ...]


def _known(recipe: Recipe) -> _Known:
    signature = recipe.signature
    shaping = {"channels_out": signature.channels == "argument", "repeats": signature.repeats == "taken"}
    hyperparameters = {hyperparameter.name: hyperparameter for hyperparameter in recipe.hyperparameters}
    return _Known(hyperparameters, signature.inputs == "many", tuple(key for key, taken in shaping.items() if taken))


def read_proof(recipe: Recipe) -> Proof:
    """Read the proof in a recipe's file; an empty one where it has none.

    Raises:
        PatcherError: `recipe`, with the line, where it is not valid; `io`, where the file can't be read.
    """
    whole = read_yaml(recipe.source)
    check_schema(whole)
    top = entries(whole)
    if PROOF not in top:
        return Proof()
    known = _known(recipe)
    found = fields(top[PROOF], (), KEYS)
    listed = {key: sequence(item) for key, item in found.items() if key not in ("smallest", "half")}
    return Proof(
        widths=_channels(found["widths"]) if "widths" in found else WIDTHS,
        settings=tuple(_settings(item, known) for item in listed.get("settings", ())),
        golden=tuple(_golden(item, known) for item in listed.get("golden", ())),
        counts=tuple(_counted(item, known) for item in listed.get("counts", ())),
        initial=tuple(_initial(item, known) for item in listed.get("initial", ())),
        adapted=tuple(_said(item, known) for item in listed.get("adapted", ())),
        warned=tuple(_said(item, known) for item in listed.get("warned", ())),
        refused=tuple(_refused(item, known) for item in listed.get("refused", ())),
        idle=tuple(text(item) for item in listed.get("idle", ())),
        smallest=at_least(found["smallest"], 1) if "smallest" in found else Proof.smallest,
        half=_positive(found["half"]) if "half" in found else Proof.half,
    )


def _settings(item: Item, known: _Known, *, in_range: bool = True) -> Settings:
    settings: dict[str, Value] = {}
    for name, value in entries(item).items():
        if name not in known.hyperparameters:
            help = f"There are: {', '.join(known.hyperparameters)}." if known.hyperparameters else ""
            raise value.error(f"{value.name} is no hyper-parameter of the recipe", help=help)
        hyperparameter = known.hyperparameters[name]
        settings[name] = _setting(value, hyperparameter)
        if in_range and not hyperparameter.accepts(settings[name]):
            raise value.error(f"{value.name} is not {hyperparameter.range_text}")
    return settings


def _setting(item: Item, hyperparameter: Hyperparameter) -> Value:
    match hyperparameter.type:
        case "int":
            return integer(item)
        case "float":
            return float(number(item))
        case "bool":
            return boolean(item)
    return text(item)


def _optional_settings(found: Mapping[str, Item], known: _Known) -> Settings:
    return _settings(found["settings"], known) if "settings" in found else {}


def _golden(item: Item, known: _Known) -> Golden:
    found = fields(item, ("input", "output"), ("settings", "weights", "shape", "tolerance", *known.shaping))
    several = isinstance(found["input"].node, yaml.SequenceNode)
    inputs = tuple(_filled(one) for one in (sequence(found["input"]) if several else [found["input"]]))
    if len(inputs) > 1 and not known.several:
        raise found["input"].error(f"{found['input'].name} has several feature maps, and the class takes one")
    if not inputs:
        raise found["input"].error(f"{found['input'].name} has no feature map")
    weights = entries(found["weights"]) if "weights" in found else {}
    shape = _shape(found["shape"]) if "shape" in found else inputs[0].shape
    return Golden(
        settings=_optional_settings(found, known),
        inputs=inputs,
        weights=tuple((_parameter(name, value), _fill(value)) for name, value in weights.items()),
        output=_output(found["output"], inputs[0].shape, shape),
        shape=shape,
        tolerance=_positive(found["tolerance"], zero=True) if "tolerance" in found else 1e-5,
        channels_out=_shaping(found, "channels_out"),
        repeats=_shaping(found, "repeats"),
        line=item.line,
    )


def _filled(item: Item) -> Filled:
    found = fields(item, ("shape", "values"))
    shape, values = _shape(found["shape"]), _fill(found["values"])
    if values == "identity":
        raise found["values"].error(f"{found['values'].name} may not be identity, which is for weights")
    if isinstance(values, tuple):
        _check_broadcast(found["values"], values, shape)
    return Filled(shape, values)


def _shape(item: Item) -> tuple[int, ...]:
    shape = tuple(at_least(one, 1) for one in sequence(item))
    if len(shape) != 4 or math.prod(shape) > MAX_VALUES:
        raise item.error(f"{item.name} must be batch, channels, height and width, at most {MAX_VALUES} values")
    return shape


def _fill(item: Item) -> Fill:
    for rule in RULES:
        if isinstance(item.node, yaml.ScalarNode) and item.node.value == rule:
            return rule
    if isinstance(item.node, yaml.ScalarNode) and item.node.tag.endswith(":str"):
        raise item.error(f"{item.name} must be a number, a list, or one of {', '.join(RULES)}")
    return _nested(item)


def _nested(item: Item) -> Nested:
    if not isinstance(item.node, yaml.SequenceNode):
        return float(number(item))
    parts = tuple(_nested(one) for one in sequence(item))
    if not parts or len({_sizes(part) for part in parts}) != 1:
        raise item.error(f"{item.name} must be lists of equal lengths, none empty")
    return parts


def _sizes(nested: Nested) -> tuple[int, ...]:
    """Give the lengths of nested lists from the outside in."""
    return (len(nested), *_sizes(nested[0])) if isinstance(nested, tuple) else ()


def _check_broadcast(item: Item, nested: Nested, shape: tuple[int, ...]) -> None:
    sizes = _sizes(nested)
    fits = len(sizes) <= len(shape) and all(
        size in (1, wanted) for size, wanted in zip(reversed(sizes), reversed(shape), strict=False)
    )
    if not fits:
        raise item.error(f"{item.name}, of the shape {list(sizes)}, does not broadcast to {list(shape)}")


def _output(item: Item, first: tuple[int, ...], shape: tuple[int, ...]) -> Nested | Changed | Points:
    if not isinstance(item.node, yaml.MappingNode):
        nested = _nested(item)
        _check_broadcast(item, nested, shape)
        return nested
    found = fields(item, (), ("times", "plus", "channels", "points"))
    if "points" in found and len(found) == 1:
        return Points(tuple(_point(one, shape) for one in sequence(found["points"])))
    if "times" not in found or "points" in found:
        raise item.error(f"{item.name} must have either points, or times with plus and channels where they are wanted")
    channels = tuple(at_least(one, 0) for one in sequence(found["channels"])) if "channels" in found else ()
    if channels and (len(channels) != shape[1] or max(channels) >= first[1]):
        raise found["channels"].error(f"{found['channels'].name} must name an input channel for each output channel")
    return Changed(float(number(found["times"])), float(number(found["plus"])) if "plus" in found else 0.0, channels)


def _point(item: Item, shape: tuple[int, ...]) -> tuple[tuple[int, ...], float]:
    *indices, value = sequence(item) or [item]
    index = tuple(at_least(one, 0) for one in indices)
    if len(index) != len(shape) or any(one >= size for one, size in zip(index, shape, strict=True)):
        raise item.error(f"{item.name} must be an index within {list(shape)}, and the value there")
    return index, float(number(value))


def _parameter(name: str, item: Item) -> str:
    if not _PARAMETER.fullmatch(name):
        raise item.error(f"'{name[:80]}' names no parameters", help="Write fc.weight, or *.bias.")
    return name


def _channels(item: Item) -> tuple[int, ...]:
    channels = tuple(at_least(one, 1) for one in sequence(item))
    if not channels or len(set(channels)) != len(channels):
        raise item.error(f"{item.name} must be numbers of channels, all different")
    return channels


def _built(item: Item, known: _Known) -> Built:
    if known.several and isinstance(item.node, yaml.SequenceNode):
        return tuple(at_least(one, 1) for one in sequence(item))
    return at_least(item, 1)


def _shaping(found: Mapping[str, Item], key: str) -> int | None:
    return at_least(found[key], 1) if key in found else None


def _counted(item: Item, known: _Known) -> Counted:
    found = fields(item, ("channels", "parameters"), ("settings", *known.shaping))
    channels = tuple(_built(one, known) for one in sequence(found["channels"]))
    parameters = tuple(at_least(one, 0) for one in sequence(found["parameters"]))
    out = tuple(at_least(one, 1) for one in sequence(found["channels_out"])) if "channels_out" in found else ()
    if not channels:
        raise found["channels"].error(f"{found['channels'].name} must name channels")
    for key, numbers in (("parameters", parameters), ("channels_out", out)):
        if key in found and len(channels) != len(numbers):
            raise found[key].error(f"{found[key].name} must have one number for each of the channels")
    return Counted(_optional_settings(found, known), channels, parameters, out, _shaping(found, "repeats"))


def _initial(item: Item, known: _Known) -> Initial:
    found = fields(item, ("channels", "largest"), ("settings", *known.shaping))
    bounds = entries(found["largest"]).items()
    return Initial(
        _optional_settings(found, known),
        _built(found["channels"], known),
        tuple((_parameter(name, value), _positive(value, zero=True)) for name, value in bounds),
        _shaping(found, "channels_out"),
        _shaping(found, "repeats"),
    )


def _said(item: Item, known: _Known) -> Said:
    found = fields(item, ("channels", "message"), ("settings", *known.shaping))
    # No channels at all: the recipe says nothing with these settings.
    channels = _channels(found["channels"]) if sequence(found["channels"]) else ()
    out, repeats = _shaping(found, "channels_out"), _shaping(found, "repeats")
    return Said(_optional_settings(found, known), channels, text(found["message"]), out, repeats)


def _refused(item: Item, known: _Known) -> Refused:
    found = fields(item, ("channels", "message"), ("settings", *known.shaping))
    settings = _settings(found["settings"], known, in_range=False) if "settings" in found else {}
    out, repeats = _shaping(found, "channels_out"), _shaping(found, "repeats")
    return Refused(settings, _built(found["channels"], known), text(found["message"]), out, repeats)


def _positive(item: Item, *, zero: bool = False) -> float:
    value = float(number(item))
    if value < 0 or (value == 0 and not zero):
        raise item.error(f"{item.name} must be {'at least' if zero else 'more than'} 0")
    return value
