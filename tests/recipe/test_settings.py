from __future__ import annotations

from pathlib import Path

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.recipe import Hyperparameter, Recipe
from yolo_patcher.recipe.settings import parse_settings

RECIPE = Recipe(
    name="mine",
    version=1,
    title="Mine",
    class_name="Mine",
    template=Path("mine.py"),
    source=Path("mine.yaml"),
    kind="gate",
    formula="y = x",
    parameters="0",
    hyperparameters=(
        Hyperparameter("reduction", "int", 16, "", 1, 64),
        Hyperparameter("kernel", "int", 7, "", 1, 31, 2),
        Hyperparameter("min_hidden", "int", 1, "", 1),
        Hyperparameter("scale", "float", 0.5, "", 0, 1),
        Hyperparameter("bias", "bool", False, ""),
        Hyperparameter("variant", "choice", "paper", "", choices=("paper", "released_code")),
    ),
)
DEFAULTS = {
    "reduction": 16, "kernel": 7, "min_hidden": 1, "scale": 0.5, "bias": False, "variant": "paper", "strict": False,
}  # fmt: skip


def check_refused(pair: str | list[str], message: str, help: str) -> None:
    with pytest.raises(PatcherError) as caught:
        parse_settings(RECIPE, [pair] if isinstance(pair, str) else pair)
    assert caught.value.kind == "usage"
    assert message in caught.value.message
    assert help in caught.value.help


def test_defaults() -> None:
    assert parse_settings(RECIPE, []) == DEFAULTS
    assert list(parse_settings(RECIPE, ["bias=on", "reduction=2"])) == list(DEFAULTS)


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        ("reduction=8", "reduction", 8),
        (" reduction = +8 ", "reduction", 8),
        ("min-hidden=8", "min_hidden", 8),
        ("kernel=31", "kernel", 31),
        ("scale=0.25", "scale", 0.25),
        ("scale=1", "scale", 1.0),
        ("scale=1e-3", "scale", 0.001),
        ("bias=true", "bias", True),
        ("bias=YES", "bias", True),
        ("bias=1", "bias", True),
        ("bias=On", "bias", True),
        ("bias=off", "bias", False),
        ("bias=No", "bias", False),
        ("variant=released_code", "variant", "released_code"),
        (" variant = Released-Code ", "variant", "released_code"),
        ("variant=paper", "variant", "paper"),
        ("strict=true", "strict", True),
    ],
)
def test_given(pair: str, name: str, value: object) -> None:
    settings = parse_settings(RECIPE, [pair])
    assert settings == {**DEFAULTS, name: value}
    assert type(settings[name]) is type(value)


@pytest.mark.parametrize(
    ("pair", "message", "help"),
    [
        ("reduction", "not of the form key=value", "There are: reduction=16 (1 to 64), kernel=7"),
        ("=8", "not of the form key=value", "strict=false (true or false)"),
        ("", "not of the form key=value", "There are:"),
        ("reductoin=8", "has no hyper-parameter 'reductoin'", "Did you mean reduction? There are:"),
        ("zzz=8", "has no hyper-parameter 'zzz'", "There are: reduction=16"),
        ("Reduction=8", "has no hyper-parameter", "Did you mean reduction?"),
        ("reduction=", "reduction cannot be ''", "an integer, 1 to 64"),
        ("reduction=0", "reduction cannot be '0'", "an integer, 1 to 64"),
        ("reduction=-1", "reduction cannot be '-1'", "1 to 64"),
        ("reduction=65", "reduction cannot be '65'", "1 to 64"),
        ("reduction=8.0", "reduction cannot be '8.0'", "an integer"),
        ("reduction=1_0", "reduction cannot be '1_0'", "an integer"),
        ("reduction=٨", "reduction cannot be", "an integer"),
        ("reduction=true", "reduction cannot be 'true'", "an integer"),
        ("reduction=" + "9" * 5000, "reduction cannot be", "an integer"),
        ("kernel=6", "kernel cannot be '6'", "1, 3, … 31"),
        ("scale=nan", "scale cannot be 'nan'", "0 to 1"),
        ("scale=inf", "scale cannot be 'inf'", "0 to 1"),
        ("scale=1e999", "scale cannot be '1e999'", "0 to 1"),
        ("scale=2", "scale cannot be '2'", "0 to 1"),
        ("bias=2", "bias cannot be '2'", "true or false"),
        ("bias=", "bias cannot be ''", "true or false"),
        ("variant=", "variant cannot be ''", "variant is paper or released_code."),
        ("variant=papers", "variant cannot be 'papers'", "Did you mean paper? variant is paper or released_code."),
        ("variant=1", "variant cannot be '1'", "variant is paper or released_code."),
        ("variant=released code", "variant cannot be", "Did you mean released_code?"),
        (["bias=true", "bias=true"], "bias is set twice", "one value"),
        (["min-hidden=1", "min_hidden=2"], "min_hidden is set twice", "one value"),
    ],
)
def test_refused(pair: str | list[str], message: str, help: str) -> None:
    check_refused(pair, message, help)
