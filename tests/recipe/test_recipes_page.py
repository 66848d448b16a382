"""What `docs/recipes.md` says: its example is a recipe whose proof holds, and it names every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yolo_patcher.recipe import proof_reader, reader
from yolo_patcher.recipe.class_code import read_class
from yolo_patcher.recipe.proof import RULES, WIDTHS
from yolo_patcher.recipe.reader import read_recipe
from yolo_patcher.recipe.recipe import Recipe

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


@pytest.fixture
def example(tmp_path: Path) -> Recipe:
    for name in ("squeeze-gate.yaml", "squeeze_gate.py"):
        match = re.search(
            rf"^`{re.escape(name)}`:\n\n```\w+\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
        assert match, name
        (tmp_path / name).write_text(match[1], encoding="utf-8")
    return read_recipe(tmp_path / "squeeze-gate.yaml")


def test_the_example_is_a_recipe(example: Recipe) -> None:
    assert read_class(example).node.name == "SqueezeGate"
    assert example.row_arguments({"form": "released"}) == (4, "released")
    assert example.channel_notes(18, {"form": "released"}).refused == (
        "reduction=4 must divide the 18 channels in the form released",
    )
    assert all(not example.channel_notes(width, {"form": "released"}).refused for width in WIDTHS)


@pytest.mark.torch
def test_the_proof_of_the_example_holds(example: Recipe) -> None:
    pytest.importorskip("torch")
    from proving import check_proof

    proof = check_proof(example)
    assert proof.golden
    assert proof.counts
    assert proof.adapted
    assert proof.refused


@pytest.mark.torch
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("output: 0.689974", "output: 0.689994"),
        ("output: 0.689974", "output: {points: [[0, 7, 1, 1, 0.690974]]}"),
        ("output: {times: 0.5}", "output: {times: 0.5, plus: 0.001}"),
        ("output: {times: 0.5}", "output: {times: 0.5}\n      shape: [2, 8, 3, 4]"),
        ('weights: {"*": 0}', 'weights: {"*": 0, "fc.*": 1}'),
        ('weights: {"*": 0}', 'weights: {"*": 0, excite.bias: 1}'),
        ("parameters: [32, 2048]", "parameters: [32, 2049]"),
        ("channels: [1, 3], message", "channels: [1, 3, 4], message"),
        ("channels: [1, 3], message: 1 hidden channel", "channels: [1, 3], message: 2 hidden channels"),
        ("channels: 18, message", "channels: 20, message"),
        ("message: reduction=4 must divide the 18 channels", "message: reduction=4 must not divide"),
        ("  refused:", "  initial:\n    - {channels: 8, largest: {squeeze.weight: 0.1}}\n  refused:"),
        ("  refused:", "  initial:\n    - {channels: 8, largest: {squeeze.weight: 1}}\n  refused:"),
        ("  refused:", "  initial:\n    - {channels: 8, largest: {fc.weight: 1}}\n  refused:"),
        ("  refused:", "  warned:\n    - {channels: [16], message: few}\n  refused:"),
    ],
)
def test_a_proof_that_does_not_hold_fails(example: Recipe, before: str, after: str) -> None:
    pytest.importorskip("torch")
    from proving import check_proof

    text = example.source.read_text("utf-8")
    assert text.count(before) == 1
    example.source.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises((AssertionError, TypeError, pytest.fail.Exception)):
        check_proof(example)


@pytest.mark.parametrize("key", [*reader.REQUIRED, *reader.OPTIONAL, *reader.OUTCOMES, *proof_reader.KEYS, *RULES])
def test_the_page_names_every_key(key: str) -> None:
    assert f"`{key}`" in PAGE.read_text("utf-8")
