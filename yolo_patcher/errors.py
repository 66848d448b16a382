"""The one type of error, its kinds and their exit codes, and values that are safe to show."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Literal

Kind = Literal[
    "would-change",
    "usage",
    "refused",
    "conflict",
    "recipe",
    "checkout",
    "model",
    "io",
    "verify",
    "internal",
    "interrupted",
]
"""What went wrong, as scripts ask for it."""

EXIT_CODES: Mapping[Kind, int] = {
    "would-change": 1,
    "usage": 2,
    "refused": 3,
    "conflict": 3,
    "recipe": 4,
    "checkout": 5,
    "model": 5,
    "io": 6,
    "verify": 7,
    "internal": 70,
    "interrupted": 130,
}


class PatcherError(Exception):
    """An error that a user can act on: what happened, where, why, and what to do next.

    Args:
        kind: what went wrong; it decides the exit code.
        message: what is wrong, one sentence without a closing full stop.
        help: what to do next; may hold several lines.
        path: the file concerned, as the user would write it.
        line: the line in that file, counted from 1.
        reason: a word for callers that treat one cause in a way of its own; never shown.
        document: what the JSON output holds beside the error.

    Attributes:
        code: the exit code.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        help: str = "",
        path: str | None = None,
        line: int | None = None,
        reason: str = "",
        document: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.code = EXIT_CODES[kind]
        self.message = message
        self.help = help
        self.path = path
        self.line = line
        self.reason = reason
        self.document = document or {}

    def as_json(self) -> dict[str, object]:
        """Give the `error` object of the JSON contract."""
        document: dict[str, object] = {"code": self.code, "kind": self.kind, "message": self.message, "help": self.help}
        if self.path is not None:
            document["path"] = self.path
        if self.line is not None:
            document["line"] = self.line
        return document


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def shown(value: object) -> str:
    """Give a value of a damaged or hostile file as Python writes it, its middle left out where it is long."""
    return _SHORT.repr(value)
