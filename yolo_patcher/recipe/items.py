"""Safe, strict YAML: every value is asked for by type, and every complaint names its file and line."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yolo_patcher.checkout.safe_yaml import LOADER, events
from yolo_patcher.errors import PatcherError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10
MAX_TEXT = 1000
_LONGEST_NAME = 80

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,9})")
# What would begin a template, and the comment that marks generated code.
_UNFIT = re.compile(r"\{[{%#]|#\s*yolo-patcher\b")
# The end of a document and comments may stand anywhere.
_NOT_INDENTED = re.compile(r"^(?!\.\.\.\s*$)[^\s#]", re.MULTILINE)
_FLOAT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,16})?([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Item:
    """A value in a YAML file: its name as an error says it (`paper.year`), and its node."""

    name: str
    path: str
    node: yaml.Node

    @property
    def line(self) -> int:
        """The line on which it starts, counted from 1."""
        return _line(self.node.start_mark)

    def error(self, message: str, help: str = "") -> PatcherError:
        """Make the error that says what is wrong with it."""
        return PatcherError("recipe", message, help=help, path=self.path, line=self.line)


def read_yaml(path: Path, last: str = "") -> Item:
    """Read a file of one YAML document without anchors, aliases and tags.

    Args:
        path: the file.
        last: a key that is left out, with all below it, unread, where it begins a line and all lines below are
            indented; none when empty.

    Raises:
        PatcherError: `io`, it is absent or may not be read; `recipe`, it is no regular file, too large, not UTF-8, or
            not such YAML.
    """
    content = _read_text(path)
    if last:
        content = _before(last, content)
    try:
        _check_events(content, str(path))
        node = yaml.compose(content, Loader=LOADER)
    except yaml.YAMLError as error:
        raise _syntax_error(error, content, str(path)) from None
    if node is None:
        raise PatcherError("recipe", "the file is empty", path=str(path), line=1)
    return Item("the recipe", str(path), node)


def entries(item: Item) -> dict[str, Item]:
    """Read a mapping of whatever text keys, in the file's order."""
    if not isinstance(item.node, yaml.MappingNode):
        raise item.error(f"{item.name} must be a mapping of keys to values")
    found: dict[str, Item] = {}
    prefix = "" if item.name == "the recipe" else f"{item.name}."
    for key_node, node in item.node.value:
        key = Item(f"a key of {item.name}", item.path, key_node)
        name = text(key)
        if name in found:
            raise key.error(
                f"{prefix}{name[:_LONGEST_NAME]} stands here twice", help=f"The first is in line {found[name].line}."
            )
        found[name] = Item(prefix + name[:_LONGEST_NAME], item.path, node)
    return found


def fields(item: Item, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Item]:
    """Read a mapping whose keys are known."""
    found = entries(item)
    known = [*required, *optional]
    for name, value in found.items():
        if name not in known:
            key_line = next(_line(key.start_mark) for key, node in item.node.value if node is value.node)
            help = f"Known keys: {', '.join(known)}."
            raise PatcherError("recipe", f"unknown key {value.name}", help=help, path=item.path, line=key_line)
    for name in required:
        if name not in found:
            raise item.error(f"{item.name} has no key '{name}'")
    return found


def sequence(item: Item) -> list[Item]:
    """Read a list."""
    if not isinstance(item.node, yaml.SequenceNode):
        raise item.error(f"{item.name} must be a list")
    return [Item(f"{item.name}[{index}]", item.path, node) for index, node in enumerate(item.node.value)]


def lines(item: Item) -> dict[str, int]:
    """Give the line of each value below an item, by its name: `{"paper": 9, "paper.year": 11}`."""
    below: list[Item] = []
    if isinstance(item.node, yaml.MappingNode):
        below = list(entries(item).values())
    elif isinstance(item.node, yaml.SequenceNode):
        below = sequence(item)
    return {name: line for one in below for name, line in {one.name: one.line, **lines(one)}.items()}


