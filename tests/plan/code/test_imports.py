from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import pytest
from refusing import check_refused
from synthetic import Form, python_source

from yolo_patcher.checkout.text import SourceText, insert_at
from yolo_patcher.plan.code.lists import add_relative_imports, add_to_all, add_to_import
from yolo_patcher.plan.code.spans import Edit

Add = Callable[[SourceText, ast.Module], list[Edit]]


def to_import(*names: str) -> Add:
    def add(source: SourceText, tree: ast.Module) -> list[Edit]:
        node = next(one for one in tree.body if isinstance(one, ast.ImportFrom))
        return add_to_import(source, node, names)

    return add


def to_all(*names: str) -> Add:
    def add(source: SourceText, tree: ast.Module) -> list[Edit]:
        node = next(one for one in tree.body if isinstance(one, ast.Assign))
        return add_to_all(source, node, names)

    return add


def relative(new: Sequence[tuple[str, str]]) -> Add:
    return lambda source, tree: add_relative_imports(source, tree, new)


def check_transformed(before: str, after: str, add: Add) -> None:
    for form in (Form(), Form(newline="\r\n", bom=True), Form(indent="\t")):
        source = python_source(before, form)
        edits = add(source, ast.parse(source.text))
        assert source.with_text(insert_at(source.text, edits)).encode() == form.python(after)


def check_noop(text: str, add: Add) -> None:
    source = python_source(text)
    assert add(source, ast.parse(source.text)) == []


def check_not_added(text: str, add: Add, part: str) -> None:
    source = python_source(text)
    error = check_refused(lambda: add(source, ast.parse(source.text)), "checkout", part, path="a.py")
    assert error.line


LONG = ", ".join(f"Module{number:02}" for number in range(11))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import B\n", "from a import B, SE, SaE\n"),
        ("from a import B, C\nx = 1\n", "from a import B, C, SE, SaE\nx = 1\n"),
        ("import z\n\nfrom a import B as C  # why\n", "import z\n\nfrom a import B as C, SE, SaE  # why\n"),
        ("from a import (B, C)\n", "from a import (B, C, SE, SaE)\n"),
        ("from a import (B, C,)\n", "from a import (B, C, SE, SaE,)\n"),
        ("from a import (\n    B,\n    C,\n)\n", "from a import (\n    B,\n    C,\n    SE,\n    SaE,\n)\n"),
        (
            "from a import (\n    B,  # b\n    C,  # c\n)\n",
            "from a import (\n    B,  # b\n    C,  # c\n    SE,\n    SaE,\n)\n",
        ),
        (
            "from a import (\n    B,\n    # more\n    C,\n    # end\n)\n",
            "from a import (\n    B,\n    # more\n    C,\n    SE,\n    SaE,\n    # end\n)\n",
        ),
        ("from a import (B, C,\n               D, E)\n", "from a import (B, C,\n               D, E, SE, SaE)\n"),
        ("from a import B, \\\n    C\n", "from a import B, \\\n    C, SE, SaE\n"),
        (f"from a import (A,\n    B, {LONG[9:]})\n", f"from a import (A,\n    B, {LONG[9:]}, SE, SaE)\n"),
        (f"from a import (A,  # a\n    {LONG}, Q, B)\n", f"from a import (A,  # a\n    {LONG}, Q, B,\n    SE, SaE)\n"),
        ("from a import SE, B\n", "from a import SE, B, SaE\n"),
        ("from a import B as SE\n", "from a import B as SE, SaE\n"),
        ("from a import SE as B\n", "from a import SE as B, SE, SaE\n"),
    ],
)
def test_to_import(before: str, after: str) -> None:
    check_transformed(before, after, to_import("SE", "SaE"))


@pytest.mark.parametrize(
    "text", ["from a import *\n", "from a import SaE, SE\n", "from a import (X as SE, Y as SaE)\n"]
)
def test_to_import_noop(text: str) -> None:
    check_noop(text, to_import("SE", "SaE"))


