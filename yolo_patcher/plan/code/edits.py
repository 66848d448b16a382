"""Collect the edits of several files, and turn them into new contents once at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from yolo_patcher.checkout.text import SourceText, insert_at
from yolo_patcher.plan.code.spans import Edit
from yolo_patcher.recipe.class_code import ClassCode


@dataclass(frozen=True)
class NewClass:
    """A class to add to a checkout.

    Attributes:
        name: its name in the checkout.
        code: its code.
        title: what it is, for the docstring of a module of its own.
        marker: the comment above it, without `#`.
        module: the name for a module of its own, without `.py`.
        home: the path of the file of its own that it must have; empty where it goes to the others.
    """

    name: str
    code: ClassCode
    title: str
    marker: str
    module: str
    home: str = ""


@dataclass
class Edits:
    """The edits of existing files, by path, and the texts of new ones."""

    changed: dict[str, tuple[SourceText, list[Edit]]] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)

    def add(self, source: SourceText, edits: list[Edit]) -> None:
        """Add edits of one file; all count in offsets of its original text."""
        if edits:
            self.changed.setdefault(source.path, (source, []))[1].extend(edits)

    def contents(self) -> dict[str, bytes]:
        """Give the new bytes of each file."""
        files = {path: text.encode() for path, text in self.created.items()}
        for path, (source, edits) in self.changed.items():
            files[path] = source.with_text(insert_at(source.text, edits)).encode()
        return files
