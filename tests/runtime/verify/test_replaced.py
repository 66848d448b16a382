"""Rows of real checkouts that get another class: proven by the checkouts' own builds, and what they must not change."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Checkouts
from small_recipes import fitting, write_small_recipes
from synthetic import contents

from yolo_patcher import api
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.state import read_state
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.runtime.verify.cases import verify_records
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import CHECKS, Verification

pytestmark = [pytest.mark.checkout, pytest.mark.torch]
BUILT = ("import", "build", "wiring", "forward", "levels", "train")
HOW = HowToVerify(device="cpu", skip=tuple(name for name in CHECKS if name not in BUILT))
# Each model's kinds of rows that a module can replace, and a block that takes one inside.
MODELS = [
    ("yolov5-7.0.14", "yolov5s", "C3"),
    ("ultralytics-8.0.0", "yolov8n", "C2f"),
    ("ultralytics-8.3.0", "yolov8", "C2f"),
    ("ultralytics-8.4.190", "yolo11", "C3k2"),
    ("yolov5-7.0.14", "yolov5s6", "C3"),
    ("yolov5-7.0.14", "yolov5-bifpn", "C3"),
    ("ultralytics-8.4.190", "yolov3-spp", "Bottleneck"),
    ("ultralytics-8.3.0", "yolov9c", "RepNCSPELAN4"),
    ("ultralytics-8.3.0", "yolov10n", "C2fCIB"),
    ("ultralytics-8.4.190", "yolo12", "A2C2f"),
    ("ultralytics-8.4.190", "rtdetr-l", "HGBlock"),
    ("ultralytics-8.4.190", "yolov8-p2", "C2f"),
]
QUICK = [model for _, model, _ in MODELS[:4]]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_recipes(tmp_path_factory.mktemp("small"))


def copied(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "checkout"))


def failures(answer: Verification) -> list[tuple[str, str]]:
    return [(check.name, check.detail) for check in answer.failures]


@pytest.mark.quick(model=QUICK)
@pytest.mark.parametrize(("name", "model", "block"), MODELS)
def test_each_kind_of_row_is_replaced_built_and_taken_back(
    name: str, model: str, block: str, pristine: Checkouts, small: Path, tmp_path: Path
) -> None:
    root = copied(pristine(name), tmp_path)
    before = contents(root)
    words = fitting(root, model, [one for one in all_recipes((small,)) if one.source.parent == small])
    words[block] = f"sae@inside:{block}"
    proposal = api.plan(root, *words.values(), model=model, more=[small])
    applied = api.apply(proposal, how=HOW)
    assert failures(applied.verification) == []
    (wiring,) = [check for check in applied.verification.checks if check.name == "wiring"]
    assert f"{len(proposal.planned.plan.patch.changed_rows)} rows of other classes" in wiring.detail
    api.revert(root, more=[small])
    assert contents(root) == before


def verified(root: Path) -> Verification:
    """Verify the patch that a checkout holds, as its files are now."""
    checkout = open_checkout(root)
    (answer,) = verify_records(checkout, read_state(checkout.snapshot).patches, HOW)
    return answer


def applied_then_edited(
    root: Path, small: Path, words: str, path: str, old: str, new: str, *, model: str, settings: tuple[str, ...] = ()
) -> Verification:
    api.apply(api.plan(root, *words.split(), model=model, settings=settings, more=[small]), verified=False)
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))
    return verified(root)


TASKS = "ultralytics/nn/tasks.py"


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        # The class that is not taken for C3k2 here leaves Detect as older models have it, with every index right.
        ("if m is C3k2:", "if m is C3k2 and not is_C3k2_SaE:", "row 23 (Detect)"),
        # At the scale that is built nothing is wrong.
        ('if scale in {"m", "l", "x"}:', 'if scale in {"m", "l", "x"} and not is_C3k2_SaE:', " at scale m"),
    ],
)  # fmt: skip
def test_a_class_that_stands_for_another_in_some_tests_only_fails(
    old: str, new: str, row: str, pristine: Checkouts, small: Path, tmp_path: Path
) -> None:
    root = copied(pristine("ultralytics-8.4.190"), tmp_path)
    answer = applied_then_edited(root, small, "sae@inside:C3k2", TASKS, old, new, model="yolo11")
    ((name, detail),) = failures(answer)
    assert name == "wiring"
    assert row in detail
    assert ", which the base " in detail


def test_a_class_with_other_settings_than_asked_for_fails(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = copied(pristine("ultralytics-8.3.0"), tmp_path)
    answer = applied_then_edited(
        root, small, "halve@replace:Conv:p4", "ultralytics/nn/modules/halve_kernel3.py", "kernel=3", "kernel=1",
        model="yolov8", settings=("kernel=3",),
    )  # fmt: skip
    assert failures(answer) == [("wiring", "row 5 (Halve_kernel3) was built with kernel=1, asked for is kernel=3")]


def with_equal_inputs(root: Path) -> None:
    """Give the join of row 17 two inputs of 128 channels at scale n."""
    path = root / "ultralytics/cfg/models/v8/yolov8.yaml"
    before, _, after = path.read_text().rpartition("- [-1, 1, Conv, [256, 3, 2]]")
    path.write_text(f"{before}- [-1, 1, Conv, [512, 3, 2]]{after}")


def test_a_join_that_narrows_changes_no_row_but_its_readers(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = copied(pristine("ultralytics-8.3.0"), tmp_path)
    with_equal_inputs(root)
    proposal = api.apply(api.plan(root, "mean@replace:17", model="yolov8", more=[small]), how=HOW)
    assert proposal.verification.status == "passed"
    assert "scales s, m, l, x too" in next(one for one in proposal.verification.checks if one.name == "wiring").detail


def test_a_row_that_gives_another_map_than_its_base_fails(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = copied(pristine("ultralytics-8.3.0"), tmp_path)
    with_equal_inputs(root)
    api.apply(api.plan(root, "mean@replace:17", model="yolov8", more=[small]), verified=False)
    checkout = open_checkout(root)
    (record,) = read_state(checkout.snapshot).patches
    (stands,) = record.patch.stand_ins
    record = replace(record, patch=replace(record.patch, stand_ins=(replace(stands, other_channels=False),)))
    (answer,) = verify_records(checkout, [record], HOW)
    ((name, detail),) = failures(answer)
    assert name == "wiring"
    assert detail == "row 17 (Mean) gives a map of shape [1, 128, 4, 4], and Concat in the base [1, 256, 4, 4]"
