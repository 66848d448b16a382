"""The user's directory as the planner sees it: files read once, by relative path, and nothing written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from yolo_patcher.errors import PatcherError

STATE_FOLDER = ".yolo-patcher"


@dataclass(frozen=True)
class Snapshot:
    """A checkout's files at one moment: each is read at most once, so a plan and its check agree.

    Attributes:
        root: the checkout's folder.
    """

    root: Path
    _contents: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)
    _changed: frozenset[str] = frozenset()

    def read(self, path: str) -> bytes | None:
        """Give a file's bytes, or None when there is no such file.

        Raises:
            PatcherError: `io`, when the file can't be read.
        """
        if path not in self._contents:
            self._contents[path] = _read(self.root / path, path)
        return self._contents[path]

    def require(self, path: str) -> bytes:
        """Give the bytes of a file that must be there.

        Raises:
            PatcherError: `checkout`, when it is missing; `io`, when it can't be read.
        """
        content = self.read(path)
        if content is None:
            raise PatcherError("checkout", "the file is missing", path=path)
        return content

    def exists(self, path: str) -> bool:
        """Tell whether there is a file at a relative path."""
        if path in self._changed:
            return self._contents[path] is not None
        try:
            return (self.root / path).is_file()
        except OSError:
            # Its name is too long, or a folder above it is closed to us.
            return False

    @property
    def overlay(self) -> dict[str, bytes | None]:
        """The contents that differ from the disk's."""
        return {path: self._contents[path] for path in self._changed}

    def changed(self, contents: Mapping[str, bytes | None]) -> Snapshot:
        """Give the checkout as it would be with other contents; None for files that are not there."""
        return Snapshot(self.root, {**self._contents, **contents}, self._changed | set(contents))

    def files(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """List the files below a folder whose names end in one of the suffixes, sorted, as relative POSIX paths."""
        found = list(_files_below(self.root, folder, suffixes))
        if not self._changed:
            return found
        inside = {path for path in self._changed if path.endswith(suffixes) and path.startswith(f"{folder}/")}
        return [*(path for path in found if path not in inside), *sorted(filter(self.exists, inside))]


def _files_below(root: Path, folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Walk as `os.walk` does, which calls itself for each folder in another and fails where a thousand are nested."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(root / here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            # It is closed to us, or its path is too long.
            continue
        folders = {entry.name for entry in found if _is_folder(entry)}
        path = PurePosixPath(here)
        for entry in found:
            if entry.name not in folders and entry.name.endswith(suffixes):
                yield (path / entry.name).as_posix()
        below = [entry.name for entry in found if entry.name in folders and not entry.is_symlink()]
        skipped = {name for name in below if name.startswith(".") or name == "__pycache__"}
        pending += ((path / name).as_posix() for name in reversed(below) if name not in skipped)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads in a circle.
        return False


def is_file(path: Path) -> bool:
    """Tell whether there is a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        # It is too long, holds a NUL, or a folder above it is closed to us.
        return False


def _read(location: Path, path: str) -> bytes | None:
    try:
        # A pipe would keep us waiting, and a device may have no end; a folder has an error of its own.
        if not stat.S_ISREG(location.stat().st_mode) and not location.is_dir():
            raise PatcherError("io", "this is no plain file", path=path, help="Put a plain file in its place.")
        return location.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError as error:
        raise PatcherError(
            "refused", "there is a folder in the place of this file", path=path, help="Move the folder away."
        ) from error
    except OSError as error:
        raise PatcherError("io", f"the file can't be read: {error.strerror}", path=path) from error


def relative_path(path: str) -> PurePosixPath:
    """Check that a path stays inside the checkout, and give it.

    Raises:
        PatcherError: `usage`, when it is absolute or leads out.
    """
    pure = PurePosixPath(path)
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible or pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise PatcherError("usage", f"{path!r} does not lie inside the checkout")
    return pure
