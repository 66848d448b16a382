"""The names that a class needs in the file that it is appended to: free there, or bound to the very same thing."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from yolo_patcher.checkout.definitions import Elsewhere
from yolo_patcher.checkout.namespace import bindings
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.class_code import ClassCode


def lacking_imports(site: Site, codes: Sequence[ClassCode]) -> list[str]:
    """Give the import statements that classes need and the file that supplies the modules lacks.

    Raises:
        PatcherError: `refused`, with the line, when a name that a class needs is another thing in that file, or in the
            file of `parse_model` that takes everything from it.
    """
    _, tree = site.read_python(site.supplier)
    bound = {name for name, _, _ in bindings(tree)}
    needed = {one.name: one for code in codes for one in code.imports}
    own = {name: f"builtins.{name}" for code in codes for name in code.builtins}
    _refuse_others(site.supplier, tree, {**{one.name: one.meaning for one in needed.values()}, **own})
    lacking = [one for one in needed.values() if one.name not in bound]
    if site.supply and site.supply.statement.names[0].name == "*":
        path, meanings = site.parse_model.path, {one.name: one.meaning for one in lacking}
        _refuse_others(path, site.parse_model.tree, meanings)
        for name, meaning in meanings.items():
            known = site.parse_model.file.find(name)
            if known and not (isinstance(known, Elsewhere) and known.name == meaning):
                raise _other(path, site.supply.statement.lineno, name, meaning)
    return list(dict.fromkeys(one.statement for one in lacking))


def _refuse_others(path: str, tree: ast.Module, needed: dict[str, str]) -> None:
    for name, meaning, line in bindings(tree):
        if name in needed and meaning != needed[name]:
            raise _other(path, line, name, needed[name])


def _other(path: str, line: int, name: str, meaning: str) -> PatcherError:
    return PatcherError(
        "refused",
        f"the class needs the name {name} for {meaning}, and here it is another thing",
        path=path,
        line=line,
        help="Rename it in that file, or let the recipe's class do without the name"
        + (f": write {meaning} out." if meaning.startswith("torch.") else "."),
    )
