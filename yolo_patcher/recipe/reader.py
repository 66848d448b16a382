"""From a recipe's file to a `Recipe`: every key known, every type and name checked, every expression parsed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import Number, located, names_in_template, names_used
from yolo_patcher.recipe.folders import templates_folder
from yolo_patcher.recipe.items import (
    Item,
    boolean,
    entries,
    fields,
    integer,
    lines,
    number,
    number_or_text,
    read_yaml,
    sequence,
    text,
)
from yolo_patcher.recipe.recipe import ChannelRule, Hyperparameter, Paper, Recipe
from yolo_patcher.recipe.reserved import DEVICES, VARIABLES, owner_of_class

REQUIRED = ("name", "version", "title", "class", "template", "kind", "formula", "parameters")
OPTIONAL = ("aliases", "paper", "hyperparameters", "position", "sizes", "channels", "notes")
OUTCOMES: tuple[Literal["adapt", "warn", "refuse"], ...] = ("adapt", "warn", "refuse")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]{0,59}")
_TEMPLATE = re.compile(r"[a-z_][a-z0-9_]{0,59}\.py")
_ALIAS = re.compile(r"[^\W_][\w -]{0,59}")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ARXIV = re.compile(r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7}")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; see `yolo_patcher.recipe.recipe.load_recipe`."""
    whole = read_yaml(path)
    found = fields(whole, REQUIRED, OPTIONAL)
    hyperparameters = tuple(_hyperparameter(name, item) for name, item in _mapping(found, "hyperparameters").items())
    names = {"C", *(hyperparameter.name for hyperparameter in hyperparameters)}
    sizes = []
    for name, item in _mapping(found, "sizes").items():
        sizes.append((_variable(name, item, names), _expression(item, names)))
        names.add(name)
    return Recipe(
        name=_name(found["name"]),
        version=_at_least(found["version"], 1),
        title=_title(found["title"]),
        class_name=_class_name(found["class"]),
        template=_template(found["template"], path),
        source=path,
        kind=text(found["kind"]),
        formula=text(found["formula"]),
        parameters=_expression(found["parameters"], names),
        paper=_paper(found["paper"]) if "paper" in found else None,
        aliases=tuple(
            _matching(item, _ALIAS, "letters, digits, '-', '_' and spaces") for item in _list(found, "aliases")
        ),
        hyperparameters=hyperparameters,
        position=_position(found["position"]) if "position" in found else "head",
        sizes=tuple(sizes),
        channels=tuple(_channel_rule(item, names | {"parameters"}) for item in _list(found, "channels")),
        notes=tuple(text(item) for item in _list(found, "notes")),
        lines=lines(whole),
    )


def _mapping(found: Mapping[str, Item], key: str) -> dict[str, Item]:
    return entries(found[key]) if key in found else {}


def _list(found: Mapping[str, Item], key: str) -> list[Item]:
    return sequence(found[key]) if key in found else []


def _matching(item: Item, pattern: re.Pattern[str], allowed: str) -> str:
    value = text(item)
    if not pattern.fullmatch(value):
        raise item.error(f"{item.name} may not be '{value[:80]}'", help=f"Allowed: {allowed}.")
    return value


def _at_least(item: Item, minimum: int) -> int:
    value = integer(item)
    if value < minimum:
        raise item.error(f"{item.name} must be at least {minimum}")
    return value


def _name(item: Item) -> str:
    name = _matching(item, _NAME, "lower-case letters, digits and hyphens, a letter first")
    if keyword.iskeyword(name) or name in DEVICES:
        raise item.error(f"{item.name} may not be '{name}'", help="A file of this name could not be used everywhere.")
    return name


def _title(item: Item) -> str:
    title = text(item)
    for part in ('"""', "\\"):
        if part in title:
            raise item.error(f"{item.name} may not contain {part}", help="It becomes a docstring in the checkout.")
    return title


def _position(item: Item) -> str:
    from yolo_patcher.recipe.selector import parse_selector

    try:
        return parse_selector(text(item)).text
    except PatcherError as error:
        raise item.error(error.message, help=error.help) from None


