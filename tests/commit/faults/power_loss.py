"""A model of a disk that loses its power: what was not made durable is there, in part, or not at all."""

from __future__ import annotations

import random
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path, PurePosixPath

from image import Image
from shim import Operation, below


@dataclass
class Node:
    """A file or folder: its kind with mode and content now, and those that are durable."""

    now: tuple[int, bytes]
    durable: tuple[int, bytes]

    def choices(self) -> list[tuple[int, bytes]]:
        """Give what may be found after a loss of power."""
        if self.now == self.durable:
            return [self.now]
        mode, content = self.now
        half = (mode, content[: len(content) // 2])
        return list(dict.fromkeys((self.durable, half, self.now)))


@dataclass(frozen=True)
class Naming:
    """A change of the names in a folder that happens in one step: one goes, one comes, or both."""

    folder: str
    goes: str | None
    comes: str | None = None
    node: Node | None = None


@dataclass
class Disk:
    """A disk: names that are durable, and changes of names that are not yet, in their order.

    A change may reach the disk without those before it, except that what is in a folder needs the folder.
    """

    root: Path
    durable: dict[str, Node]
    pending: list[Naming] = field(default_factory=list)

    def do(self, operation: Operation) -> None:
        """Do an operation that was recorded."""
        path = below(self.root, operation.path)
        folder = _parent(path)
        node = self.names().get(path)
        if operation.name == "open":
            if node is None:
                self.pending.append(Naming(folder, None, path, Node((operation.mode, b""), (operation.mode, b""))))
        elif operation.name == "mkdir":
            made = (stat.S_IFDIR | 0o755, b"")
            self.pending.append(Naming(folder, None, path, Node(made, made)))
        elif operation.name in ("unlink", "rmdir"):
            self.pending.append(Naming(folder, path))
        elif operation.name == "replace":
            self.pending.append(Naming(folder, path, below(self.root, operation.other), node))
        elif operation.name == "fsync":
            self._sync(path, node)
        elif node is not None:
            mode, content = node.now
            node.now = {
                "write": (mode, content + operation.data),
                "ftruncate": (mode, b""),
                "fchmod": (stat.S_IFREG | operation.mode, content),
            }[operation.name]

    def names(self, changes: Sequence[Naming] | None = None) -> dict[str, Node]:
        """Give what programs see, or what is seen with other changes than those that are pending."""
        names = dict(self.durable)
        for change in self.pending if changes is None else changes:
            _apply(names, change)
        return names

    def _sync(self, path: str, node: Node | None) -> None:
        if node is not None and not stat.S_ISDIR(node.now[0]):
            node.durable = node.now
            return
        for change in self.pending:
            if change.folder == path:
                _apply(self.durable, change)
        self.pending = [change for change in self.pending if change.folder != path]

    def crashes(self, most: int, chance: random.Random) -> Iterator[Image]:
        """Give what may be found after a loss of power now: everything, or a sample when that is much."""
        count = len(self.pending)
        everything = 2**count <= most
        choices = (
            product((False, True), repeat=count)
            if everything
            else ([chance.random() < share for _ in range(count)] for share in _shares(most, chance))
        )
        for chosen in choices:
            names = self.names([change for change, here in zip(self.pending, chosen, strict=True) if here])
            names = {path: node for path, node in names.items() if _reachable(path, names)}
            torn = {path: node.choices() for path, node in names.items() if len(node.choices()) > 1}
            for contents in _contents(torn, most if everything else 1, chance):
                yield {path: contents.get(path, node.now) for path, node in names.items()}


def _shares(most: int, chance: random.Random) -> Iterator[float]:
    """Nothing of what is pending, all of it, and then by chance."""
    yield from (0.0, 1.1)
    yield from (chance.random() for _ in range(most - 2))


def _contents(
    torn: Mapping[str, Sequence[tuple[int, bytes]]], most: int, chance: random.Random
) -> Iterator[dict[str, tuple[int, bytes]]]:
    if 3 ** len(torn) <= most:
        for one in product(*torn.values()):
            yield dict(zip(torn, one, strict=True))
    else:
        for _ in range(max(most // 3, 1)):
            yield {path: chance.choice(choices) for path, choices in torn.items()}


def _apply(names: dict[str, Node], change: Naming) -> None:
    if change.goes is not None:
        names.pop(change.goes, None)
    if change.comes is not None and change.node is not None:
        names[change.comes] = change.node


def _reachable(path: str, names: Mapping[str, Node]) -> bool:
    return all(str(parent) in names for parent in PurePosixPath(path).parents if str(parent) != ".")


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent


def disk_of(root: Path, image: Image) -> Disk:
    """Give a disk on which an image is durable."""
    return Disk(root, {path: Node(one, one) for path, one in image.items()})


def all_crashes(
    root: Path, image: Image, operations: Sequence[Operation], first: int = 0, most: int = 16, seed: int = 0
) -> Iterator[tuple[int, Image]]:
    """Give what may be found when the power goes after each operation from the nth on, each once, and after which."""
    disk, chance = disk_of(root, image), random.Random(seed)
    seen: set[int] = set()
    for done in range(len(operations) + 1):
        if done:
            disk.do(operations[done - 1])
        for found in disk.crashes(most, chance) if done >= first else ():
            key = hash(tuple(sorted(found.items())))
            if key not in seen or done == len(operations):
                seen.add(key)
                yield done, found
