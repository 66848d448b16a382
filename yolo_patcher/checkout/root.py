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
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+(?:\.\w+)*)", re.MULTILINE)
_RELATIVE_IMPORT = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)


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


def no_checkout(folder: Path) -> PatcherError:
    """Give the error for a folder that is no checkout, with the checkouts that lie a few levels below it."""
    # A home folder holds more than anybody wants read.
    below = [str(folder / path) for path in _deeper(folder)] if folder not in (_home(), *_home().parents) else []
    name = f"Name one that lies deeper: --repo {' or --repo '.join(below[:3])}."
    return PatcherError(
        "checkout",
        "this is no checkout of a YOLO repository: no nn/tasks.py, no models/yolo.py and no file that"
        " its scripts import defines parse_model",
        path=str(folder),
        help=name if below else "Give the repository's root, or its package's folder, with --repo.",
    )


def _home() -> Path:
    return Path(os.path.expanduser("~")).resolve()  # noqa: PTH111  # `Path.home()` fails for a user without one


def _deeper(root: Path) -> list[str]:
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