def _class_name(item: Item) -> str:
    name = _matching(item, _CLASS, "an ASCII identifier that starts with a capital")
    owner = owner_of_class(name)
    if owner:
        raise item.error(f"{name} is {owner}", help="Give the class another name.")
    return name


def _template(item: Item, recipe: Path) -> Path:
    name = _matching(item, _TEMPLATE, "a bare file name such as my_block.py, without a folder")
    if name.removesuffix(".py") in DEVICES:
        raise item.error(f"{item.name} may not be '{name}'", help="Windows takes this name for a device.")
    folders = [recipe.parent, templates_folder()]
    for folder in folders:
        path = folder / name
        if path.is_file() and name != "__init__.py":
            if path.resolve().parent != folder.resolve():
                raise item.error(f"the template {name} is a link out of its folder", help="Put the file itself there.")
            return path
    raise item.error(f"there is no template {name}", help=f"Looked in {folders[0]} and in the tool's own templates.")


def _paper(item: Item) -> Paper:
    found = fields(item, ("title",), ("arxiv", "year", "venue"))
    return Paper(
        title=text(found["title"]),
        arxiv=_matching(found["arxiv"], _ARXIV, 'an arXiv identifier such as "1709.01507"') if "arxiv" in found else "",
        year=_at_least(found["year"], 1900) if "year" in found else 0,
        venue=text(found["venue"]) if "venue" in found else "",
    )


def _variable(name: str, item: Item, taken: Collection[str]) -> str:
    if not _VARIABLE.fullmatch(name) or keyword.iskeyword(name) or name in VARIABLES:
        raise item.error(f"'{name[:80]}' cannot name a value", help="Use lower-case letters, digits and '_'.")
    if name in taken:
        raise item.error(f"'{name}' already names another value")
    return name


def _hyperparameter(name: str, item: Item) -> Hyperparameter:
    found = fields(item, ("type", "default", "help"), ("min", "max", "step"))
    kind = text(found["type"])
    if kind not in ("int", "float", "bool"):
        raise found["type"].error(f"{found['type'].name} must be int, float or bool, not {kind}")
    read: Callable[[Item], Number] = {"int": integer, "float": number, "bool": boolean}[kind]
    bounds = [found[key] for key in ("min", "max", "step") if key in found]
    if kind == "bool" and bounds:
        raise bounds[0].error(f"{bounds[0].name} is meaningless for a bool")
    if "step" in found and (kind != "int" or "min" not in found):
        raise found["step"].error(f"{found['step'].name} needs the type int and a min")
    default = read(found["default"])
    hyperparameter = Hyperparameter(
        name=_variable(name, item, ()),
        type="int" if kind == "int" else "float" if kind == "float" else "bool",
        default=float(default) if kind == "float" else default,
        help=text(found["help"]),
        minimum=read(found["min"]) if "min" in found else None,
        maximum=read(found["max"]) if "max" in found else None,
        step=_at_least(found["step"], 1) if "step" in found else None,
    )
    if not hyperparameter.accepts(hyperparameter.default):
        raise found["default"].error(f"{found['default'].name} is not {hyperparameter.range_text}")
    return hyperparameter


def _expression(item: Item, names: Collection[str], find_names: Callable[[str], frozenset[str]] = names_used) -> str:
    expression = number_or_text(item)
    with located(item.path, item.line):
        unknown = find_names(expression) - set(names)
    if unknown:
        raise item.error(
            f"{item.name} uses the unknown name '{min(unknown)}'", help=f"Known names: {', '.join(sorted(names))}."
        )
    return expression


def _channel_rule(item: Item, names: Collection[str]) -> ChannelRule:
    found = fields(item, ("when",), OUTCOMES)
    chosen = [outcome for outcome in OUTCOMES if outcome in found]
    if len(chosen) != 1:
        raise item.error(f"{item.name} must have exactly one of {', '.join(OUTCOMES)}")
    outcome = chosen[0]
    return ChannelRule(
        _expression(found["when"], names), outcome, _expression(found[outcome], names, names_in_template)
    )
