"""From which files of the checkout `parse_model`'s file takes its modules, and into which of them classes go."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.marker import branch_markers
from yolo_patcher.checkout.namespace import bound_names, imported_file, top_level
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import decode_python
from yolo_patcher.errors import PatcherError

_CONVENTIONAL = ("models/common.py", "nn/modules.py", "nn/modules/__init__.py")


@dataclass(frozen=True, eq=False)
class Supply:
    """A file that supplies modules to that of `parse_model`.

    Attributes:
        path: the file, a module or a package's `__init__.py`.
        statement: the import by which its modules come.
        starred: the files from which everything is imported on the way, in their order, the supplier the last of them.
    """

    path: str
    statement: ast.ImportFrom
    starred: tuple[str, ...] = ()


def conventional(parse_model: ParseModel) -> frozenset[str]:
    """Give the paths where a repository's own modules stand by convention, in any folder above `parse_model`'s file."""
    folders = PurePosixPath(parse_model.path).parents
    return frozenset(str(folder / place) for folder in folders for place in _CONVENTIONAL)


def find_supply(snapshot: Snapshot, parse_model: ParseModel) -> Supply | None:
    """Give the supplier that new classes go into: the conventional one, else that of most of the chain's modules.

    None where no import brings a module, as where the file of `parse_model` defines them all.
    """
    # What patches brought says nothing of where the host keeps its own.
    ours = branch_markers(snapshot.require(parse_model.path))
    wanted, places = frozenset(parse_model.module_names) - ours.keys(), conventional(parse_model)
    best: tuple[tuple[bool, int], Supply] | None = None
    for statement in top_level(parse_model.tree):
        source = imported_file(snapshot, parse_model.path, statement) if isinstance(statement, ast.ImportFrom) else None
        if source is None or source == parse_model.path or not isinstance(statement, ast.ImportFrom):
            continue
        for supply, count in _suppliers(snapshot, statement, source, wanted, places):
            score = (supply.path in places, count)
            if any(score) and (best is None or score > best[0]):
                best = (score, supply)
    return best[1] if best else None


def _suppliers(
    snapshot: Snapshot, statement: ast.ImportFrom, source: str, wanted: frozenset[str], places: frozenset[str]
) -> Iterator[tuple[Supply, int]]:
    """Give the files from which an import brings modules, and how many each defines."""
    names = {alias.asname or alias.name for alias in statement.names}
    if names == {"*"}:
        yield from _starred(snapshot, Supply(source, statement, (source,)), wanted, places)
        return
    named = names & wanted
    yield Supply(source, statement), len(named)
    if named and source not in places:
        # What a file takes from the conventional one by a star, others import from it by name.
        inner = _starred(snapshot, Supply(source, statement), named, places)
        yield from ((supply, count) for supply, count in inner if supply.starred)


def _starred(
    snapshot: Snapshot, supply: Supply, wanted: Iterable[str], places: frozenset[str]
) -> Iterator[tuple[Supply, int]]:
    """Give a file from which everything is imported, and those from which it takes everything itself.

    YOLOv5 v1.0 imports only `models/experimental.py`, which begins with `from models.common import *`.
    """
    wanted = set(wanted)
    if supply.path in places:
        # It comes before all others, whatever stands in it, and need not be parsed for that.
        yield supply, len(wanted)
        return
    try:
        tree = parse_python(decode_python(supply.path, snapshot.require(supply.path)))
    except PatcherError:
        return
    yield supply, len(bound_names(tree) & wanted)
    for statement in top_level(tree):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            inner = imported_file(snapshot, supply.path, statement)
            if inner is not None and inner not in (supply.path, *supply.starred):
                further = Supply(inner, supply.statement, (*supply.starred, inner))
                yield from _starred(snapshot, further, wanted, places)
