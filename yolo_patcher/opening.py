"""Open the folder that `--repo` names: the repository's root, or its package's own folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.checkout import Snapshot
from yolo_patcher.errors import PatcherError


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
    """Find the checkout's root; in a package's own folder (also in site-packages) it is the folder above.

    Raises:
        PatcherError: `usage`, when there is no such folder.
    """
    if not _is_folder(repo):
        raise PatcherError("usage", f"there is no folder {repo}", help="Give the checkout's folder with --repo.")
    folder = repo.resolve()
    if (folder / "nn" / "tasks.py").is_file() or _imports_itself(folder):
        return Opened(Snapshot(folder.parent), folder.name)
    return Opened(Snapshot(folder), None)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # Its name is too long, or a folder above it is closed to us.
        return False


def _imports_itself(folder: Path) -> bool:
    """Tell whether `models/yolo.py` imports `<folder's name>.models`, as a package does and a repository's root not."""
    path = folder / "models" / "yolo.py"
    try:
        # To read a pipe would be to wait for who writes to it.
        text = path.read_bytes() if path.is_file() else b""
    except OSError:
        return False
    pattern = rf"^\s*(?:from|import)\s+{re.escape(folder.name)}\.models\b".encode()
    return re.search(pattern, text, re.MULTILINE) is not None
