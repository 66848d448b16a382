"""From an entry of a recipe's `hyperparameters` to a `Hyperparameter`: its type, and its range or choices."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Mapping

from yolo_patcher.recipe.expression import Number
from yolo_patcher.recipe.items import Item, at_least, boolean, fields, integer, matching, number, sequence, text
from yolo_patcher.recipe.recipe import Hyperparameter
from yolo_patcher.recipe.reserved import VARIABLES, meaning_of_word

_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def read_hyperparameter(name: str, item: Item) -> Hyperparameter:
    """Read a hyper-parameter from its name and its mapping."""
    found = fields(item, ("type", "default", "help"), ("min", "max", "step", "choices"))
    kind = text(found["type"])
    if kind == "choice":
        return _choice(name, item, found)
    if kind not in ("int", "float", "bool"):
        raise found["type"].error(f"{found['type'].name} must be choice, int, float or bool, not {kind}")
    read: Callable[[Item], Number] = {"int": integer, "float": number, "bool": boolean}[kind]
    _refuse(found, ("choices", "min", "max", "step") if kind == "bool" else ("choices",), kind)
    if "step" in found and (kind != "int" or "min" not in found):
        raise found["step"].error(f"{found['step'].name} needs the type int and a min")
    default = read(found["default"])
    hyperparameter = Hyperparameter(
        name=variable(name, item, ()),
        type="int" if kind == "int" else "float" if kind == "float" else "bool",
        default=float(default) if kind == "float" else default,
        help=text(found["help"]),
        minimum=read(found["min"]) if "min" in found else None,
        maximum=read(found["max"]) if "max" in found else None,
        step=at_least(found["step"], 1) if "step" in found else None,
    )
    if not hyperparameter.accepts(hyperparameter.default):
        raise found["default"].error(f"{found['default'].name} is not {hyperparameter.range_text}")
    return hyperparameter


def _choice(name: str, item: Item, found: Mapping[str, Item]) -> Hyperparameter:
    _refuse(found, ("min", "max", "step"), "choice")
    if "choices" not in found:
        raise item.error(f"{item.name} has no key 'choices'", help="List the words that it may be.")
    words = [_word(one) for one in sequence(found["choices"])]
    if len(set(words)) != len(words) or len(words) < 2:
        raise found["choices"].error(f"{found['choices'].name} must be two words or more, all different")
    hyperparameter = Hyperparameter(
        name=variable(name, item, ()),
        type="choice",
        default=text(found["default"]),
        help=text(found["help"]),
        choices=tuple(words),
    )
    if not hyperparameter.accepts(hyperparameter.default):
        raise found["default"].error(f"{found['default'].name} is not {hyperparameter.range_text}")
    return hyperparameter


def _word(item: Item) -> str:
    word = matching(item, _VARIABLE, "lower-case letters, digits and '_', a letter first")
    meaning = meaning_of_word(word)
    if meaning:
        raise item.error(
            f"{item.name} may not be '{word}', which is {meaning}",
            help="A parse_model evaluates the words of a row; take a longer word, such as paper_form.",
        )
    return word


def _refuse(found: Mapping[str, Item], keys: Collection[str], kind: str) -> None:
    for key in keys:
        if key in found:
            raise found[key].error(f"{found[key].name} is meaningless for a {kind}")


def variable(name: str, item: Item, taken: Collection[str]) -> str:
    """Read the name of a value that expressions use; `item` is the value, `taken` are the names that there are."""
    if not _VARIABLE.fullmatch(name) or keyword.iskeyword(name) or name in VARIABLES:
        raise item.error(f"'{name[:80]}' cannot name a value", help="Use lower-case letters, digits and '_'.")
    if name in taken:
        raise item.error(f"'{name}' already names another value")
    return name
