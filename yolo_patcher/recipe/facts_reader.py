"""Read what a recipe says of its module beside the class: what it takes and gives, and how and where it begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import yaml

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.identity import Identity
from yolo_patcher.recipe.items import Item, at_least, fields, matching, sequence, text
from yolo_patcher.recipe.recipe import Placement
from yolo_patcher.signature import CHANNELS, INPUTS, LEVELS, REPEATS, Channels, Inputs, Signature

_Word = TypeVar("_Word", bound=str)
_USUAL_CHANNELS: Mapping[Inputs, Channels] = {"one": "input", "many": "first"}
_PARAMETER = re.compile(r"[A-Za-z_]\w*(\.\w+){0,9}", re.ASCII)


def read_signature(item: Item) -> Signature:
    """Read a recipe's key `signature`.

    Raises:
        PatcherError: `recipe`, it is not as the page of recipes says, or its parts do not fit together.
    """
    found = fields(item, (), ("inputs", "channels", "repeats", "least_repeats", "level"))
    inputs = one_of(found["inputs"], INPUTS) if "inputs" in found else "one"
    try:
        return Signature(
            inputs=inputs,
            channels=one_of(found["channels"], CHANNELS) if "channels" in found else _USUAL_CHANNELS[inputs],
            repeats=one_of(found["repeats"], REPEATS) if "repeats" in found else "ignored",
            least_repeats=at_least(found["least_repeats"], 1) if "least_repeats" in found else 1,
            level=LEVELS[one_of(found["level"], tuple(LEVELS))] if "level" in found else 0,
        )
    except PatcherError as error:
        raise error if error.path else item.error(error.message) from None


def usual_identity(signature: Signature) -> Identity:
    """Give how a module begins as the identity where its recipe does not say it."""
    return Identity("gate" if signature.keeps_shape else "none")


def read_identity(item: Item, signature: Signature) -> Identity:
    """Read a recipe's key `identity`; errors as for `read_signature`."""
    if isinstance(item.node, yaml.MappingNode):
        zeros = sequence(fields(item, ("zero",))["zero"])
        names = tuple(matching(one, _PARAMETER, "names of parameters, such as project.weight") for one in zeros)
        if not names:
            raise item.error(f"{item.name}.zero must name a parameter")
        identity = Identity("zero", names)
    else:
        identity = Identity(one_of(item, ("native", "gate", "none")))
    if identity.form != "none" and not signature.keeps_shape:
        raise item.error(
            f"{item.name} must be none, as the module changes channels or level or reads several rows",
            help="Leave the key out.",
        )
    return identity


def one_of(item: Item, words: tuple[_Word, ...]) -> _Word:
    """Read one of some words; errors as for `read_signature`."""
    given = text(item)
    for word in words:
        if word == given:
            return word
    raise item.error(f"{item.name} must be one of {', '.join(words)}")


def read_placement(item: Item) -> Placement:
    """Read a recipe's key `placement`; errors as for `read_signature`."""
    found = fields(item, (), ("authors", "field"))
    return Placement(**{key: text(value) for key, value in found.items()})
