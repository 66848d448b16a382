"""Every recipe and every named position on real checkouts: applied, built by their own API, reverted exactly.

A patch holds many recipes, two at each position, so that each recipe meets each model of each version and layout in few
builds. From model to model the positions turn: each recipe meets all of them, and each model has all of them.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkouts import IMPORTS
from conftest import COMPLETE_PYTHON, Checkouts
from independent import build_independently, tree

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.cli.commands.apply import ApplyOptions, apply
from yolo_patcher.cli.commands.revert import revert
from yolo_patcher.cli.commands.status import status
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.state import read_state
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.runtime.verify.options import HowToVerify

RECIPES = tuple(recipe.name for recipe in all_recipes() if recipe.signature.keeps_shape)
POSITIONS = ("head", "head:p5", "backbone", "neck")
MATRIX = [
    ("ultralytics-8.0.0", "package", ("yolov8n", "yolov8n-seg")),
    ("ultralytics-8.0.100", "package", ("yolov8n", "yolov5n")),
    ("ultralytics-8.1.0", "package", ("yolov8n-seg", "yolov5n")),
    ("ultralytics-8.2.0", "package", ("yolov8n",)),
    ("ultralytics-8.3.0", "package", ("yolov5n", "yolo11n")),
    ("ultralytics-8.3.200", "package", ("yolov8n-seg", "yolo11n")),
    ("ultralytics-8.4.190", "package", ("yolov8n", "yolov8n-seg", "yolov5s", "yolo11n")),
    ("yolov5-4.0.14", "package", ("yolov5s",)),
    ("yolov5-6.2.3", "package", ("yolov5n",)),
    ("yolov5-6.2.3", "original", ("yolov5n",)),
    ("yolov5-7.0.14", "package", ("yolov5n",)),
    ("yolov5-7.0.14", "original", ("yolov5n",)),
]
COLUMNS = [(name, layout, model) for name, layout, models in MATRIX for model in models]
QUIET = Screen(quiet=True)

pytestmark = [pytest.mark.checkout, pytest.mark.slow]


def cells(name: str, layout: str, model: str) -> list[tuple[str, ...]]:
    """Give the patches for a model, each as `recipe@position` words."""
    turn = COLUMNS.index((name, layout, model))
    patches = -(-len(RECIPES) // (2 * len(POSITIONS)))
    return [
        tuple(
            f"{recipe}@{POSITIONS[(order + turn) % len(POSITIONS)]}" for order, recipe in enumerate(RECIPES[n::patches])
        )
        for n in range(patches)
    ]


def test_each_recipe_meets_each_model_and_each_position() -> None:
    met = {(column, *word.split("@")) for column in COLUMNS for words in cells(*column) for word in words}
    assert {(column, recipe) for column, recipe, _ in met} == set(product(COLUMNS, RECIPES))
    assert {(recipe, position) for _, recipe, position in met} == set(product(RECIPES, POSITIONS))
    assert {(column, position) for column, _, position in met} == set(product(COLUMNS, POSITIONS))


@pytest.mark.parametrize(
    ("name", "layout", "models"),
    [pytest.param(*one, marks=pytest.mark.complete(*IMPORTS[one[0]]), id=f"{one[0]}-{one[1]}") for one in MATRIX],
)
def test_applied_built_and_reverted(
    name: str, layout: str, models: tuple[str, ...], fresh: Checkouts, pristine: Checkouts
) -> None:
    root = fresh(name, layout)
    before = tree(root)
    applied: dict[str, dict[str, Any]] = {}
    wanted = [(model, words) for model in models for words in cells(name, layout, model)]
    for number, (model, words) in enumerate(wanted):
        options = ApplyOptions(list(words), root, model=model, output=f"{model}-{number}.yaml", verify=False)
        document: Any = apply(options, QUIET).document
        assert document["changed"]
        if not applied:
            revert(root, [document["patch"]["id"]], everything=False, dry_run=False, screen=QUIET)
            assert tree(root) == before
            assert apply(options, QUIET).document == document
        assert not apply(options, QUIET).document["changed"]
        applied[document["patch"]["load"]] = document
    assert len(applied) == len(wanted)
    check_built(root, applied, build_independently(root, list(applied), pristine))
    patches: Any = status(root, QUIET).document["patches"]
    assert {one["state"] for one in patches} == {"intact"}
    revert(root, [], everything=True, dry_run=False, screen=QUIET)
    assert tree(root) == before


def check_built(root: Path, applied: dict[str, dict[str, Any]], built: dict[str, Any]) -> None:
    """Compare the live models with the generated YAMLs, read by another reader, and with the recipes' formulas."""
    classes = {record.id: record.patch.classes for record in read_state(Snapshot(root)).patches}
    for load, document in applied.items():
        answer, patch = built[load], document["patch"]
        assert "error" not in answer, answer["error"]
        assert Path(answer["file"]).is_relative_to(root)
        model = yaml.safe_load((root / patch["model"]).read_text("utf-8"))
        rows = model["backbone"] + model["head"]
        assert answer["sources"] == [row[0] for row in rows]
        assert answer["rows"] == [row[2].rsplit(".", 1)[-1] for row in rows]
        # A class whose name is taken in a checkout has another there.
        assert {answer["rows"][row] for row in patch["rows"]} == set(classes[patch["id"]].values())
        new = tuple(f"model.{row}." for row in patch["rows"])
        assert not [name for name in answer["without_gradient"] if name.startswith(new)]


@pytest.mark.parametrize("python", [None, pytest.param(COMPLETE_PYTHON, marks=pytest.mark.complete)], ids=str)
@pytest.mark.parametrize(("name", "layout", "models"), MATRIX, ids=[f"{name}-{layout}" for name, layout, _ in MATRIX])
def test_verified_in_the_lean_and_in_the_complete_environment(
    name: str, layout: str, models: tuple[str, ...], python: str | None, fresh: Checkouts
) -> None:
    root = fresh(name, layout)
    options = ApplyOptions(["sae", "gam@backbone"], root, ["head"], models[-1], how=HowToVerify(python, "cpu"))
    document: Any = apply(options, QUIET).document
    verdict = {check["name"]: check["status"] for check in document["verify"]["checks"]}
    assert verdict.pop("deterministic") == "skipped"
    assert set(verdict.values()) == {"passed"}, document["verify"]
    assert document["verify"]["params"]["added"] > 0
