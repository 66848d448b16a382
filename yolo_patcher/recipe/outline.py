"""What a recipe's file tells without being read as YAML: who it is, or that only reading it in full can tell.

A catalogue holds many recipes of which a command needs few. This is no second reader of YAML: in a file of the usual
form each key begins a line, and what is told are plain words; any other file has no outline and is read in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = r"[^\W_][\w -]*"
_KEY = re.compile(r"([a-z_]+):(?= |\n|\Z)")
_VALUE = re.compile(rf" *(?:({_WORD})|'({_WORD})'|\"({_WORD})\") *(?: #.*)?\n?")
_ITEM = re.compile(rf" *- +(?:({_WORD})|'({_WORD})'|\"({_WORD})\") *(?: #.*)?")
_FLOW = re.compile(r"\s*\[([^\[\]{}#:\\]*)\]\s*")
_QUOTED = re.compile(rf"\s*(?:({_WORD})|'({_WORD})'|\"({_WORD})\")\s*")


@dataclass(frozen=True)
class Outline:
    """A recipe's name, aliases, class, and the text of its signature; empty where this is the usual one."""

    name: str
    aliases: tuple[str, ...]
    class_name: str
    signature: str


def outline(content: str) -> Outline | None:
    """Give a recipe's outline; None where only reading the whole file can tell.

    Args:
        content: the file's text in front of its proof, every line ended by a line feed.
    """
    values = _values(content)
    if values is None or not {"name", "class"} <= values.keys():
        return None
    name, class_name = _word(values["name"]), _word(values["class"])
    aliases = _aliases(values.get("aliases", " []"))
    if not name or not class_name or aliases is None:
        return None
    return Outline(name, aliases, class_name, values.get("signature", ""))


def _values(content: str) -> dict[str, str] | None:
    """Give the text of each key's value, where no line could mean anything else."""
    if not content.replace("\n", "").isprintable():
        return None
    found: dict[str, str] = {}
    name = ""
    for line in content.splitlines(keepends=True):
        key = _KEY.match(line)
        if key and key[1] not in found:
            name = key[1]
            found[name] = line[key.end() :]
        elif name and (line[0] in " \n" or line.startswith("- ")):
            found[name] += line
        elif line[0] not in "#\n":
            return None
    return found


def _word(value: str) -> str:
    match = _VALUE.fullmatch(value)
    return _matched(match) if match else ""


def _aliases(value: str) -> tuple[str, ...] | None:
    flow = _FLOW.fullmatch(value)
    pieces: Iterator[re.Match[str] | None]
    if flow:
        pieces = (_QUOTED.fullmatch(piece) for piece in flow[1].split(",") if piece.strip())
    else:
        first, *lines = value.split("\n")
        if first.strip():
            return None
        pieces = (_ITEM.fullmatch(line) for line in lines if line.strip())
    words = []
    for match in pieces:
        if match is None:
            return None
        words.append(_matched(match))
    return tuple(words)


def _matched(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group).strip()
