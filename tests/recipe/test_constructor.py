"""A class that would not get the values that its recipe's settings ask for is refused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from yolo_patcher import api
from yolo_patcher.recipe.class_code import read_class
from yolo_patcher.recipe.constructor import mismatch
from yolo_patcher.recipe.recipe import Hyperparameter
from yolo_patcher.signature import Signature

FACTOR = Hyperparameter("factor", "int", 32, "how much")
BIAS = Hyperparameter("bias", "bool", False, "whether")
MODE = Hyperparameter("mode", "choice", "plain", "which", choices=("plain", "fancy"))


def problem(constructor: str, *hyperparameters: Hyperparameter) -> str:
    tree = ast.parse(f"class Gate(nn.Module):\n    def __init__({constructor}):\n        pass\n")
    assert isinstance(tree.body[0], ast.ClassDef)
    found = mismatch(tree.body[0], hyperparameters)
    return "" if found is None else found.problem


@pytest.mark.parametrize(
    ("constructor", "hyperparameters"),
    [
        ("self, c1", ()),
        ("self, channels, factor=32", (FACTOR,)),
        ("self, c1, factor=32, bias=False", (FACTOR, BIAS)),
        ("self, c1, mode='plain'", (MODE,)),
        ("self, c1, factor=32, inner=None", (FACTOR,)),
        ("self, c1, factor=32, *, inner=None", (FACTOR,)),
        ("self, c1, factor=32, *args, **kwargs", (FACTOR,)),
    ],
)
def test_constructors_that_get_what_is_asked(constructor: str, hyperparameters: tuple[Hyperparameter, ...]) -> None:
    assert problem(constructor, *hyperparameters) == ""


def test_what_a_signature_puts_in_front() -> None:
    leading = Signature(channels="argument", repeats="taken").leading

    def found(constructor: str) -> str:
        tree = ast.parse(f"class Block(nn.Module):\n    def __init__({constructor}):\n        pass\n")
        assert isinstance(tree.body[0], ast.ClassDef)
        wrong = mismatch(tree.body[0], (FACTOR,), leading)
        assert wrong is None or "self, the channels, the output's channels, the repeats, then" in wrong.help
        return "" if wrong is None else wrong.problem

    assert found("self, c1, c2, n, factor=32") == ""
    assert "takes no channels" in found("self")
    assert "takes no output's channels" in found("self, c1")
    assert "takes no repeats" in found("self, c1, c2")
    assert "no argument for the hyper-parameter factor" in found("self, c1, c2, factor=32")
    assert "takes n where" in found("self, c1, c2, k, n, factor=32")


@pytest.mark.parametrize(
    ("constructor", "hyperparameters", "part"),
    [
        ("self, channels, c2=None, factor=32", (FACTOR,), "takes c2 where the recipe's hyper-parameter factor"),
        ("self, c1, bias=False, factor=32", (FACTOR, BIAS), "takes bias where"),
        ("self, c1, factor=16", (FACTOR,), "factor is 16 by default in Gate.__init__, and 32 in the recipe"),
        ("self, c1, factor=32.5", (FACTOR,), "32.5 by default"),
        ("self, c1, bias=0", (BIAS,), "bias is 0 by default"),
        ("self, c1, mode='fancy'", (MODE,), "mode is 'fancy' by default"),
        ("self, c1, factor=SIZE", (FACTOR,), "factor is SIZE by default"),
        ("self, c1, factor", (FACTOR,), "no default for factor"),
        ("self, c1", (FACTOR,), "no argument for the hyper-parameter factor"),
        ("self, c1, *, factor=32", (FACTOR,), "no argument for the hyper-parameter factor"),
        ("self, c1, *args", (FACTOR,), "no argument for the hyper-parameter factor"),
        ("self, c1, factor=32, *, inner", (FACTOR,), "needs inner"),
        ("self, c1, c2", (), "needs c2"),
        ("self", (), "takes no channels"),
    ],
)
def test_constructors_that_would_build_something_else(
    constructor: str, hyperparameters: tuple[Hyperparameter, ...], part: str
) -> None:
    assert part in problem(constructor, *hyperparameters)


def test_a_class_without_a_constructor() -> None:
    tree = ast.parse("class Gate(nn.Module):\n    def forward(self, x):\n        return x\n")
    assert isinstance(tree.body[0], ast.ClassDef)
    assert mismatch(tree.body[0], ()) is None
    found = mismatch(tree.body[0], (FACTOR,))
    assert found is not None
    assert (found.line, "no __init__" in found.problem) == (1, True)


def test_it_is_told_with_the_templates_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nversion: 1\ntitle: Mine\nclass: Gate\ntemplate: mine.py\nkind: channel gate\nformula: y = x\n"
        "hyperparameters:\n  factor: {type: int, default: 32, help: how much}\nparameters: '0'\n"
    )
    (tmp_path / "mine.py").write_text(
        '"""Mine."""\n\nfrom torch import nn\n\n\nclass Gate(nn.Module):\n    """Mine."""\n\n'
        "    def __init__(self, channels, c2=None, factor=32):\n        super().__init__()\n\n"
        "    def forward(self, x):\n        return x\n"
    )
    with pytest.raises(api.PatcherError) as caught:
        read_class(api.show("mine", [tmp_path]))
    assert (caught.value.code, caught.value.line) == (4, 9)
    assert caught.value.path == str(tmp_path / "mine.py")
    assert "hyper-parameter in the recipe's order" in caught.value.help
