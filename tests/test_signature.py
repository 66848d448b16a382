"""Signatures: which fit together, and the channels that rows have by them."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import model_yaml, parse_model_of, with_rows

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.scales import Scale
from yolo_patcher.recipe.catalogue import all_recipes, signatures
from yolo_patcher.signature import Signature

ROWS = ["[-1, 1, Conv, [16, 3, 2]]", "[-1, 1, Conv, [32]]", "[-2, 1, Conv, [32]]"]
HALF = Scale("", 1, 0.5, 64)


def check_width(row: str, signature: Signature, width: int | None) -> None:
    """Check the channels of a row below rows of 8, 16 and 16, at half the width and at most 64 channels before it."""
    model = model_yaml(with_rows(ROWS, [row, "[[3], 1, Detect, [nc]]"]))
    assert channels(model, parse_model_of(), HALF, {"Mine": signature})[3] == width


@pytest.mark.parametrize(
    ("row", "settings", "width"),
    [
        ("[0, 1, Mine, [99]]", {}, 8),
        ("[0, 1, Mine, [99]]", {"level": 1}, 8),
        ("[[1, 2], 1, Mine, [99]]", {}, None),
        ("[[1, 2], 1, Mine, [99]]", {"inputs": "many", "channels": "first"}, 16),
        ("[[0, 1], 1, Mine, [99]]", {"inputs": "many", "channels": "first"}, None),
        ("[[0, 1], 1, Mine, [99]]", {"inputs": "many", "channels": "sum"}, 24),
        ("[[0, 1, 2], 1, Mine, []]", {"inputs": "many", "channels": "sum"}, 40),
        ("[[0, 1], 1, Mine, [48]]", {"inputs": "many", "channels": "argument"}, 24),
        ("[0, 1, Mine, [48]]", {"channels": "argument"}, 24),
        ("[0, 1, Mine, [20]]", {"channels": "argument"}, 16),
        ("[0, 1, Mine, [512]]", {"channels": "argument"}, 32),
        ("[0, 1, Mine, []]", {"channels": "argument"}, None),
        ("[0, 1, Mine, [x]]", {"channels": "argument"}, None),
        ("[0, 1, Mine, [true]]", {"channels": "argument"}, None),
    ],
)
def test_channels_by_a_signature(row: str, settings: dict[str, Any], width: int | None) -> None:
    check_width(row, Signature(**settings), width)


def test_a_signature_speaks_whatever_the_branch_says_today() -> None:
    model = model_yaml(with_rows(ROWS, ["[0, 1, Conv, [48]]", "[[3], 1, Detect, [nc]]"]))
    assert channels(model, parse_model_of(), HALF)[3] == 24
    assert channels(model, parse_model_of(), HALF, {"Conv": Signature()})[3] == 3


def test_what_is_not_known_of_an_input_is_not_known_of_the_sum() -> None:
    rows = [*ROWS[:2], "[-1, 1, Conv, [x]]"]
    model = model_yaml(with_rows(rows, ["[[1, 2], 1, Mine, []]", "[[3], 1, Detect, [nc]]"]))
    for signature in (Signature("many", "first"), Signature("many", "sum")):
        assert channels(model, parse_model_of(), HALF, {"Mine": signature})[3] is None


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"inputs": "many"}, "a module of several inputs has its channels by first or sum or argument"),
        ({"channels": "sum"}, "a module of one input has its channels by input or argument"),
        ({"channels": "first"}, "a module of one input has its channels by input or argument"),
        ({"least_repeats": 2}, "can't need at least 2 repeats that it ignores"),
        ({"repeats": "taken", "least_repeats": 0}, "can't need at least 0 repeats"),
    ],
)
def test_parts_that_do_not_fit_together(settings: dict[str, Any], part: str) -> None:
    with pytest.raises(PatcherError, match=part) as caught:
        Signature(**settings)
    assert caught.value.code == 4


def test_the_catalogue_gives_the_signatures_of_its_classes() -> None:
    recipes = all_recipes()
    assert signatures() == {recipe.class_name: recipe.signature for recipe in recipes}
    assert len(signatures()) == len(recipes)
