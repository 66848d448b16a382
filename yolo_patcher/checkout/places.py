"""Which files of a checkout define `parse_model`, and in which folders the models lie that each reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.reach import reached
from yolo_patcher.checkout.root import DEFINITION, PLACES
from yolo_patcher.checkout.snapshot import Snapshot


@dataclass(frozen=True)
class Place:
    """A file that defines `parse_model`.

    Attributes:
        path: the file.
        folder: the folder of the package that it belongs to, `""` where that is the checkout's root.
    """

    path: str
    folder: str

    @property
    def model_folders(self) -> list[str]:
        """The folders where the models lie that it reads."""
        if self.folder:
            return [self.folder]
        top, inside, _ = self.path.partition("/")
        return list(dict.fromkeys(["models", "cfg", "configs", *([top] if inside and top != "nn" else [])]))


def parse_model_places(snapshot: Snapshot, package: str | None) -> list[Place]:
    """Give the files that define `parse_model`: those in the usual places, else those that the scripts import.

    The root's own come before those of folders in it, of which a repository may hold several others.

    Args:
        snapshot: the checkout.
        package: the package's folder when the user named that; None to look for it.
    """
    found = list(_usual(snapshot, package or ""))
    if package is None:
        found = found or [place for name in _folders(snapshot) for place in _usual(snapshot, name)]
        found = found or [Place(*one) for one in reached(snapshot.root)]
    if len(found) > 1 and len({place.folder for place in found}) == 1:
        # Of two in one folder, that which the repository runs.
        used = {path for path, _ in reached(snapshot.root)}
        found = [place for place in found if place.path in used] or found
    return found


def _usual(snapshot: Snapshot, folder: str) -> Iterator[Place]:
    for place in PLACES:
        path = f"{folder}/{place}" if folder else place
        content = snapshot.read(path) if snapshot.exists(path) else None
        if content is not None and DEFINITION in content:
            yield Place(path, folder)


def _folders(snapshot: Snapshot) -> list[str]:
    if not snapshot.root.is_dir():
        return []
    names = sorted(child.name for child in snapshot.root.iterdir() if child.is_dir())
    return [name for name in names if not name.startswith(".")]


def beside(snapshot: Snapshot, path: str) -> list[str]:
    """Give the other files in a file's folder that define a `parse_model`, as `models/tf.py` for TensorFlow does."""
    files = sorted(PurePosixPath(path).with_name(one.name) for one in (snapshot.root / path).parent.glob("*.py"))
    contents = ((str(one), snapshot.read(str(one)) if snapshot.exists(str(one)) else None) for one in files)
    return [one for one, content in contents if one != path and content is not None and DEFINITION in content]
