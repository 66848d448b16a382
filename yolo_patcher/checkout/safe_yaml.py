"""What a YAML may not do to its readers: nest without end, multiply by aliases, hold what is no plain value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import yaml

DEEPEST = 50
"""The depth of lists and mappings in each other."""
MOST_VALUES = 100_000
"""The values of a document when each alias counts as what it stands for."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where it is there: the same marks in a tenth of the time."""


class LimitError(Exception):
    """A document that goes too far.

    Args:
        problem: what is wrong, to follow "the file".
        mark: where, as the parser says it.
    """

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = int(mark.line) + 1 if mark else None


def events(text: str) -> Iterator[yaml.Event]:
    """Give a document's events.

    libyaml looks ahead, and from PyYAML 6.0.4 on refuses deep nesting before it tells of it. The events in front of
    what it refuses come from the slow parser then, so that limits of ours speak first.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    told = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            told += 1
            yield event
    except yaml.YAMLError:
        with suppress(yaml.YAMLError):
            yield from islice(yaml.parse(text, Loader=yaml.SafeLoader), told, None)
        raise


def check_events(events: Iterable[yaml.Event]) -> bool:
    """Check the depth of a document before anything reads it recursively, and tell whether it has aliases.

    Raises:
        LimitError: it is nested too deeply.
    """
    depth, aliases = 0, False
    for event in events:
        aliases |= isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise LimitError("is nested too deeply", event.start_mark)
    return aliases


def check_aliases(root: yaml.Node) -> None:
    """Check what aliases make of a document: they may stand for much more than they look, or for themselves.

    Raises:
        LimitError: it comes to too many values, is nested too deeply, or holds itself.
    """
    known: dict[int, tuple[int, int]] = {}
    path: set[int] = set()
    pending: list[tuple[yaml.Node, bool]] = [(root, False)]
    while pending:
        node, done = pending.pop()
        inner = _inner(node)
        if done:
            path.discard(id(node))
            sizes = [known[id(one)] for one in inner]
            size, depth = 1 + sum(each for each, _ in sizes), 1 + max((each for _, each in sizes), default=0)
            known[id(node)] = size, depth
            if size > MOST_VALUES:
                raise LimitError(f"has aliases that make more than {MOST_VALUES:,} values of it", node.start_mark)
            if depth > DEEPEST + 1:
                raise LimitError("is nested too deeply", node.start_mark)
        elif id(node) in path:
            raise LimitError("has an alias inside what it stands for", node.start_mark)
        elif id(node) not in known:
            path.add(id(node))
            pending += [(node, True), *((one, False) for one in inner)]


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def is_plain(value: object) -> bool:
    """Tell whether a value is what a model's row may hold: text, finite numbers, and lists and mappings of those."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
