"""The recipes that there are, and the names that people call them."""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from yolo_patcher.checkout.snapshot import is_file
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.folders import recipes_folder, templates_folder
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.signature import Signatures

SUFFIXES = (".yaml", ".yml")
ENTRY_POINTS = "yolo_patcher.recipes"

_Identity: TypeAlias = tuple[int, ...]


def all_recipes(more: tuple[Path, ...] = ()) -> tuple[Recipe, ...]:
    """Load the recipes that come with the tool, those of installed packages and further ones, sorted by name.

    Files that are as they were are not read again; what was edited, added or removed since is seen.

    Args:
        more: recipe files, or folders of them.

    Raises:
        PatcherError: `recipe`, one is invalid, or two claim the same name; `usage`, a path does not exist.
    """
    paths = [path for place in (recipes_folder(), *installed_folders(), *more) for path in _recipe_files(place)]
    # A template is looked for in two folders, so a file that appears in one may take another's place.
    folders = {path.parent for path in paths} | {templates_folder()}
    identities = tuple((place, _identity(place)) for place in (*paths, *sorted(folders)))
    return _loaded(tuple(paths), identities)


def _identity(place: Path) -> _Identity:
    try:
        status = place.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(maxsize=8)
def _loaded(paths: tuple[Path, ...], identities: tuple[tuple[Path, _Identity], ...]) -> tuple[Recipe, ...]:
    """Load recipes, again where a file or folder is no longer the same."""
    recipes = [_read(path) for path in paths]
    index_names(recipes)
    return tuple(sorted(recipes, key=lambda recipe: recipe.name))


def _read(path: Path) -> Recipe:
    # Parsing YAML takes an import that many commands can do without.
    from yolo_patcher.recipe.reader import read_recipe

    return read_recipe(path)


def _recipe_files(place: Path) -> list[Path]:
    try:
        if stat.S_ISDIR(place.stat().st_mode):
            return sorted(path for path in place.iterdir() if path.suffix in SUFFIXES)
    except PermissionError as error:
        raise PatcherError("io", error.strerror or "it cannot be read", path=str(place)) from None
    except OSError:
        raise PatcherError("usage", f"there is no recipe file or folder '{place}'") from None
    return [place]


def installed_folders() -> tuple[Path, ...]:
    """Give the recipe folders that installed packages offer, without importing any of them.

    A package offers one by an entry point of the group `yolo_patcher.recipes`, whose value is the package that is the
    folder: `mine = "mine.recipes"`.
    """
    return _installed(tuple((place, _identity(Path(place))) for place in sys.path))


@lru_cache(maxsize=8)
def _installed(places: tuple[tuple[str, _Identity], ...]) -> tuple[Path, ...]:
    """Look for the entry points, again where something was installed."""
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        package, *inside = entry.value.split(":", 1)[0].split(".")
        spec = find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(location).joinpath(*inside)
            if folder.is_dir():
                found.append(folder)
    return tuple(found)


def find_recipe(name: str, more: tuple[Path, ...] = ()) -> Recipe:
    """Find a recipe by name or alias (case, '-', '_' and spaces do not matter), or load it from a path.

    Raises:
        PatcherError: `usage`, there is none; otherwise as `all_recipes` and `read_recipe` do.
    """
    if _is_path(name):
        return _read(_named_file(name))
    names = index_names(all_recipes(more))
    key = normalise(name)
    if key not in names:
        raise PatcherError("usage", f"there is no recipe '{name}'", help=_suggest(key, names))
    return names[key]


def _named_file(name: str) -> Path:
    try:
        path = Path(name).expanduser()
        path.stat()
    except (OSError, RuntimeError):
        found = False
    else:
        found = not path.is_dir()
    if not found:
        raise PatcherError("usage", f"there is no recipe file '{name}'")
    return path


def index_names(recipes: Iterable[Recipe]) -> dict[str, Recipe]:
    """Map every normalised name and alias to its recipe; the first to claim a name has it.

    Raises:
        PatcherError: `recipe`, two recipes claim the same name.
    """
    owners: dict[str, Recipe] = {}
    for recipe in recipes:
        claims = {"name": recipe.name, **{f"aliases[{number}]": alias for number, alias in enumerate(recipe.aliases)}}
        for where, name in claims.items():
            owner = owners.setdefault(normalise(name), recipe)
            if owner is not recipe:
                message = f"the recipes {owner.name} ({owner.source}) and {recipe.name} both claim the name '{name}'"
                raise PatcherError("recipe", message, path=str(recipe.source), line=recipe.lines.get(where))
    return owners


def normalise(name: str) -> str:
    """Reduce a name to what matters when names are compared."""
    return re.sub(r"[-_\s]", "", unicodedata.normalize("NFKC", name)).casefold()


def signatures(recipes: Iterable[Recipe]) -> Signatures:
    """Give what recipes say of their classes, by the classes' names."""
    return {recipe.class_name: recipe.signature for recipe in recipes}


def _is_path(name: str) -> bool:
    separators = {"/", os.sep, os.altsep or "/"}
    return any(separator in name for separator in separators) or (name.endswith(SUFFIXES) and is_file(Path(name)))


def _suggest(key: str, names: dict[str, Recipe]) -> str:
    from difflib import get_close_matches

    close = sorted({names[match].name for match in get_close_matches(key, names, n=3)})
    question = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{question}`yolo-patcher list` shows all."
