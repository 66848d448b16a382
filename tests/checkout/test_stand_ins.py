"""What is read of classes that stand for others, however the lines are written."""

from __future__ import annotations

import pytest
from synthetic import PARSE_MODEL, parse_model_of

CHAIN = "        if m in {Conv, C3, C2f, SPPF}:  # these scale\n"
MADE = "        row = m(*args)\n"


def read(above: str, below: str = "", text: str = PARSE_MODEL) -> dict[str, tuple[str, str]]:
    """Give each class that stands for another, with that and with what is built."""
    above, below = ("".join(f"        {line}\n" for line in part.split("\n") if line) for part in (above, below))
    found = parse_model_of(text.replace(CHAIN, above + CHAIN).replace(MADE, below + MADE))
    return {name: (one.base, one.built) for name, one in found.standings.items()}


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("is_X = m is X\nm = C2f if is_X else m", "m = X if is_X else m"),
        ("ours = m == X\nm = C2f if ours else m", "if ours:\n    m = X"),
        ("is_X = (\n    m is X\n)\nm = (\n    C2f if is_X else m\n)", "m = X if is_X else m"),
        ("is_X = m is X\nif is_X:\n    m = C2f", "m = X if is_X else m"),
        ("is_X = m in (X,)\nm = C2f if is_X else m", "m, n, args = (X, 1, [c2]) if is_X else (m, n, args)"),
        ("k = n if m is X else 0\nm = C2f if k else m", "m, args = (X, [k]) if k else (m, args)"),
    ],
)
def test_however_it_is_written(above: str, below: str) -> None:
    assert read(above, below) == {"X": ("C2f", "X")}


def test_another_name_for_a_class() -> None:
    assert read("m = C2f if m is X else m") == {"X": ("C2f", "C2f")}
    assert read("is_X = m is X\nm = C2f if is_X else m") == {"X": ("C2f", "C2f")}


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("is_X = m is X", "m = X if is_X else m"),
        ("is_X = m is X", ""),
        ("m = C2f if is_X else m", "m = X if is_X else m"),
        ("is_X = m is X\nm = C2f(1) if is_X else m", "m = X if is_X else m"),
        ("is_X = m is X\nm = C2f if is_X else n", "m = X if is_X else m"),
        ("is_X = m is X\nm = C2f if is_X else m\nm = Conv", "m = X if is_X else m"),
        ("is_X = n is X\nm = C2f if is_X else m", "m = X if is_X else m"),
    ],
)
def test_what_says_nothing_of_the_kind(above: str, below: str) -> None:
    assert read(above, below) == {}


def test_what_tests_the_name_before_the_class_is_looked_up() -> None:
    text = PARSE_MODEL.replace("        m = eval(m)", "        is_X = m is X\n        m = eval(m)")
    assert read("m = C2f if is_X else m", "m = X if is_X else m", text) == {}


def test_a_class_of_torch_has_one_name() -> None:
    for name in ("nn.Upsample", "torch.nn.Upsample"):
        assert read(f"is_X = m is X\nm = {name} if is_X else m", "m = X if is_X else m") == {"X": ("nn.Upsample", "X")}
