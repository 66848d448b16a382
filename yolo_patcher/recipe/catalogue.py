"""The recipes that there are, and the names that people call them."""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from yolo_patcher.checkout.snapshot import is_file
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.folders import recipes_folder, templates_folder
from yolo_patcher.recipe.index import Outline, outline
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
    return _loaded(tuple(_files(more)))


@dataclass(frozen=True)
class _File:
    """A recipe's file, with what tells whether it, or the folder of its template, was changed."""

    path: Path
    identity: tuple[_Identity, ...]


def _files(more: tuple[Path, ...]) -> list[_File]:
    paths = [path for place in (recipes_folder(), *installed_folders(), *more) for path in _recipe_files(place)]
    # A template is looked for in two folders, so a file that appears in one may take another's place.
    folders = {folder: _identity(folder) for folder in {*(path.parent for path in paths), templates_folder()}}
    ours = folders[templates_folder()]
    return [_File(path, (_identity(path), folders[path.parent], ours)) for path in paths]


def _identity(place: Path) -> _Identity:
    try:
        status = place.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(maxsize=8)
def _loaded(files: tuple[_File, ...]) -> tuple[Recipe, ...]:
    recipes = [_read(file) for file in files]
    index_names(recipes)
    return tuple(sorted(recipes, key=lambda recipe: recipe.name))


@lru_cache(maxsize=1024)
def _read(file: _File) -> Recipe:
    # Parsing YAML takes an import that many commands can do without.
    from yolo_patcher.recipe.reader import read_recipe

    if file.path.suffix == ".py":
        stem = file.path.stem
        raise PatcherError(
            "recipe",
            f"{file.path.name} is a class's code; the recipe that describes it is missing",
            path=str(file.path),
            help=f"Write {stem}.yaml beside it, which names it as `template: {file.path.name}` and says its class,"
            f" channels and hyper-parameters,\nand give that file; {recipes_folder() / 'se.yaml'} is an example.",
        )
    return read_recipe(file.path)


@lru_cache(maxsize=1024)
def _outline(file: _File) -> Outline | None:
    """Give what is written down of a recipe; None where it must be read."""
    return outline(file.path)


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
    if not any(_may_offer(Path(place)) for place, _ in places):
        return ()
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


def _may_offer(place: Path) -> bool:
    """Tell whether a folder, or an archive, may hold an entry point: most commands spare the import that finds it."""
    try:
        with os.scandir(place) as entries:
            infos = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info", ".egg"))]
    except NotADirectoryError:
        return True
    except OSError:
        # What is not there, or may not be read, offers nothing to the import system either.
        return False
    return any(_names_ours(Path(info)) for info in infos)


def _names_ours(info: Path) -> bool:
    try:
        return ENTRY_POINTS.encode() in (info / "entry_points.txt").read_bytes()
    except OSError:
        return info.suffix == ".egg"


def find_recipe(name: str, more: tuple[Path, ...] = ()) -> Recipe:
    """Find a recipe by name or alias (case, '-', '_' and spaces do not matter), or load it from a path.

    Raises:
        PatcherError: `usage`, there is none; otherwise as `all_recipes` and `read_recipe` do.
    """
    if _is_path(name):
        path = _named_file(name)
        return _read(_File(path, (_identity(path), _identity(path.parent), _identity(templates_folder()))))
    recipe = named([name], more).get(name)
    if recipe is None:
        raise PatcherError("usage", f"there is no recipe '{name}'", help=_suggest(normalise(name), all_recipes(more)))
    return recipe


def named(names: Collection[str], more: tuple[Path, ...] = ()) -> dict[str, Recipe]:
    """Give the recipes of names or aliases, by these; a name of none is left out.

    A recipe is read in full only where it is wanted, or where nothing less tells its names.

    Args:
        names: what people call them.
        more: recipe files, or folders of them.

    Raises:
        PatcherError: `recipe`, two recipes claim the same name, or a recipe that is read in full is invalid; otherwise
            as `all_recipes` does.
    """
    owners = _owners(tuple(_files(more)))
    return {name: _read(owners[normalise(name)]) for name in names if normalise(name) in owners}


@lru_cache(maxsize=8)
def _owners(files: tuple[_File, ...]) -> dict[str, _File]:
    """Map every normalised name and alias to its recipe's file."""
    owners: dict[str, _File] = {}
    for file in files:
        known = _outline(file) or _read(file)
        for name in (known.name, *known.aliases):
            owner = owners.setdefault(normalise(name), file)
            if owner is not file:
                index_names([_read(owner), _read(file)])
    return owners


def recipe_files(more: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Give the files of all recipes, none of which is read.

    Raises:
        PatcherError: `usage`, a path does not exist; `io`, it may not be read.
    """
    return tuple(file.path for file in _files(more))


def recipe_names(more: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Give the names of all recipes, sorted; a file that must be read in full for that raises as `all_recipes`."""
    return tuple(sorted((_outline(file) or _read(file)).name for file in _files(more)))


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


def signatures(more: tuple[Path, ...] = ()) -> Signatures:
    """Give what recipes say of their classes, by the classes' names; arguments and errors as for `recipe_names`."""
    known = [_outline(file) or _read(file) for file in _files(more)]
    return {one.class_name: one.signature for one in known}


def _is_path(name: str) -> bool:
    separators = {"/", os.sep, os.altsep or "/"}
    return any(separator in name for separator in separators) or (name.endswith(SUFFIXES) and is_file(Path(name)))


def _suggest(key: str, recipes: Iterable[Recipe]) -> str:
    from difflib import get_close_matches

    names = index_names(recipes)
    close = sorted({names[match].name for match in get_close_matches(key, names, n=3)})
    question = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{question}`yolo-patcher list` shows all."
