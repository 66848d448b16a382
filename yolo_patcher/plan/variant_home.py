"""Choose the file that a variant goes into, where all classes that it names can be had, and write its imports."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.class_text import home_of_class
from yolo_patcher.plan.code.lists import dotted
from yolo_patcher.plan.variant import Variant
from yolo_patcher.recipe.class_code import ClassCode, Import


def with_home(site: Site, variant: Variant, module: str, recipes: Mapping[str, str]) -> tuple[ClassCode, str]:
    """Give a variant's class with its imports, and the path of the file of its own that it must have, if it must.

    It goes to the checkout's other classes where its block can be had there, and else beside `parse_model`'s file.

    Args:
        site: the checkout's parts.
        variant: the variant.
        module: the name for a module of its own.
        recipes: the files of the recipes' classes that it names, by the names of these.

    Raises:
        PatcherError: `refused`, when its block is defined in `parse_model`'s own file, which no other file can import.
    """
    files = {**{one.name: one.file.source.path for one in variant.needs}, **recipes}
    usual = home_of_class(site, module)
    if site.home == "appended" and all(_is_seen(site, one) for one in variant.needs):
        return variant.code, ""
    apart = site.home == "appended" or (
        site.home == "package" and not all(_is_below(path, usual) for path in files.values())
    )
    home = PurePosixPath(site.parse_model.path).with_name(f"{module}.py").as_posix() if apart else usual
    if site.parse_model.path in files.values():
        name = next(name for name, path in files.items() if path == site.parse_model.path)
        raise PatcherError(
            "refused",
            f"{name} is defined in the file of parse_model, so that a variant in another file can't inherit from it",
            path=site.parse_model.path,
            help=f"Move {name} to a file of its own that this file imports.",
        )
    relative = (site.home == "package" and not apart) or any(
        isinstance(node, ast.ImportFrom) and node.level for node in site.parse_model.tree.body
    )
    imports = [*variant.code.imports, *_imports(home, files, relative=relative)]
    return replace(variant.code, imports=tuple(imports)), home if apart else ""


def _is_seen(site: Site, definition: Definition) -> bool:
    """Tell whether a class's name means that class in the file that classes are appended to."""
    file = site.definitions.file(site.supplier)
    found = file.find(definition.name) if file else None
    return isinstance(found, Definition) and found.node is definition.node


def _is_below(path: str, home: str) -> bool:
    return PurePosixPath(path).is_relative_to(PurePosixPath(home).parent)


def _imports(home: str, files: Mapping[str, str], *, relative: bool) -> list[Import]:
    by_file: dict[str, list[str]] = {}
    for name, path in files.items():
        by_file.setdefault(path, []).append(name)
    return [
        Import(f"from {dotted(home, path, relative)} import {', '.join(sorted(names))}", names[0], "")
        for path, names in sorted(by_file.items())
    ]
