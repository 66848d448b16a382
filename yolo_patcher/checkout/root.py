"""Open the folder that `--repo` names: the repository's root, or its package's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.checkout.places import parse_model_in, root_of
from yolo_patcher.checkout.snapshot import Snapshot
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
