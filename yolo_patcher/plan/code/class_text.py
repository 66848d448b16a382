"""Put classes at the end of a file that holds all modules, or into files of their own in a package of modules."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from yolo_patcher.checkout.namespace import all_list, imported_file, top_level
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.text import SourceText, decode_python, dominant_newline, line_starts
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.edits import Edits, NewClass
from yolo_patcher.plan.code.host_names import lacking_imports
from yolo_patcher.plan.code.lists import add_import_lines, add_relative_imports, add_to_all, add_to_import
from yolo_patcher.plan.code.style import Style, restyle, style_of
from yolo_patcher.plan.code.templates import render_template


def place_classes(site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
    """Define new classes, and make these and known ones visible where `parse_model` stands.

    Where a package supplies the modules, each class gets a module of its own in it, directly there, since checkpoint
    loading refuses deeper ones; where one file does, they are appended to it. Where neither can be, each gets a module
    beside.
    """
    usual = [one for one in new if not one.home]
    if site.home == "appended":
        _append_classes(site, edits, usual)
    else:
        _add_modules(site, edits, usual, exported=site.home == "package")
    apart = [one for one in new if one.home]
    _add_modules(site, edits, apart, exported=False)
    _export_classes(site, edits, usual, known, [(one.home, one.name) for one in apart])


def home_of_class(site: Site, module: str) -> str:
    """Give the path of the file that a class goes into, with the name for a module of its own."""
    appended = site.home == "appended"
    return site.supplier if appended else PurePosixPath(site.supplier).with_name(f"{module}.py").as_posix()


def _append_classes(site: Site, edits: Edits, new: Sequence[NewClass]) -> None:
    """Append classes to the file that supplies the modules, without exporting them."""
    if not new:
        return
    source, _ = site.read_python(site.supplier)
    imports = lacking_imports(site, [one.code for one in new])
    parts = ["\n".join(f"{statement}  # noqa: E402" for statement in imports)] if imports else []
    parts += [f"# {one.marker}\n{one.code.named(one.name)}" for one in new]
    code = restyle("\n\n\n".join(parts), style_of(source))
    end = len(source.text)
    edits.add(source, [(end, end, _gap(source) + code + _final_newline(source))])


def _add_modules(site: Site, edits: Edits, new: Sequence[NewClass], *, exported: bool) -> None:
    """Write classes into files of their own, and make the package in which these lie export them."""
    if not new:
        return
    source, tree = site.read_python(site.supplier)
    style = _style_of_package(site)
    for one in new:
        edits.created[one.home or home_of_class(site, one.module)] = _module_text(one, style)
    if exported:
        edits.add(source, add_relative_imports(source, tree, [(one.module, one.name) for one in new]))


# A plan writes the same modules for each of its classes.
@lru_cache(maxsize=64)
def _module_text(one: NewClass, style: Style) -> str:
    """Give the text of a class's own file."""
    text = render_template(
        "module.py.j2",
        title=one.title,
        imports="\n".join(item.statement for item in one.code.imports),
        marker=one.marker,
        class_code=one.code.named(one.name),
    )
    return restyle(text, style)


@lru_cache(maxsize=2)
def _style_of_package(site: Site) -> Style:
    """Read a package's style from its modules; its `__init__.py`, which only imports, shows no indent."""
    source, tree = site.read_python(site.supplier)
    texts = [source.text]
    for statement in top_level(tree):
        path = imported_file(site.snapshot, source.path, statement) if isinstance(statement, ast.ImportFrom) else None
        if path is not None:
            with contextlib.suppress(PatcherError):
                texts.append(decode_python(path, site.snapshot.require(path)).text)
    joined = "".join(texts)
    return style_of(replace(source, text=joined, newline=dominant_newline(joined)))


def _export_classes(
    site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str], apart: Sequence[tuple[str, str]]
) -> None:
    """Add classes to the supplier's `__all__`, if it has one, and make them visible in the file of `parse_model`.

    That is by the import list of the supply, or by nothing where that import brings everything; else each class is
    imported by a line of its own, as are those that have a file apart.
    """
    if site.home != "beside":
        source, tree = site.read_python(site.supplier)
        listed = all_list(tree)
        if listed is not None and isinstance(listed.value, ast.List | ast.Tuple) and listed.value.elts:
            edits.add(source, add_to_all(source, listed, [one.name for one in new]))
    target, statement = site.parse_model.source, site.supply.statement if site.supply else None
    names = [one.name for one in new]
    hidden = [name for name in known if name not in site.names[0]]
    if site.carries and statement is not None and statement.names[0].name != "*":
        edits.add(target, add_to_import(target, statement, [*names, *hidden]))
        lines = list(apart)
    else:
        lines = [(home_of_class(site, one.module), one.name) for one in new if not site.carries]
        lines += [*((site.supplier, name) for name in hidden), *apart]
    if lines:
        edits.add(target, add_import_lines(target, site.parse_model.tree, statement, lines))


def _gap(source: SourceText) -> str:
    """Give the newlines that make two blank lines after the file's last line."""
    body = source.text.rstrip("\r\n")
    present = len(line_starts(source.text[len(body) :])) - 1
    # A line feed behind a carriage return would make one newline of two.
    newline = "\r" if source.text.endswith("\r") else source.newline
    return newline * max(0, 3 - present) if body else ""


def _final_newline(source: SourceText) -> str:
    return source.newline if source.text.endswith(("\n", "\r")) else ""
