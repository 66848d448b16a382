"""A checkout: opened from the folder that `--repo` names, the repository's root or its package's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher.checkout.root import parse_model_in, root_of
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    from yolo_patcher.checkout.dialects import Dialect
    from yolo_patcher.checkout.site import Site


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
        return Checkout(Snapshot(root), None if root == folder else folder.relative_to(root).as_posix())
    inside = [(child, *found) for child in _children(folder) if (found := parse_model_in(child))]
    if len(inside) == 1 and root_of(*inside[0]) == inside[0][0]:
        return Checkout(Snapshot(inside[0][0]))
    return Checkout(Snapshot(folder))


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
