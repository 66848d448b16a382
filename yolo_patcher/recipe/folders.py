"""Where the catalogue's files lie: inside an installed package, or beside it in a checkout of this project."""

from __future__ import annotations

from pathlib import Path

from yolo_patcher.errors import PatcherError

PACKAGE = Path(__file__).resolve().parent.parent


def recipes_folder() -> Path:
    """Give the folder of the recipes that come with the tool."""
    return find_folder("recipes", PACKAGE)


def templates_folder() -> Path:
    """Give the folder of the classes and text templates that come with the tool."""
    return find_folder("templates", PACKAGE)


def find_folder(name: str, package: Path) -> Path:
    """Find a data folder of the installed package, or else of the source tree that the package lies in.

    Raises:
        PatcherError: `internal`, the installation is incomplete.
    """
    for folder in (package / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise PatcherError(
        "internal", f"the installation has no {name} folder", help="Install yolo-patcher again.", path=str(package)
    )
