"""The one type of error, and the exit code of each kind."""

from __future__ import annotations

EXIT_CODES = {
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
        kind: a key of `EXIT_CODES`; it decides the exit code.
        message: what is wrong, one sentence without a closing full stop.
        help: what to do next; may hold several lines.
        path: the file concerned, as the user would write it.
        line: the line in that file, counted from 1.
    """

    def __init__(
        self, kind: str, message: str, *, help: str = "", path: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = EXIT_CODES[kind]
        self.message = message
        self.help = help
        self.path = path
        self.line = line

    def as_json(self) -> dict[str, object]:
        """Give the `error` object of the JSON contract."""
        document: dict[str, object] = {"code": self.code, "kind": self.kind, "message": self.message, "help": self.help}
        if self.path is not None:
            document["path"] = self.path
        if self.line is not None:
            document["line"] = self.line
        return document
