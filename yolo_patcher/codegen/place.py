"""Put classes at the end of a file that holds all modules, or into files of their own in a package of modules."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import PurePosixPath

from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.codegen.imports import add_relative_imports, add_to_all, add_to_import
from yolo_patcher.codegen.style import restyle, style_of
from yolo_patcher.codegen.templates import render_template
from yolo_patcher.namespace import all_list, bound_names
from yolo_patcher.site import Site
from yolo_patcher.source_text import SourceText

_OURS = "  # noqa: E402  # yolo-patcher"


def append_classes(site: Site, edits: Edits, new: Sequence[NewClass]) -> None:
    """Append classes to the file that supplies the modules, without exporting them."""
    if not new:
        return
    source, tree = site.read_python(site.supplier)
    # What an earlier patch imported goes with that patch, so each class brings what the file itself does not.
    bound = bound_names(ast.Module([one for one in tree.body if not _is_ours(source, one)], []))
    parts = []
    for one in new:
        imports = [f"{statement}{_OURS}" for statement, name in one.code.imports if name not in bound]
        parts.append("\n".join([f"# {one.marker}", *imports, *(["\n"] if imports else []), one.code.named(one.name)]))
    code = restyle("\n\n\n".join(parts), style_of(source))
    end = len(source.text)
    edits.add(source, [(end, end, _gap(source) + code + _final_newline(source))])


def _is_ours(source: SourceText, statement: ast.stmt) -> bool:
    """Tell whether an import stands above a class of ours."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return False
    return source.text.split("\n")[statement.lineno - 1].rstrip("\r").endswith(_OURS)


def add_modules(site: Site, edits: Edits, new: Sequence[NewClass]) -> None:
    """Write classes into files of their own beside the package's modules, and make the package export them."""
    if not new:
        return
    source, tree = site.read_python(site.supplier)
    style = style_of(source)
    for one in new:
        text = render_template(
            "module.py.j2",
            title=one.title,
            imports="\n".join(statement for statement, _ in one.code.imports),
            marker=one.marker,
            class_code=one.code.named(one.name),
        )
        edits.created[module_path(site, one.module)] = restyle(text, style)
    edits.add(source, add_relative_imports(source, tree, [(one.module, one.name) for one in new]))


def module_path(site: Site, module: str) -> str:
    """Give the path of a module beside the package's own."""
    return str(PurePosixPath(site.supplier).with_name(f"{module}.py"))


def export_classes(site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
    """Add classes to the supplier's `__all__`, if it has one, and to the import list in the file of `parse_model`."""
    source, tree = site.read_python(site.supplier)
    listed = all_list(tree)
    if listed is not None:
        edits.add(source, add_to_all(source, listed, [one.name for one in new]))
    names = [*(one.name for one in new), *known]
    edits.add(site.parse_model.source, add_to_import(site.parse_model.source, site.supply, names))


def _gap(source: SourceText) -> str:
    """Give the newlines that make two blank lines after the file's last line."""
    body = source.text.rstrip("\r\n")
    present = source.text[len(body) :].count(source.newline)
    return source.newline * max(0, 3 - present) if body else ""


def _final_newline(source: SourceText) -> str:
    return source.newline if source.text.endswith(("\n", "\r")) else ""
