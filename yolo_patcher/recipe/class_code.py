"""A recipe's class as text for a checkout: taken from its template, named, marked, and in the file's style."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yolo_patcher.checkout.marker import has_marker
from yolo_patcher.checkout.namespace import meanings
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.class_rules import find_fault, hides, python_names, too_deep
from yolo_patcher.recipe.constructor import mismatch
from yolo_patcher.recipe.inert_names import IMPORTED, MODULES

if TYPE_CHECKING:
    from pathlib import Path

    from yolo_patcher.recipe.recipe import Recipe

MAX_BYTES = 64 * 1024
_IMPORTABLE = frozenset({"torch", "math", "typing"})
_FORMS = (
    "Write `import torch`, `from torch import nn`, `from torch.nn import functional as F`, `from torch import Tensor`, "
    "`import math`, or a common name of typing; methods may reach the rest through torch and nn."
)


@dataclass(frozen=True)
class Import:
    """An import of a template: the statement, the name that it binds, and what this means, as `torch.nn`."""

    statement: str
    name: str
    meaning: str


@dataclass(frozen=True)
class ClassCode:
    """The parts of a recipe's template.

    Attributes:
        imports: each import, which binds one name.
        text: the class, from `class` to its last line, without a closing newline.
        node: its syntax tree.
        builtins: the names that the class takes from Python itself.
    """

    imports: tuple[Import, ...]
    text: str
    node: ast.ClassDef
    builtins: frozenset[str]

    def named(self, name: str) -> str:
        """Give the class's text under a name; where the class names itself, as in `super(GAM, self)`, as well."""
        lines = self.text.split("\n")
        places: dict[int, list[int]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and node.id == self.node.name:
                places.setdefault(node.lineno - self.node.lineno, []).append(node.col_offset)
        for number, columns in places.items():
            # Columns count bytes of UTF-8.
            line = lines[number].encode()
            length, parts, end = len(self.node.name.encode()), [], 0
            for column in sorted(columns):
                parts += [line[end:column], name.encode()]
                end = column + length
            lines[number] = b"".join((*parts, line[end:])).decode(errors="replace")
        return re.sub(r"^class \w+", f"class {name}", "\n".join(lines), count=1)


def with_defaults(code: ClassCode, settings: Mapping[str, object]) -> ClassCode:
    """Give a class whose constructor has other defaults; of the same name, so that `named` can give it another.

    Args:
        code: the class, as `read_class` gives it.
        settings: the values by the names of the constructor's arguments.
    """
    constructor = next(one for one in code.node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__")
    arguments = [*constructor.args.posonlyargs, *constructor.args.args]
    defaults = zip(arguments[::-1], constructor.args.defaults[::-1], strict=False)
    lines = [line.encode() for line in code.text.split("\n")]
    # From the last to the first, so that the places of those before stay right.
    for argument, default in defaults:
        value = settings.get(argument.arg)
        if value is None or ast.literal_eval(default) == value:
            continue
        number = default.lineno - code.node.lineno
        line = lines[number]
        lines[number] = line[: default.col_offset] + repr(value).encode() + line[default.end_col_offset :]
    text = b"\n".join(lines).decode()
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.ClassDef)
    return replace(code, text=text, node=node)


def read_class(recipe: Recipe) -> ClassCode:
    """Read the class of a recipe from its template, of which nothing is executed.

    Raises:
        PatcherError: `recipe`, with the line, when the template is not imports of torch and the one class that the
            recipe declares, or when the class does more than a module needs (`class_rules`).
    """
    path = str(recipe.template)

    def bad(problem: str, line: int, help: str = "A template holds imports and one class.") -> PatcherError:
        return PatcherError("recipe", problem, path=path, line=line, help=help)

    text = _read_text(recipe.template, bad)
    tree = _parse(text, path, bad)
    imports: list[Import] = []
    classes: list[ast.ClassDef] = []
    for number, statement in enumerate(tree.body):
        if number == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.append(_read_import(statement, recipe.class_name, bad))
        elif isinstance(statement, ast.ClassDef):
            classes.append(statement)
        else:
            raise bad("the template has a statement that is neither import nor class", statement.lineno)
    lines = text.split("\n")
    other = next((node for number, node in enumerate(classes) if number or node.name != recipe.class_name), None)
    if other is not None or not classes:
        raise bad(f"the template does not define the one class {recipe.class_name}", other.lineno if other else 1)
    (node,) = classes
    if not re.match(rf"class {recipe.class_name}\s*[(:]", lines[node.lineno - 1]):
        raise bad(f"the class must begin with `class {recipe.class_name}(`", node.lineno)
    fault = find_fault(text, node, {one.name: one.meaning for one in imports})
    if fault is not None:
        raise bad(fault.problem, fault.line, fault.help)
    wrong = mismatch(node, recipe.hyperparameters, recipe.signature.leading)
    if wrong is not None:
        raise bad(wrong.problem, wrong.line, wrong.help)
    code = ClassCode(tuple(imports), "\n".join(lines[node.lineno - 1 : node.end_lineno]), node, python_names(text))
    if not _stands_alone(code):
        # What is cut out must be what was judged, wherever it is put and whatever it is called there.
        if code.text.endswith("\\"):
            raise bad("the class ends in a backslash", node.end_lineno or node.lineno, "End its last line.")
        problem = f"{node.name} can't be renamed where it names itself"
        raise bad(problem, node.lineno, "Write type(self), or put the name outside of texts.")
    return code


def _read_text(path: Path, bad: Callable[..., PatcherError]) -> str:
    """Read a template, in which a line is what Python takes for one and every character can be seen."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise bad(f"the template can't be read: {error.strerror}", 1) from error
    if len(content) > MAX_BYTES:
        raise bad(f"the template is larger than {MAX_BYTES // 1024} KiB", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"the template can't be read: byte {content[error.start]:#x} is not UTF-8"
        raise bad(problem, content.count(b"\n", 0, error.start) + 1) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        hidden = [one for one in line if not one.isprintable() and one != "\t" and unicodedata.category(one) != "Zs"]
        if hidden:
            raise bad(f"the template has the control character U+{ord(hidden[0]):04X}", number)
        if has_marker(line):
            raise bad("the template has a marker comment of yolo-patcher", number)
    return text


def _parse(text: str, path: str, bad: Callable[..., PatcherError]) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            deep = too_deep(tree)
            if deep is not None:
                raise bad("the template is nested too deeply", deep)
            # Some errors are found by the compiler alone, such as a `return` outside of a function.
            compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        problem = f"the template does not parse: {getattr(error, 'msg', error)}"
        raise bad(problem, getattr(error, "lineno", None) or 1) from error
    except (RecursionError, MemoryError) as error:
        raise bad("the template is nested too deeply", 1) from error
    return tree


def _read_import(statement: ast.Import | ast.ImportFrom, class_name: str, bad: Callable[..., PatcherError]) -> Import:
    """Read an import that binds a known name to what is known by it, from a module that does nothing more."""
    module = (statement.module or "") if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    relative = isinstance(statement, ast.ImportFrom) and statement.level
    several = len(statement.names) != 1 or statement.names[0].name == "*"
    if relative or several or module.split(".", 1)[0] not in _IMPORTABLE:
        raise bad("a template imports one name at a time, from torch, math or typing", statement.lineno, _FORMS)
    ((name, meaning),) = meanings(statement)
    if hides(name) or name == class_name:
        raise bad(f"an import as {name} would hide another thing of that name", statement.lineno)
    if module not in MODULES or IMPORTED.get(name) != meaning:
        problem = f"`{ast.unparse(statement)}` is no import that a template may have"
        raise bad(problem, statement.lineno, _FORMS)
    return Import(ast.unparse(statement), name, meaning)


def _stands_alone(code: ClassCode) -> bool:
    """Tell whether a class's text is the same class under another name, and ends where it ends."""
    other = "Renamed" if code.node.name != "Renamed" else "Another"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first, *rest = ast.parse(f"{code.named(other)}\npass").body
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(first):
        if isinstance(node, ast.Name) and node.id == other:
            node.id = code.node.name
        elif isinstance(node, ast.ClassDef):
            node.name = code.node.name
    return len(rest) == 1 and ast.dump(first) == ast.dump(code.node)


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
