"""A patch as a value: what it does, and every file's bytes before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_OF_ROWS = {"replace", "inside"}


@dataclass(frozen=True)
class FileChange:
    """One file's bytes before and after; None where there is no file."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def action(self) -> str:
        """`create`, `delete` or `modify`."""
        return "create" if self.before is None else "delete" if self.after is None else "modify"

    def as_json(self) -> dict[str, object]:
        """Give the change as the JSON contract shows it."""
        return {"path": self.path, "action": self.action, "before": digest(self.before), "after": digest(self.after)}


@dataclass(frozen=True)
class Step:
    """A part of a patch that other patches may share, or that goes on its own.

    Attributes:
        kind: `class`, for a class with its import and its branch, or `model`, for a model YAML.
        name: the class's name in the checkout, or the model YAML's path.
        changes: the files that it changes; those of a later step of the same patch begin where these end.
    """

    kind: str
    name: str
    changes: tuple[FileChange, ...]


@dataclass(frozen=True)
class Asked:
    """One recipe of a request as data, so that it can be asked for again."""

    recipe: str
    version: int
    settings: Mapping[str, object]
    positions: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Give the request as it is stored."""
        return {
            "recipe": self.recipe, "version": self.version, "settings": dict(self.settings),
            "positions": list(self.positions),
        }  # fmt: skip

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Asked:
        """Read what `as_json` gave."""
        return cls(
            str(document["recipe"]),
            int(document["version"]),
            dict(document["settings"]),
            tuple(str(one) for one in document["positions"]),
        )


@dataclass(frozen=True)
class StandIn:
    """A class that stands for a class of the checkout, and the base rows that name it since.

    Attributes:
        class_name: the class.
        base: the class that it stands for, as the base's rows name it.
        place: `replace`, or `inside` for a variant of the base.
        recipes: the names of the recipes in it, in their order.
        rows: the rows' indices in the patched model; none for a class that the base's rows named before.
        other_channels: whether it may give other channels than its base.
    """

    class_name: str
    base: str
    place: str
    recipes: tuple[str, ...]
    rows: tuple[int, ...]
    other_channels: bool = False

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON contract shows it, and as it is stored."""
        return {
            "class": self.class_name, "base": self.base, "place": self.place, "recipes": list(self.recipes),
            "rows": list(self.rows), "other_channels": self.other_channels,
        }  # fmt: skip


@dataclass(frozen=True)
class Patch:
    """What a plan does, as it is recorded and shown.

    Attributes:
        id: the patch's name; the same request gives the same.
        recipes: the recipes' names.
        positions: the positions as the user wrote them.
        rows: the inserted rows' indices in the patched model.
        base: the base model's path.
        model: the new model's path.
        load: what the repository's users write to load it.
        scale: the scale that was planned and verified.
        classes: the recipes' own classes in use, by recipe name: those of inserted rows, and those within variants.
        stand_ins: the classes that base rows name since, instead of the classes that these stand for.
    """

    id: str
    recipes: tuple[str, ...]
    positions: tuple[str, ...]
    rows: tuple[int, ...]
    base: str
    model: str
    load: str
    scale: str
    classes: Mapping[str, str]
    stand_ins: tuple[StandIn, ...] = ()

    @property
    def changed_rows(self) -> tuple[int, ...]:
        """The rows that were there and name another class since, sorted."""
        return tuple(sorted(row for one in self.stand_ins for row in one.rows))

    @property
    def recipes_of_classes(self) -> dict[str, tuple[str, ...]]:
        """The recipes in each of its classes."""
        own = {name: (recipe,) for recipe, name in self.classes.items()}
        return {**own, **{one.class_name: one.recipes for one in self.stand_ins}}

    def classes_of(self, asked: Asked) -> str:
        """Give the classes by which a recipe comes into rows, as a text; the recipe's name where none is known."""
        names = [one.class_name for one in self.stand_ins if asked.recipe in one.recipes and one.rows]
        places = {position.partition(":")[0] for position in asked.positions}
        own = [self.classes[asked.recipe]] if asked.recipe in self.classes and places - _OF_ROWS else []
        return ", ".join((*own, *names)) or asked.recipe

    @property
    def recipe_classes(self) -> dict[str, str]:
        """The recipe of each class that is a recipe's own, in rows that were inserted or in a row's stead."""
        replaced = {one.class_name: one.recipes[0] for one in self.stand_ins if one.place == "replace"}
        return {**{name: recipe for recipe, name in self.classes.items()}, **replaced}

    def as_json(self) -> dict[str, object]:
        """Give the patch as the JSON contract shows it."""
        return {
            "id": self.id, "recipe": "+".join(self.recipes), "positions": list(self.positions), "rows": list(self.rows),
            "base": self.base, "model": self.model, "load": self.load, "scale": self.scale,
            "classes": dict(self.classes),
            **({"stand_ins": [one.as_json() for one in self.stand_ins]} if self.stand_ins else {}),
        }  # fmt: skip


def digest(content: bytes | None) -> str | None:
    """Give the SHA-256 of a file's bytes in hex, or None for no file."""
    return None if content is None else hashlib.sha256(content).hexdigest()