def text(item: Item) -> str:
    """Read one line of printable text, not empty, neither a template nor a marker of ours."""
    if not isinstance(item.node, yaml.ScalarNode) or item.node.tag != f"{_TAG}str":
        help = "Put it in quotes." if isinstance(item.node, yaml.ScalarNode) and item.node.value else ""
        raise item.error(f"{item.name} must be text", help=help)
    value = str(item.node.value).strip()
    if not value or not value.isprintable():
        raise item.error(f"{item.name} must be one line of text, without control characters")
    if len(value) > MAX_TEXT:
        raise item.error(f"{item.name[:80]} is longer than {MAX_TEXT} characters")
    found = _UNFIT.search(value)
    if found:
        raise item.error(
            f"{item.name} may not contain '{found[0]}'", help="A recipe's text is no template, and no code."
        )
    return value


def matching(item: Item, pattern: re.Pattern[str], allowed: str) -> str:
    """Read a text that has a form; `allowed` says it in words."""
    value = text(item)
    if not pattern.fullmatch(value):
        raise item.error(f"{item.name} may not be '{value[:80]}'", help=f"Allowed: {allowed}.")
    return value


def number_or_text(item: Item) -> str:
    """Read one line of text that may be a bare number, such as an expression; it is given as it is written."""
    return str(item.node.value) if _is_plain(item) and _FLOAT.fullmatch(item.node.value) else text(item)


def integer(item: Item) -> int:
    """Read a decimal integer."""
    if not (_is_plain(item) and _INTEGER.fullmatch(item.node.value)):
        raise item.error(f"{item.name} must be an integer")
    return int(item.node.value)


def at_least(item: Item, minimum: int) -> int:
    """Read a decimal integer that is not below a minimum."""
    value = integer(item)
    if value < minimum:
        raise item.error(f"{item.name} must be at least {minimum}")
    return value


def number(item: Item) -> int | float:
    """Read a decimal integer or float."""
    if not (_is_plain(item) and _FLOAT.fullmatch(item.node.value)):
        raise item.error(f"{item.name} must be a number")
    return int(item.node.value) if _INTEGER.fullmatch(item.node.value) else float(item.node.value)


def boolean(item: Item) -> bool:
    """Read `true` or `false`."""
    if not (_is_plain(item) and item.node.value in ("true", "false")):
        raise item.error(f"{item.name} must be true or false")
    return bool(item.node.value == "true")


def _is_plain(item: Item) -> bool:
    return isinstance(item.node, yaml.ScalarNode) and not item.node.style


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():
            if path.exists() or path.is_symlink():
                raise PatcherError("recipe", "a recipe must be a regular file", path=str(path), line=1)
            raise PatcherError("io", "there is no such file", path=str(path))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PatcherError("io", error.strerror or "the file cannot be read", path=str(path)) from None
    if len(data) > MAX_BYTES:
        raise PatcherError("recipe", f"the file is larger than {MAX_BYTES // 1024} KiB", path=str(path), line=1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PatcherError("recipe", "the file is not UTF-8", path=str(path), line=line) from None


def _before(key: str, content: str) -> str:
    """Give the text in front of a key that begins a line, where all lines below are indented; else all of it."""
    start = re.search(rf"^{key}[ \t]*:", content, re.MULTILINE)
    if start is None or _NOT_INDENTED.search(content, start.end()):
        return content
    return content[: start.start()]


def _check_events(content: str, path: str) -> None:
    # Before anything recursive reads the file: aliases multiply, tags construct, and depth exhausts the stack.
    depth = 0
    for event in events(content):
        problem = ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problem = "anchors and aliases are not allowed here"
        elif getattr(event, "tag", None):
            problem = "tags are not allowed here"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            problem = "this is nested too deeply" if depth > MAX_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if problem:
            raise PatcherError("recipe", problem, path=path, line=_line(event.start_mark))


def _syntax_error(error: yaml.YAMLError, content: str, path: str) -> PatcherError:
    reason, line = "it has a control character", content.count("\n", 0, getattr(error, "position", 0)) + 1
    if isinstance(error, yaml.MarkedYAMLError):
        reason, line = str(error.problem or error.context), _line(error.problem_mark or error.context_mark)
    return PatcherError("recipe", f"this is not YAML: {reason}", path=path, line=line)


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1
