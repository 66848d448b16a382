"""A patch as a value: what it does, and every file's bytes before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
        classes: the classes in use, by recipe name.
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

    def as_json(self) -> dict[str, object]:
        """Give the patch as the JSON contract shows it."""
        return {
            "id": self.id, "recipe": "+".join(self.recipes), "positions": list(self.positions), "rows": list(self.rows),
            "base": self.base, "model": self.model, "load": self.load, "scale": self.scale,
            "classes": dict(self.classes),
        }  # fmt: skip


def digest(content: bytes | None) -> str | None:
    """Give the SHA-256 of a file's bytes in hex, or None for no file."""
    return None if content is None else hashlib.sha256(content).hexdigest()
