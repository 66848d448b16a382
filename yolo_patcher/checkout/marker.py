"""Our marker comments in a checkout: written, read and renamed here alone, so that what is written is what is read.

A generated model YAML begins with `# yolo-patcher ID: apply WORDS`; a class stands below
`# yolo-patcher ID (recipe NAME VERSION)`, and its branch in `parse_model` before `# yolo-patcher ID`. Where a class
stands for another, each of its lines there ends so, the first in `m is CLASS  # yolo-patcher ID`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ID = rb"([\w-]+)"
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?# yolo-patcher " + _ID + rb": apply ([^\r\n]+)")
_BRANCH = re.compile(rb"\bis (\w+)[ \t]*:[ \t]*# yolo-patcher " + _ID)
_STAND_IN = re.compile(rb"\bis (\w+)(?: else 0)?[ \t]*# yolo-patcher " + _ID)
_STANDING = re.compile(rb"\bif (?:is|repeats)_(\w+) else [^#\r\n]*# yolo-patcher " + _ID)
_CLASS = re.compile(rb"^# yolo-patcher " + _ID + rb" \(recipe [^\r\n]*(?:\r\n|\r|\n)class (\w+)", re.MULTILINE)
_ANY = re.compile(rb"# yolo-patcher " + _ID)
_NAME = re.compile(r"\byolo-patcher\b")


@dataclass(frozen=True)
class Header:
    """The first line of a generated model YAML.

    Attributes:
        patch_id: the patch that made it.
        words: the arguments of `apply` that ask for it again, without the model.
        model: the name of its base's file; empty where the line does not say.
    """

    patch_id: str
    words: str
    model: str

    def text(self) -> str:
        """Give the line, without `#`."""
        return f"yolo-patcher {self.patch_id}: apply {self.words} --model {self.model}"


def branch_marker(patch_id: str) -> str:
    """Give the comment behind a branch's test, without `#`."""
    return f"yolo-patcher {patch_id}"


def class_marker(patch_id: str, recipes: Sequence[tuple[str, int]], adapted: Sequence[str]) -> str:
    """Give the comment above a class, without `#`.

    Args:
        patch_id: the patch that brings the class.
        recipes: the name and the version of each recipe in it.
        adapted: the defaults that were adapted to the channels, in words.
    """
    because = f"; {'; '.join(adapted)}" if adapted else ""
    return f"{branch_marker(patch_id)} (recipe {', '.join(f'{name} {version}' for name, version in recipes)}{because})"


def read_header(content: bytes) -> Header | None:
    """Read a model YAML's first line; None when it is not ours."""
    match = _HEADER.match(content)
    if match is None:
        return None
    words, option, model = match[2].decode("utf-8", "replace").rpartition(" --model ")
    return Header(match[1].decode(), words if option else model, model.strip() if option else "")


def branch_markers(content: bytes) -> dict[str, str]:
    """Give the classes whose branches in `parse_model` are marked, each with its patch, in their order."""
    return {match[1].decode(): match[2].decode() for match in _BRANCH.finditer(content)}


def stand_in_markers(content: bytes) -> dict[str, str]:
    """Give the classes that stand for others in `parse_model` by marked lines, each with its patch, the first first.

    Each came above those that were there. Classes of which the first line is gone come last.
    """
    found = [*reversed(list(_STAND_IN.finditer(content))), *_STANDING.finditer(content)]
    return {match[1].decode(): match[2].decode() for match in found}


def stand_in_flags(class_name: str) -> tuple[str, str]:
    """Give the names by which the lines of a class that stands for another know its rows, and the repeats of these."""
    return f"is_{class_name}", f"repeats_{class_name}"


def class_markers(content: bytes) -> dict[str, str]:
    """Give the classes whose definitions are marked, each with its patch, in their order."""
    return {match[2].decode(): match[1].decode() for match in _CLASS.finditer(content)}


def marked(content: bytes) -> frozenset[str]:
    """Give the patches that any marker comment of a file names."""
    return frozenset(match[1].decode() for match in _ANY.finditer(content))


def says_adapted(content: bytes, patch_id: str) -> bool:
    """Tell whether a class's marker says that defaults were adapted to the channels."""
    return re.search(rb"# yolo-patcher " + patch_id.encode() + rb" \(recipe [^\r\n;]*;", content) is not None


def with_other_patch(content: bytes, patch_id: str, other: str) -> bytes:
    """Give a file's bytes with the markers of its classes and branches naming another patch."""
    return re.sub(rb"(?<=# yolo-patcher )" + patch_id.encode() + rb"(?=[ \r\n])", other.encode(), content)


def has_marker(line: str) -> bool:
    """Tell whether a line has a comment that could be taken for a marker."""
    comment = line.find("#")
    return comment >= 0 and _NAME.search(line, comment) is not None
