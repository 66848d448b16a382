"""A checkout: opened from the folder that `--repo` names, the repository's root or its package's own folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher.checkout.reach import reached
from yolo_patcher.checkout.root import PLACES, no_checkout, parse_model_in, root_of
from yolo_patcher.checkout.snapshot import STATE_FOLDER, Snapshot, is_file
from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    from yolo_patcher.checkout.dialects import Dialect
    from yolo_patcher.checkout.site import Site

_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Checkout:
    """A checkout at one moment: its files, and what they are recognised as when that is asked for.

    What is there can be told and taken out of a checkout that is no longer recognised.

    Attributes:
        snapshot: its files.
        package: the package's folder when the user named that; None to look for it.
    """

    snapshot: Snapshot
    package: str | None = None

    @property
    def root(self) -> Path:
        """The folder from which its imports begin."""
        return self.snapshot.root

    @property
    def dialect(self) -> Dialect:
        """Its shape.

        Raises:
            PatcherError: `checkout`, when there is no `parse_model`, more than one, or it is of no known shape.
        """
        return self._recognised[0]

    @property
    def site(self) -> Site:
        """Where its parts are; errors as for `dialect`."""
        return self._recognised[1]

    @cached_property
    def _recognised(self) -> tuple[Dialect, Site]:
        # Some commands can do without it, and its imports take a tenth of a start.
        from yolo_patcher.checkout.dialects import recognise

        return recognise(self.snapshot, self.package)

    def load_name(self, path: str, scale: str) -> str:
        """Give what the repository's users write to load a model YAML at a scale; errors as for `dialect`."""
        return self.dialect.load_name(self.site, path, scale)

    def changed(self, contents: Mapping[str, bytes | None]) -> Checkout:
        """Give the checkout as it would be with other contents; None for files that are not there."""
        return Checkout(self.snapshot.changed(contents), self.package)

    def as_json(self) -> dict[str, object]:
        """Give it for the JSON output; errors as for `dialect`."""
        return {"dialect": self.dialect.NAME, "version": self.site.version}


def open_checkout(repo: Path) -> Checkout:
    """Find the checkout in which a folder lies, and its root, from which its imports begin.

    In a package's own folder (also in site-packages) the root is a folder above; where the repository is a folder of
    the one that is named, and is run from there, it is that folder. Where the named folder is no checkout, the folders
    above it are looked at, up to the file system's root, as git does.

    Raises:
        PatcherError: `usage`, when there is no such folder; `checkout`, when neither it nor a folder above it is a
            checkout, or when its name is not what its imports say.
    """
    if not _is_folder(repo):
        raise PatcherError("usage", f"there is no folder {repo}", help="Give the checkout's folder with --repo.")
    folder = repo.resolve()
    found = _named(folder) or next(filter(None, map(_above, filter(_is_ours, folder.parents))), None)
    found = found or _of_package(folder)
    if found is None:
        raise no_checkout(folder)
    return found


def _named(folder: Path) -> Checkout | None:
    """Give the checkout that a folder is, or holds; files with another `parse_model` than any known are told later."""
    if found := _with_parse_model(folder):
        return found
    if inside := _inside(folder):
        return Checkout(Snapshot(inside[0] if len(inside) == 1 and _is_run_from(inside[0]) else folder))
    places = [one / place for one in (folder, *_children(folder)) for place in PLACES]
    known = _holds_state(folder) or any(map(os.path.lexists, places)) or reached(folder)
    return Checkout(Snapshot(folder)) if known else None


def _above(folder: Path) -> Checkout | None:
    """Give the checkout that a folder above the named one is.

    Nothing in it is looked through unless it is a repository's: a home folder holds more than anybody wants read, and
    a clone beside the named folder is not what was meant.
    """
    found = _with_parse_model(folder)
    if found or _holds_state(folder):
        return found or Checkout(Snapshot(folder))
    is_repository = any((folder / mark).exists() for mark in _MARKS)
    inside = _inside(folder) if is_repository else []
    if len(inside) == 1 and _is_run_from(inside[0]):
        return None if (inside[0] / ".git").is_dir() else Checkout(Snapshot(inside[0]))
    return Checkout(Snapshot(folder)) if inside or (is_repository and reached(folder)) else None


def _of_package(folder: Path) -> Checkout | None:
    """Give the checkout whose package, or a folder in it, was named, where the package's own imports lead to it."""
    above = next(one for one in (folder, *folder.parents) if not is_file(one / "__init__.py"))
    paths = [above / path for path, _ in reached(above)] if above != folder and _is_ours(above) else []
    return Checkout(Snapshot(above)) if any(path.is_relative_to(folder) for path in paths) else None


def _with_parse_model(folder: Path) -> Checkout | None:
    found = parse_model_in(folder)
    if found is None:
        return None
    root = root_of(folder, *found)
    return Checkout(Snapshot(root), None if root == folder else folder.relative_to(root).as_posix())


def _inside(folder: Path) -> list[Path]:
    return [child for child in _children(folder) if parse_model_in(child)]


def _is_run_from(folder: Path) -> bool:
    found = parse_model_in(folder)
    return found is not None and root_of(folder, *found) == folder


def _holds_state(folder: Path) -> bool:
    return _is_folder(folder / STATE_FOLDER)


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder that nobody named may be taken for the checkout: what others leave in /tmp may not."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        return os.geteuid() in (0, folder.stat().st_uid)
    except OSError:
        return False


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
