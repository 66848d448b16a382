"""Open the folder that `--repo` names: the repository's root, or its package's own folder."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.errors import PatcherError

PLACES = ("nn/tasks.py", "models/yolo.py")
DEFINITION = b"def parse_model("
_DEPTH, _FOLDERS = 5, 5000
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+(?:\.\w+)*)", re.MULTILINE)
_RELATIVE_IMPORT = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)


@dataclass(frozen=True)
class Opened:
    """A checkout, not yet looked into.

    Attributes:
        snapshot: its files.
        package: the package's folder when the user named that; None to look for it.
    """

    snapshot: Snapshot
    package: str | None


def open_checkout(repo: Path) -> Opened:
    """Find the checkout's root, from which its imports begin.

    In a package's own folder (also in site-packages) it is a folder above; where the repository is a folder of the one
    that is named, and is run from there, it is that folder.

    Raises:
        PatcherError: `usage`, when there is no such folder; `checkout`, when its name is not what its imports say.
    """
    if not _is_folder(repo):
        raise PatcherError("usage", f"there is no folder {repo}", help="Give the checkout's folder with --repo.")
    folder = repo.resolve()
    if found := parse_model_in(folder):
        root = root_of(folder, *found)
        return Opened(Snapshot(root), None if root == folder else folder.relative_to(root).as_posix())
    inside = [(child, *found) for child in _children(folder) if (found := parse_model_in(child))]
    if len(inside) == 1 and root_of(*inside[0]) == inside[0][0]:
        return Opened(Snapshot(inside[0][0]), None)
    return Opened(Snapshot(folder), None)


def _children(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")]
    except OSError:
        # It is closed to us, which whatever reads it next will say.
        return []


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # Its name is too long, or a folder above it is closed to us.
        return False


def parse_model_in(folder: Path) -> tuple[str, bytes] | None:
    """Give the place and the content of the first file in a folder that defines `parse_model`, or None."""
    files = ((place, _read(folder / place)) for place in PLACES)
    return next(((place, content) for place, content in files if DEFINITION in content), None)


def root_of(folder: Path, place: str, content: bytes) -> Path:
    """Give the folder from which the file's imports of its own repository begin.

    `from ultralytics.nn.modules import ...` begins above the package's folder, `from models.common import ...` in the
    folder itself; packages may lie deeper: `from yolort.v5.models.common import ...`.

    Args:
        folder: the folder that holds `nn/` or `models/`.
        place: the file in it, one of PLACES.
        content: the file's bytes.

    Raises:
        PatcherError: `checkout`, when the imports name another folder than the one that the file lies in.
    """
    text = content.decode("utf-8", "replace")
    imported = [tuple(name.split(".")) for name in _IMPORT.findall(text)]
    top = place.split("/", 1)[0]
    # What stands before `models.common`, wherever that is; else before anything.
    prefixes = Counter(name[: name.index(top)] for name in imported if top in name[:-1])
    fitting = [prefix for prefix in prefixes if _ends_in(folder, prefix)]
    fitting = fitting or [
        name[:end] for name in imported for end in range(1, len(name)) if _ends_in(folder, name[:end])
    ]
    if fitting:
        above = max(fitting, key=lambda prefix: (prefixes[prefix], len(prefix)))
        return Path(*folder.parts[: len(folder.parts) - len(above)])
    if place == "models/yolo.py":
        return folder
    wrong = next((name for name in imported if name[1:] == ("nn", "modules") and name[0] != "torch"), None)
    if wrong and not _RELATIVE_IMPORT.search(text):
        raise PatcherError(
            "checkout",
            f"{place} imports {'.'.join(wrong)}, but lies in a folder called {folder.name}",
            path=str(folder),
            help=f"Call that folder {wrong[0]}, as Python needs it too.",
        )
    return folder.parent


def _ends_in(folder: Path, names: tuple[str, ...]) -> bool:
    return folder.parts[len(folder.parts) - len(names) :] == names


def deeper(root: Path) -> list[str]:
    """Give the folders a few levels below a root that hold a file with `parse_model`, relative and sorted."""
    found = []
    for number, (directory, folders, _) in enumerate(os.walk(root)):
        here = Path(directory)
        depth = len(here.relative_to(root).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < _DEPTH else []
        if number > _FOLDERS:
            break
        if parse_model_in(here):
            found.append(here.relative_to(root).as_posix())
    return sorted(found)


def _read(path: Path) -> bytes:
    try:
        # To read a pipe would be to wait for who writes to it.
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        # Not ours to read, or a folder above it is closed to us.
        return b""
