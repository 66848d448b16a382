"""From `--set key=value` to the values of a recipe's hyper-parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.recipe import Hyperparameter, Recipe

STRICT = Hyperparameter("strict", "bool", False, "refuse a width that the published defaults cannot be built at")

_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def parse_settings(recipe: Recipe, pairs: Sequence[str]) -> dict[str, object]:
    """Read `key=value` texts; what they leave out has its default.

    Args:
        recipe: says which keys there are, apart from `strict`, which every recipe takes.
        pairs: the texts as the user typed them.

    Returns:
        Every hyper-parameter in the order of the constructor's arguments, then `strict`.

    Raises:
        PatcherError: `usage`, for a key that is unknown or given twice, and for a value of the wrong type or range.
    """
    known = {hyperparameter.name: hyperparameter for hyperparameter in (*recipe.hyperparameters, STRICT)}
    given: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        name = key.replace("-", "_")
        if not equals or not name:
            raise PatcherError("usage", f"'{pair}' is not of the form key=value", help=_describe(known.values()))
        if name not in known:
            message = f"{recipe.name} has no hyper-parameter '{key}'"
            raise PatcherError("usage", message, help=_near_miss(name, known) + _describe(known.values()))
        if name in given:
            raise PatcherError("usage", f"{name} is set twice", help="Give each hyper-parameter one value.")
        given[name] = _parse_value(known[name], value)
    return {name: given.get(name, hyperparameter.default) for name, hyperparameter in known.items()}


def checked_settings(recipe: Recipe, values: Mapping[str, object]) -> dict[str, object]:
    """Take values, as they were recorded, for a recipe's hyper-parameters; what they leave out has its default.

    Raises:
        PatcherError: `usage`, for a key that the recipe does not have, and for a value of the wrong type or range.
    """
    known = {hyperparameter.name: hyperparameter for hyperparameter in (*recipe.hyperparameters, STRICT)}
    for name, value in values.items():
        if name not in known:
            message = f"{recipe.name} has no hyper-parameter '{name}'"
            raise PatcherError("usage", message, help=_near_miss(name, known) + _describe(known.values()))
        if _parse_value(known[name], format_value(value)) != value:
            raise _refused(known[name], format_value(value))
    return {name: values.get(name, hyperparameter.default) for name, hyperparameter in known.items()}


def _parse_value(hyperparameter: Hyperparameter, text: str) -> object:
    value: int | float | bool | None = None
    if hyperparameter.type == "choice":
        return _choice(hyperparameter, text)
    if hyperparameter.type == "bool":
        value = _BOOLEANS.get(text.lower())
    elif hyperparameter.type == "int" and re.fullmatch(r"[-+]?[0-9]{1,10}", text):
        value = int(text)
    elif hyperparameter.type == "float" and re.fullmatch(r"[-+]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?", text):
        value = float(text)
    if value is None or not math.isfinite(value) or not hyperparameter.accepts(value):
        raise _refused(hyperparameter, text)
    return value


def _refused(hyperparameter: Hyperparameter, text: str) -> PatcherError:
    wanted = hyperparameter.range_text if hyperparameter.type != "int" else f"an integer, {hyperparameter.range_text}"
    return PatcherError(
        "usage", f"{hyperparameter.name} cannot be '{text}'", help=f"{hyperparameter.name} is {wanted}."
    )


def _choice(hyperparameter: Hyperparameter, text: str) -> str:
    name, word = hyperparameter.name, text.lower().replace("-", "_")
    if word not in hyperparameter.choices:
        help = f"{_near_miss(word, hyperparameter.choices)}{name} is {hyperparameter.range_text}."
        raise PatcherError("usage", f"{name} cannot be '{text}'", help=help)
    return word


def _near_miss(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}? " if close else ""


def _describe(hyperparameters: Iterable[Hyperparameter]) -> str:
    items = (f"{item.name}={format_value(item.default)} ({item.range_text})" for item in hyperparameters)
    return f"There are: {', '.join(items)}."
