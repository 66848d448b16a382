"""A recipe's class as text for a checkout: taken from its template, named, marked, and in the file's style."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    from yolo_patcher.recipe import Recipe


@dataclass(frozen=True)
class ClassCode:
    """The parts of a recipe's template.

    Attributes:
        imports: each import statement with the name that it binds.
        text: the class, from `class` to its last line, without a closing newline.
        node: its syntax tree.
    """

    imports: tuple[tuple[str, str], ...]
    text: str
    node: ast.ClassDef

    def named(self, name: str) -> str:
        """Give the class's text under a name."""
        return re.sub(r"^class \w+", f"class {name}", self.text, count=1)


def read_class(recipe: Recipe) -> ClassCode:
    """Read the class of a recipe from its template.

    Raises:
        PatcherError: `recipe`, when the template is not imports of torch and the one class that the recipe declares.
    """
    path = str(recipe.template)

    def bad(problem: str, line: int | None = None) -> PatcherError:
        return PatcherError("recipe", problem, path=path, line=line, help="A template holds imports and one class.")

    try:
        text = recipe.template.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, UnicodeDecodeError) as error:
        raise bad(f"the template can't be read: {error}") from error
    except (SyntaxError, ValueError) as error:
        raise bad(f"the template does not parse: {error}", getattr(error, "lineno", None)) from error
    imports: list[tuple[str, str]] = []
    classes: list[ast.ClassDef] = []
    for number, statement in enumerate(tree.body):
        if number == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            name = _torch_name(statement)
            if name is None:
                raise bad("a template imports one name at a time, from torch alone", statement.lineno)
            imports.append((ast.unparse(statement), name))
        elif isinstance(statement, ast.ClassDef):
            classes.append(statement)
        else:
            raise bad("the template has a statement that is neither import nor class", statement.lineno)
    if [node.name for node in classes] != [recipe.class_name]:
        raise bad(f"the template does not define the one class {recipe.class_name}")
    (node,) = classes
    if node.decorator_list:
        raise bad("the class has a decorator", node.lineno)
    lines = text.splitlines()
    return ClassCode(tuple(imports), "\n".join(lines[node.lineno - 1 : node.end_lineno]), node)


def _torch_name(statement: ast.Import | ast.ImportFrom) -> str | None:
    """Give the one name that an import of torch binds, or None when it is another import."""
    modules = [statement.module or ""] if isinstance(statement, ast.ImportFrom) else [a.name for a in statement.names]
    if len(statement.names) != 1 or any(module.split(".", 1)[0] != "torch" for module in modules):
        return None
    (alias,) = statement.names
    if alias.name == "*":
        return None
    return alias.asname or alias.name.split(".", 1)[0]


def same_class(one: ast.ClassDef, other: ast.ClassDef) -> bool:
    """Tell whether two classes are the same but for their name and docstrings."""
    return _essence(one) == _essence(other)


def _essence(node: ast.ClassDef) -> str:
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.ClassDef)
    copy.name = "_"
    for inner in ast.walk(copy):
        body = getattr(inner, "body", None)
        if (
            isinstance(inner, ast.ClassDef | ast.FunctionDef)
            and isinstance(body, list)
            and len(body) > 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body.pop(0)
    return ast.dump(copy)
