from __future__ import annotations

import ast
import time
from dataclasses import replace
from pathlib import Path

import pytest
from refusing import check_refused

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.recipe.class_code import ClassCode, Import, read_class, same_class
from yolo_patcher.recipe.recipe import Recipe

CLASS = 'class SE(nn.Module):\n    """Doc."""\n\n    def forward(self, x):\n        return x\n'
TEMPLATE = f'"""Doc."""\n\nfrom torch import nn\n\n\n{CLASS}'


def recipe_with(folder: Path, text: str | bytes) -> Recipe:
    path = folder / "se.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return replace(find_recipe("se"), template=path, hyperparameters=())


def read(folder: Path, text: str) -> ClassCode:
    return read_class(recipe_with(folder, text))


def test_read(tmp_path: Path) -> None:
    code = read(tmp_path, TEMPLATE)
    assert code.text + "\n" == CLASS
    assert code.imports == (Import("from torch import nn", "nn", "torch.nn"),)
    assert code.builtins == set()
    assert code.named("SEAttention") + "\n" == CLASS.replace("class SE", "class SEAttention")


@pytest.mark.parametrize(
    ("imports", "base", "name", "meaning"),
    [
        ("import torch", "torch.nn.Module", "torch", "torch"),
        ("import torch.nn", "torch.nn.Module", "torch", "torch"),
        ("import torch.nn as nn", "nn.Module", "nn", "torch.nn"),
        ("from torch import nn as nn", "nn.Sequential", "nn", "torch.nn"),
        ("import torch.nn.functional", "torch.nn.Conv2d", "torch", "torch"),
        ("import torch.nn.functional as F", "", "F", "torch.nn.functional"),
        ("from torch.nn import functional as F", "", "F", "torch.nn.functional"),
        ("from torch import Tensor", "", "Tensor", "torch.Tensor"),
        ("import math", "", "math", "math"),
        ("import typing", "", "typing", "typing"),
        ("from typing import Optional", "", "Optional", "typing.Optional"),
        ("from typing import cast", "", "cast", "typing.cast"),
    ],
)
def test_an_import_that_is_known(tmp_path: Path, imports: str, base: str, name: str, meaning: str) -> None:
    code = read(tmp_path, f"{imports}\n{CLASS.replace('nn.Module', base)}")
    ((statement, *others),) = ((one.statement, one.name, one.meaning) for one in code.imports)
    assert others == [name, meaning]
    assert ast.dump(ast.parse(statement)) == ast.dump(ast.parse(imports))


IMPORTS = """\
import math
import torch
import typing
from torch import nn
from torch import Tensor
from torch.nn import functional as F
from typing import Callable
from typing import Literal
from typing import Optional
"""


@pytest.mark.parametrize("code", [
    "x = -1.5",
    "x = (1, 'a', None, True, ..., b'a', 2j)",
    "x = {'a': [1, nn.ReLU], 2: {}}",
    "x = nn.ReLU",
    "x = nn.functional.relu",
    "x = torch.nn.SiLU",
    "x = torch.float32",
    "x = math.pi",
    "x = F.silu",
    "x: int",
    "x: 'list[int] | None' = None",
    "def f(self, x: 'SE') -> 'SE': pass",
    "def f(self, x: 'Tensor') -> None: pass",
    "def f(self, *x: torch.Tensor, **y: object) -> tuple[()]: pass",
    "def f(self, x: Optional[Callable[..., int]] = None): pass",
    "def f(self, x: Callable[[int, str], None] = F.relu): pass",
    "def f(self, x: Literal['sum', 1] = 'sum'): pass",
    "def f(self, x: typing.Union[int, typing.Sequence['int']] = 1): pass",
    "def f(self, x: nn.Module | None = None, y: torch.device = None): pass",
    "@staticmethod\n    def f(x): return (lambda y=print(): y)(x)",
    "@property\n    def type(self): return open",
    "def __len__(self): return 1",
    "def __private(self): return [y for y in self]",
    "def float(self): return self.half()",
])  # fmt: skip
def test_what_does_nothing_is_accepted(tmp_path: Path, code: str) -> None:
    assert code in read(tmp_path, f"{IMPORTS}\n\n{CLASS}\n    {code}\n").text


