"""What a checkout's users import, and where that should come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_patcher.checkout.site import Site

_SCRIPTS = {"ultralytics": "yolo"}
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Target:
    """A checkout, as Python's import should find it.

    Attributes:
        root: the folder that holds the modules.
        modules: the top-level modules that the checkout consists of; the first holds `parse_model`.
        marker: the path of parse_model's file inside the first module.
        version: the repository's own version.
        original: whether it is YOLOv5's original layout, whose scripts stand in the root and are run there.
    """

    root: Path
    modules: tuple[str, ...]
    marker: str
    version: str | None
    original: bool

    @property
    def module(self) -> str:
        """The module that holds `parse_model`."""
        return self.modules[0]

    @property
    def distribution(self) -> str:
        """The name under which pip knows it, where it does."""
        return self.module.replace("_", "-").lower()

    @property
    def script(self) -> str | None:
        """The name of its console script."""
        return None if self.original else _SCRIPTS.get(self.module, self.module)

    @property
    def is_installed(self) -> bool:
        """Whether the checkout is what pip unpacked."""
        return self.root.name in ("site-packages", "dist-packages")

    @property
    def is_project(self) -> bool:
        """Whether pip can install it."""
        return not self.is_installed and any((self.root / name).is_file() for name in _PROJECT_FILES)

    def location(self, module: str) -> Path:
        """Give the folder, or the file, of one of its modules."""
        folder = self.root / module
        return (folder if folder.is_dir() else folder.with_suffix(".py")).resolve()

    def judge(self, module: str, found: Mapping[str, Any]) -> str:
        """Judge what an import found.

        Returns:
            `ok` for the checkout's own; `other` for another; `empty` for a folder of that name without a package;
            `none` when nothing was found.
        """
        if found["kind"] == "none" or found["location"] is None:
            return "none"
        location = Path(found["location"]).resolve()
        if location == self.location(module):
            return "ok"
        if found["kind"] == "namespace" and not (location / self.marker).is_file():
            return "empty"
        return "other"


def target_of(site: Site) -> Target:
    """Give the target of a checkout."""
    module, _, marker = site.parse_model.path.partition("/")
    root = site.snapshot.root.resolve()
    original = not site.folder
    more = [name for name in ("utils",) if original and ((root / name).is_dir() or (root / f"{name}.py").is_file())]
    return Target(root, (module.removesuffix(".py"), *more), marker, site.version, original)