def test_an_import_behind_another_statement_is_refused() -> None:
    check_not_added("x = 1; from a import B\n", to_import("SE"), "lines of its own")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ["A", "B"]\n', '__all__ = ["A", "B", "SE"]\n'),
        ('__all__ = ("A", "B")\n', '__all__ = ("A", "B", "SE")\n'),
        ('__all__ = "A", "B"\n', '__all__ = "A", "B", "SE"\n'),
        ('__all__ = ["A"]\n', '__all__ = ["A", "SE"]\n'),
        ('__all__ = ("A",)\n', '__all__ = ("A", "SE",)\n'),
        ("__all__ = ['A', 'B']\n", "__all__ = ['A', 'B', 'SE']\n"),
        ("__all__ = ['A', 'B',]  # x\n", "__all__ = ['A', 'B', 'SE',]  # x\n"),
        ('__all__ = [\n    "A",  # a\n    "B",\n]\n', '__all__ = [\n    "A",  # a\n    "B",\n    "SE",\n]\n'),
        ('__all__ = [\n    "A",\n    "B",\n]\n', '__all__ = [\n    "A",\n    "B",\n    "SE",\n]\n'),
        ('__all__ = (\n    "A",\n    "B",\n)\n', '__all__ = (\n    "A",\n    "B",\n    "SE",\n)\n'),
        ('__all__ = ("A",\n           "B")\n', '__all__ = ("A",\n           "B",\n           "SE")\n'),
        ('__all__ = ("A", "B",\n           "C", "D")\n', '__all__ = ("A", "B",\n           "C", "D", "SE")\n'),
    ],
)
def test_to_all(before: str, after: str) -> None:
    check_transformed(before, after, to_all("SE"))


def test_to_all_noop() -> None:
    check_noop('__all__ = ["SE", "B"]\n', to_all("SE"))


@pytest.mark.parametrize("value", ["[]", "()", "_more + ['A']", "sorted(['A'])", "[n for n in ('A',)]", '{"A"}'])
def test_an_all_that_is_no_plain_list_is_refused(value: str) -> None:
    check_not_added(f"x: int\n__all__ = {value}\n", to_all("SE"), "__all__ is not a plain list")


PACKAGE = "from .block import C2f\nfrom .head import Detect\n"


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        (PACKAGE, [("se", "SE")], PACKAGE + "from .se import SE\n"),
        (PACKAGE, [("attention", "SE")], "from .attention import SE\n" + PACKAGE),
        (PACKAGE, [("gam", "GAM")], PACKAGE.replace("from .head", "from .gam import GAM\nfrom .head")),
        (PACKAGE, [("se", "SE"), ("sae", "SaE")], PACKAGE + "from .sae import SaE\nfrom .se import SE\n"),
        (
            '"""Doc."""\n\nfrom .a import (\n    B,\n)\n\nx = 1\n',
            [("se", "SE")],
            '"""Doc."""\n\nfrom .a import (\n    B,\n)\nfrom .se import SE\n\nx = 1\n',
        ),
        ("from . import o\nfrom .a import B\n", [("c", "D")], "from . import o\nfrom .a import B\nfrom .c import D\n"),
        ("x = 1\nfrom .a import B", [("se", "SE")], "x = 1\nfrom .a import B\nfrom .se import SE"),
    ],
)  # fmt: skip
def test_relative_imports(before: str, new: list[tuple[str, str]], after: str) -> None:
    check_transformed(before, after, relative(new))


@pytest.mark.parametrize(
    "text", ["", "from os import path\n", "from . import a\n", "from ..a import B\n", "import a\n"]
)
def test_a_package_that_imports_nothing_of_its_own_is_refused(text: str) -> None:
    check_not_added(text, relative([("se", "SE")]), "imports none of its own modules")


def test_a_relative_import_that_shares_its_line() -> None:
    check_transformed(
        "from .a import B; x = 1\ny = 2\n",
        "from .a import B; x = 1\nfrom .se import SE\ny = 2\n",
        relative([("se", "SE")]),
    )
