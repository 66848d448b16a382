"""What a command gives back: a document for scripts, text for people, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yolo_patcher.cli.screen import Screen


@dataclass(frozen=True)
class Outcome:
    """The result of a command.

    Attributes:
        document: the JSON document without `schema`, `command` and `ok`.
        show: prints the same for people.
        code: the exit code.
    """

    document: dict[str, object]
    show: Callable[[Screen], None]
    code: int = 0
