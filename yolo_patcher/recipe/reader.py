"""From a recipe's file to a `Recipe`: every key known, every type and name checked, every expression parsed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.expression import choices_used, located, names_used, placeholders
from yolo_patcher.recipe.facts_reader import (
    one_of,
    read_identity,
    read_placement,
    read_signature,
    usual_identity,
)
from yolo_patcher.recipe.folders import templates_folder
from yolo_patcher.recipe.hyperparameter_reader import read_hyperparameter, variable
from yolo_patcher.recipe.items import (
    Item,
    at_least,
    boolean,
    entries,
    fields,
    lines,
    matching,
    number_or_text,
    read_yaml,
    sequence,
    text,
)
from yolo_patcher.recipe.recipe import GROUPS, ChannelRule, Paper, Placement, Recipe
from yolo_patcher.recipe.reserved import DEVICES, owner_of_class
from yolo_patcher.signature import Signature

SCHEMA = 2
"""The newest schema of a recipe that this reader knows; a recipe that names none is of schema 1."""
PROOF = "proof"
"""The key that holds what the tests ask of a recipe; nothing else needs it, so it is left for them to read."""
REQUIRED = ("name", "version", "title", "class", "template", "kind", "formula", "parameters")
OPTIONAL = (
    "schema",
    "aliases",
    "paper",
    "hyperparameters",
    "position",
    "sizes",
    "channels",
    "notes",
    "mixes_positions",
    "signature",
    "identity",
    "group",
    "tags",
    "licence",
    "placement",
    PROOF,
)
OUTCOMES: tuple[Literal["adapt", "warn", "refuse"], ...] = ("adapt", "warn", "refuse")


_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]{0,59}")
_TEMPLATE = re.compile(r"[a-z_][a-z0-9_]{0,59}\.py")
_ALIAS = re.compile(r"[^\W_][\w -]{0,59}")
_TAG = re.compile(r"[a-z][a-z0-9-]{0,29}")
_ARXIV = re.compile(r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7}")


@dataclass(frozen=True)
class _Names:
    """The names that an expression may use: those of numbers, and those of choices with their words."""

    numbers: set[str]
    choices: dict[str, tuple[str, ...]]


def read_recipe(path: Path) -> Recipe:
    """Read a recipe's file, which is data from a stranger; nothing in it is executed.

    Raises:
        PatcherError: `recipe`, with the line, where the file is not a valid recipe; `io`, where it cannot be read.
    """
    whole = read_yaml(path, last=PROOF)
    check_schema(whole)
    found = fields(whole, REQUIRED, OPTIONAL)
    if PROOF in found:
        raise found[PROOF].error(f"{PROOF} must be the last key, with all lines below it indented")
    hyperparameters = tuple(
        read_hyperparameter(name, item) for name, item in _mapping(found, "hyperparameters").items()
    )
    signature = read_signature(found["signature"]) if "signature" in found else Signature()
    names = _Names({*signature.numbers}, {})
    for hyperparameter in hyperparameters:
        if hyperparameter.type == "choice":
            names.choices[hyperparameter.name] = hyperparameter.choices
        else:
            names.numbers.add(hyperparameter.name)
    sizes = []
    for name, item in _mapping(found, "sizes").items():
        sizes.append((variable(name, item, {*names.numbers, *names.choices}), _expression(item, names)))
        names.numbers.add(name)
    with_count = _Names({*names.numbers, "parameters"}, names.choices)
    return Recipe(
        name=_name(found["name"]),
        version=at_least(found["version"], 1),
        title=_title(found["title"]),
        class_name=_class_name(found["class"]),
        template=_template(found["template"], path),
        source=path,
        kind=text(found["kind"]),
        formula=text(found["formula"]),
        parameters=_expression(found["parameters"], names),
        paper=_paper(found["paper"]) if "paper" in found else None,
        aliases=tuple(
            matching(item, _ALIAS, "letters, digits, '-', '_' and spaces") for item in _list(found, "aliases")
        ),
        hyperparameters=hyperparameters,
        position=_position(found["position"]) if "position" in found else "head",
        sizes=tuple(sizes),
        channels=tuple(_channel_rule(item, with_count) for item in _list(found, "channels")),
        notes=tuple(text(item) for item in _list(found, "notes")),
        mixes_positions=boolean(found["mixes_positions"]) if "mixes_positions" in found else False,
        signature=signature,
        identity=read_identity(found["identity"], signature) if "identity" in found else usual_identity(signature),
        group=one_of(found["group"], GROUPS) if "group" in found else "gate",
        tags=tuple(matching(item, _TAG, "lower-case letters, digits and hyphens") for item in _list(found, "tags")),
        licence=text(found["licence"]) if "licence" in found else "",
        placement=read_placement(found["placement"]) if "placement" in found else Placement(),
        lines=lines(whole),
    )


def check_schema(whole: Item) -> None:
    """Refuse a recipe of a later schema, whatever else it may hold.

    Raises:
        PatcherError: `recipe`, it is of a later schema, or what names the schema is no integer from 1 on.
    """
    pairs = whole.node.value if isinstance(whole.node, yaml.MappingNode) else ()
    for key, node in pairs:
        if key.value == "schema":
            item = Item("schema", whole.path, node)
            if at_least(item, 1) > SCHEMA:
                raise item.error(
                    f"the recipe is of schema {node.value}, written for a later yolo-patcher",
                    help=f"Update yolo-patcher: this version reads schema {SCHEMA}.",
                )


def _mapping(found: Mapping[str, Item], key: str) -> dict[str, Item]:
    return entries(found[key]) if key in found else {}


def _list(found: Mapping[str, Item], key: str) -> list[Item]:
    return sequence(found[key]) if key in found else []


def _name(item: Item) -> str:
    name = matching(item, _NAME, "lower-case letters, digits and hyphens, a letter first")
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
    name = matching(item, _CLASS, "an ASCII identifier that starts with a capital")
    owner = owner_of_class(name)
    if owner:
        raise item.error(f"{name} is {owner}", help="Give the class another name.")
    return name


def _template(item: Item, recipe: Path) -> Path:
    name = matching(item, _TEMPLATE, "a bare file name such as my_block.py, without a folder")
    if name.removesuffix(".py") in DEVICES:
        raise item.error(f"{item.name} may not be '{name}'", help="Windows takes this name for a device.")
    folders = [recipe.parent, templates_folder()]
    for folder in folders:
        path = folder / name
        if path.is_file() and name != "__init__.py":
            if path.is_symlink() and path.resolve().parent != folder.resolve():
                raise item.error(f"the template {name} is a link out of its folder", help="Put the file itself there.")
            return path
    raise item.error(f"there is no template {name}", help=f"Looked in {folders[0]} and in the tool's own templates.")


def _paper(item: Item) -> Paper:
    found = fields(item, ("title",), ("arxiv", "year", "venue"))
    return Paper(
        title=text(found["title"]),
        arxiv=matching(found["arxiv"], _ARXIV, 'an arXiv identifier such as "1709.01507"') if "arxiv" in found else "",
        year=at_least(found["year"], 1900) if "year" in found else 0,
        venue=text(found["venue"]) if "venue" in found else "",
    )


def _expression(item: Item, names: _Names) -> str:
    expression = number_or_text(item)
    with located(item.path, item.line):
        _check_names(item, expression, names)
    return expression


def _message(item: Item, names: _Names) -> str:
    template = number_or_text(item)
    with located(item.path, item.line):
        for expression in placeholders(template):
            if expression not in names.choices:
                _check_names(item, expression, names)
    return template


def _check_names(item: Item, expression: str, names: _Names) -> None:
    used, chosen = names_used(expression), choices_used(expression)
    known = {*names.numbers, *names.choices}
    for name in sorted(used | {name for name, _ in chosen}):
        if name not in known:
            help = f"Known names: {', '.join(sorted(known))}."
            raise item.error(f"{item.name} uses the unknown name '{name}'", help=help)
        if name in used and name in names.choices:
            help = f'Compare it with a word: {name} == "{names.choices[name][0]}".'
            raise item.error(f"{item.name} takes the choice '{name}' for a number", help=help)
    for name, word in sorted(chosen):
        if name not in names.choices:
            raise item.error(f"{item.name} compares the number '{name}' with the text '{word}'")
        if word not in names.choices[name]:
            help = f"There are: {', '.join(names.choices[name])}."
            raise item.error(f"{item.name} compares {name} with '{word}', which is none of its choices", help=help)


def _channel_rule(item: Item, names: _Names) -> ChannelRule:
    found = fields(item, ("when",), OUTCOMES)
    chosen = [outcome for outcome in OUTCOMES if outcome in found]
    if len(chosen) != 1:
        raise item.error(f"{item.name} must have exactly one of {', '.join(OUTCOMES)}")
    outcome = chosen[0]
    return ChannelRule(_expression(found["when"], names), outcome, _message(found[outcome], names))
