"""The user's directory as the planner sees it: files read once, by relative path, and nothing written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from yolo_patcher.errors import PatcherError

STATE_FOLDER = ".yolo-patcher"


@dataclass
class Snapshot:
    """A checkout's files at one moment: each is read at most once, so a plan and its check agree.

    Attributes:
        root: the checkout's folder.
    """

    root: Path
    _contents: dict[str, bytes | None] = field(default_factory=dict)

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
        return (self.root / path).is_file()

    def files(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """List the files below a folder whose names end in one of the suffixes, sorted, as relative POSIX paths."""
        found = []
        for directory, folders, names in os.walk(self.root / folder):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
            for name in sorted(names):
                if name.endswith(suffixes):
                    found.append(Path(directory, name).relative_to(self.root).as_posix())
        return found


def _read(location: Path, path: str) -> bytes | None:
    try:
        return location.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PatcherError("io", f"the file can't be read: {error.strerror}", path=path) from error


def relative_path(path: str) -> PurePosixPath:
    """Check that a path stays inside the checkout, and give it.

    Raises:
        PatcherError: `usage`, when it is absolute or leads out.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise PatcherError("usage", f"{path!r} does not lie inside the checkout")
    return pure
