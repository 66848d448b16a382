"""Copy a checkout's source files to a folder of their own, with a plan's contents in place: what verify runs on."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import STATE_FOLDER
from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.scratch import scratch

_SUFFIXES = (".py", ".yaml", ".yml", ".txt", ".json", ".toml", ".cfg", ".pyi")
_LARGEST = 2**20
_SKIPPED = frozenset(
    {"__pycache__", "node_modules", "runs", "datasets", "wandb", "weights", "build", "dist", "site-packages"}
)
_NAMED = 5


@dataclass(frozen=True)
class LeftOut:
    """What is not in the copy though its name is that of a source file: its path in the checkout, and why."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.path if self.path.isprintable() else ascii(self.path)} ({self.why})"


@dataclass(frozen=True)
class Staged:
    """A copy of a checkout's source files: its folder, and what was left out of it."""

    root: Path
    left_out: tuple[LeftOut, ...]

    def missed(self, text: str) -> str:
        """Name what was left out and is named by `text`, which says why something failed; "" for nothing."""
        named = [one for one in self.left_out if re.search(rf"\b{re.escape(_said_as(one.path))}\b", text)]
        if not named:
            return ""
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return f"Not in the copy that is verified: {', '.join(map(str, named[:_NAMED]))}{more}."


@contextmanager
def staged(site: Site, contents: Mapping[str, bytes | None]) -> Iterator[Staged]:
    """Give a temporary copy of the checkout's Python and configuration files.

    Args:
        site: the checkout's parts; of a package, only the topmost folder is copied.
        contents: the bytes of files that differ from the snapshot's, None for those that shall not be there.

    Raises:
        PatcherError: `io`, when the copy can't be made.
    """
    root = site.snapshot.root
    with scratch() as folder:
        left_out = list[LeftOut]()
        try:
            for relative, content in _sources(root, site.folder.split("/", 1)[0], left_out):
                _write(folder, relative, content, left_out)
            for path, planned in {**site.snapshot.overlay, **contents}.items():
                if path.startswith(f"{STATE_FOLDER}/"):
                    continue
                if planned is None:
                    (folder / path).unlink(missing_ok=True)
                else:
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / path).write_bytes(planned)
        except OSError as error:
            raise PatcherError(
                "io", f"the staged copy can't be made: {error.strerror}", path=str(error.filename)
            ) from error
        yield Staged(folder, tuple(one for one in left_out if one.path not in contents))


def _sources(root: Path, top: str, left_out: list[LeftOut]) -> Iterator[tuple[str, bytes]]:
    """Give the paths and the contents of the source files; folders that hold an environment, data or runs are skipped.

    Only plain files of the checkout are read: a link may lead to a device without an end, or into somebody's home.
    """
    inside = Path(os.path.realpath(root))
    todo = [top]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(root / folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            left_out.append(LeftOut(folder, _reason(error)))
            continue
        for entry in entries:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not _is_skipped(entry):
                        todo.append(relative)
                elif entry.name.endswith(_SUFFIXES):
                    yield relative, _content(entry, inside)
                elif entry.is_symlink() and entry.is_dir() and not _is_skipped(entry):
                    left_out.append(LeftOut(relative, "a link to a folder"))
            except _NotCopied as reason:
                left_out.append(LeftOut(relative, str(reason)))
            except OSError as error:
                left_out.append(LeftOut(relative, _reason(error)))


class _NotCopied(Exception):
    """Why a file is left out."""


def _is_skipped(entry: os.DirEntry[str]) -> bool:
    return entry.name in _SKIPPED or entry.name.startswith(".") or os.path.lexists(f"{entry.path}/pyvenv.cfg")


def _content(entry: os.DirEntry[str], inside: Path) -> bytes:
    if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(inside):
        raise _NotCopied("a link out of the checkout")
    # Opening something else than a file may wait, or have an effect.
    if not stat.S_ISREG(entry.stat().st_mode):
        raise _NotCopied("no plain file")
    descriptor = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _NotCopied("no plain file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise _NotCopied("larger than 1 MiB")
    return content


def _write(folder: Path, relative: str, content: bytes, left_out: list[LeftOut]) -> None:
    try:
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)
        (folder / relative).write_bytes(content)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        left_out.append(LeftOut(relative, _reason(error)))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _said_as(path: str) -> str:
    """Give what an error calls a file: a module is imported without its suffix."""
    pure = PurePath(path)
    return pure.stem if pure.suffix in (".py", ".pyi") else pure.name
