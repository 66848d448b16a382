"""The floors as import-linter keeps them, and on each floor the packages, with what they say and import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grimp

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "yolo_patcher"


@dataclass(frozen=True)
class Package:
    """A package, or a module that stands beside them.

    Attributes:
        name: as it is imported.
        subject: the first paragraph of its docstring, in one line.
        uses: the second, which says what others import from it; "" where all of it is imported.
        imports: the names of the packages that it imports from, from the top floor down.
    """

    name: str
    subject: str
    uses: str
    imports: tuple[str, ...]


@dataclass(frozen=True)
class House:
    """The packages by name, and their names by floor from the top one down."""

    packages: Mapping[str, Package]
    floors: Sequence[Sequence[str]]

    def floor(self, name: str) -> int:
        """Give the number of a package's floor, counted from the top."""
        return next(number for number, names in enumerate(self.floors) if name in names)

    def below(self, name: str) -> list[str]:
        """Give the packages on lower floors that a package imports from."""
        return [each for each in self.packages[name].imports if self.floor(each) > self.floor(name)]


def read_house() -> House:
    """Read the floors from `pyproject.toml`, and the packages from the program's files."""
    floors = _floors()
    names = [name for floor in floors for name in floor]
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    for name in names:
        graph.squash_module(f"{PACKAGE}.{name}")
    packages = {}
    for name in names:
        imported = graph.find_modules_directly_imported_by(f"{PACKAGE}.{name}")
        subject, _, uses = _docstring(name).partition("\n\n")
        imports = tuple(each for each in names if f"{PACKAGE}.{each}" in imported)
        packages[name] = Package(name, " ".join(subject.split()), " ".join(uses.split()), imports)
    return House(packages, floors)


def _floors() -> list[list[str]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    floors = [[name.strip(" ()") for name in layer.split("|")] for layer in layers]
    return [
        [name for name in floor if _file(name).exists()] for floor in floors if any(_file(n).exists() for n in floor)
    ]


def _file(name: str) -> Path:
    folder = ROOT / PACKAGE / name
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _docstring(name: str) -> str:
    return ast.get_docstring(ast.parse(_file(name).read_text(encoding="utf-8"))) or ""