@pytest.mark.parametrize(
    "text",
    [
        "        return super(SE, self).forward(x)",
        '        return (SE, "é", SE), SE',
        '        return f"{SE} é {SE.__name__}"',
        '        return f"""\n  é {SE}\n {SE}"""',
        "        return SE  # SE \\",
    ],
)
def test_a_class_that_names_itself_is_renamed(tmp_path: Path, text: str) -> None:
    code = read(tmp_path, TEMPLATE.replace("        return x", text))
    (one,) = ast.parse(code.named("SEAttention")).body
    names = {inner.id for inner in ast.walk(one) if isinstance(inner, ast.Name)}
    assert "SEAttention" in names
    assert "SE" not in names


def test_a_long_comment_takes_no_time(tmp_path: Path) -> None:
    begin = time.process_time()
    read(tmp_path, f"{TEMPLATE}{'#' * 60000}\n")
    assert time.process_time() - begin < 1


def test_newlines_and_what_follows_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, TEMPLATE.replace("\n", "\r\n") + "\r\n# end\r\n").text + "\n" == CLASS


@pytest.mark.parametrize(
    ("text", "part", "line"),
    [
        ("x = 1\n" + CLASS, "neither import nor class", 1),
        (CLASS + "print(1)\n", "neither import nor class", 6),
        ("def f():\n    pass\n" + CLASS, "neither import nor class", 1),
        ("if 1:\n    x = 1\n" + CLASS, "neither import nor class", 1),
        (CLASS + '"""late"""\n', "neither import nor class", 6),
        ("import os\n" + CLASS, "from torch, math or typing", 1),
        ("import torchvision\n" + CLASS, "from torch, math or typing", 1),
        ("from . import x\n" + CLASS, "from torch, math or typing", 1),
        ("import torch, os\n" + CLASS, "one name at a time", 1),
        ("from torch import nn, ones\n" + CLASS, "one name at a time", 1),
        ("from torch import *\n" + CLASS, "from torch, math or typing", 1),
        (CLASS.replace("SE", "Other"), "one class SE", 1),
        (CLASS + CLASS.replace("SE", "Other"), "one class SE", 6),
        (CLASS + CLASS, "one class SE", 6),
        ("", "one class SE", 1),
        ("@wild\n" + CLASS, "decorator", 2),
        ("class SE(:\n", "does not parse", 1),
        (b"# \xff\n", "can't be read", 1),
        (CLASS.encode() + b"\0", "control character", 6),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, part: str, line: int) -> None:
    recipe = recipe_with(tmp_path, text)
    check_refused(lambda: read_class(recipe), "recipe", part, path=str(recipe.template), line=line)


def test_a_missing_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatcherError, match="can't be read"):
        read_class(replace(find_recipe("se"), template=tmp_path / "absent.py"))


@pytest.mark.parametrize("name", [recipe.name for recipe in all_recipes()])
def test_every_recipe_of_the_catalogue(name: str) -> None:
    recipe = find_recipe(name)
    code = read_class(recipe)
    tree = ast.parse(code.named("Renamed"))
    assert [one.name for one in tree.body if isinstance(one, ast.ClassDef)] == ["Renamed"]
    assert recipe.class_name not in {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}, "names itself"


def node(text: str) -> ast.ClassDef:
    (found,) = ast.parse(text).body
    assert isinstance(found, ast.ClassDef)
    return found


@pytest.mark.parametrize(
    "other",
    [
        CLASS,
        CLASS.replace("class SE", "class Another"),
        CLASS.replace("Doc.", "Another\n\n    text."),
        CLASS.replace('    """Doc."""\n\n', ""),
        CLASS.replace("        return", '        """Doc."""\n        # why\n        return'),
        CLASS.replace("    ", "\t"),
        CLASS.replace("(self, x)", "(self,\n      x,)"),
    ],
)
def test_same(other: str) -> None:
    assert same_class(node(CLASS), node(other))
    assert same_class(node(other), node(CLASS))


@pytest.mark.parametrize(
    "other",
    [
        CLASS.replace("return x", "return x * 2"),
        CLASS.replace("nn.Module", "Module"),
        CLASS.replace("self, x", "self, x, y=1"),
        CLASS.replace("forward", "backward"),
        CLASS + "\n    size = 1\n",
        'class SE(nn.Module):\n    """Doc."""\n',
        "@wild\n" + CLASS,
    ],
)
def test_not_the_same(other: str) -> None:
    assert not same_class(node(CLASS), node(other))
    assert not same_class(node(other), node(CLASS))
