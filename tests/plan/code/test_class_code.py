from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from refusing import check_refused

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.recipe.class_code import ClassCode, read_class, same_class
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
    assert code.imports == (("from torch import nn", "nn"),)
    assert code.named("SEAttention") + "\n" == CLASS.replace("class SE", "class SEAttention")


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        ("import torch\n", (("import torch", "torch"),)),
        ("import torch.nn as nn\n", (("import torch.nn as nn", "nn"),)),
        ("import torch.nn.functional\n", (("import torch.nn.functional", "torch"),)),
        ("from torch.nn import functional as F\n", (("from torch.nn import functional as F", "F"),)),
    ],
)
def test_imports(tmp_path: Path, imports: str, found: tuple[tuple[str, str], ...]) -> None:
    (name,) = (name for _, name in found)
    assert read(tmp_path, imports + CLASS.replace("nn.Module", f"{name}.Module")).imports == found


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
