"""Where a file with `parse_model` may stand in a folder, and from which folder its imports begin."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from yolo_patcher.errors import PatcherError

PLACES = ("nn/tasks.py", "models/yolo.py")
DEFINITION = b"def parse_model("
_DEPTH, _FOLDERS = 5, 5000


def parse_model_in(folder: Path) -> str | None:
    """Give the place of the first file in a folder that defines `parse_model`, or None."""
    return next((place for place in PLACES if DEFINITION in _read(folder / place)), None)


def root_of(folder: Path, place: str) -> Path:
    """Give the folder from which the file's imports of its own repository begin.

    `from ultralytics.nn.modules import ...` begins above the package's folder, `from models.common import ...` in the
    folder itself; packages may lie deeper: `from yolort.v5.models.common import ...`.

    Args:
        folder: the folder that holds `nn/` or `models/`.
        place: the file in it, one of PLACES.

    Raises:
        PatcherError: `checkout`, when the imports name another folder than the one that the file lies in.
    """
    text = _read(folder / place)
    top = place.split("/", 1)[0]
    pattern = rf"^[ \t]*(?:from|import)[ \t]+((?:\w+\.)*){top}\.(\w+)"
    named = re.findall(pattern.encode(), text, re.MULTILINE)
    prefixes = Counter(tuple(prefix.decode().split(".")[:-1]) for prefix, _ in named)
    fitting = [prefix for prefix in prefixes if not prefix or folder.parts[-len(prefix) :] == prefix]
    if fitting:
        above = max(fitting, key=lambda prefix: (prefixes[prefix], len(prefix)))
        return Path(*folder.parts[: len(folder.parts) - len(above)])
    if place == "nn/tasks.py":
        wrong = [prefix.decode()[:-1] for prefix, module in named if module == b"modules" and prefix != b"torch."]
        if wrong and not re.search(rb"^[ \t]*from[ \t]+\.", text, re.MULTILINE):
            raise PatcherError(
                "checkout",
                f"{place} imports {wrong[0]}.nn.modules, but lies in a folder called {folder.name}",
                path=str(folder),
                help=f"Call that folder {wrong[0].rpartition('.')[2]}, as Python needs it too.",
            )
        return folder.parent
    return folder


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
