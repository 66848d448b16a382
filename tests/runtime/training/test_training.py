"""Training for real: the repositories' own trainers train, validate, save, reload and predict with patched models."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from checkouts import IMPORTS
from command_line import check_json
from conftest import Checkouts
from data_set import make_data_set
from trainer_runs import environment, losses, transferred

from yolo_patcher.cli.main import run

pytestmark = [pytest.mark.slow, pytest.mark.checkout]
CLASSES = ["SaE", "GAM"]


def apply(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Apply without verify, whose checks this must not lean on, and give the patch."""
    code = run(["apply", *words, "--repo", str(root), "--no-verify", "--json"])
    output = capsys.readouterr().out
    assert code == 0, output
    patch: dict[str, Any] = json.loads(output)["patch"]
    return patch


def check_loaded(found: dict[str, Any], patch: dict[str, Any], root: Path) -> None:
    """Check that the reloaded model has our classes, from the checkout, with the trained weights."""
    assert found["rows"] == sorted(patch["rows"])
    assert found["classes"] == ["GAM", "SaE", "SaE", "SaE"]
    assert found["sources"]
    assert all(Path(source).is_relative_to(root.resolve()) for source in found["sources"]), found["sources"]
    assert found["equal"], "last.pt has other weights than the checkpoint of the last epoch"
    # GAM has four convolutions with a bias and two BatchNorms, each of the three SaE two convolutions without one.
    assert len(found["changed"]) == 12 + 3 * 2
    assert all(found["changed"].values()), found["changed"]
    assert found["fusing"] < 1e-3


@pytest.mark.complete(*IMPORTS["ultralytics-8.4.190"], "matplotlib", "psutil", "requests", "torchvision")
def test_ultralytics(fresh: Checkouts, pristine: Checkouts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = fresh("ultralytics-8.4.190")
    head, both = apply(root, capsys, "sae@head"), apply(root, capsys, "sae@head", "gam@backbone")
    place = environment(tmp_path / "environment", [root], pristine)
    data, project = make_data_set(tmp_path / "data"), tmp_path / "runs"
    options = {"imgsz": 64, "batch": 4, "device": "cpu", "workers": 0, "plots": False}
    given: dict[str, Any] = {"classes": CLASSES, "data": data, "project": project}

    training = {**options, "optimizer": "AdamW", "lr0": 0.01, "warmup_epochs": 0}
    names = [head["load"], both["load"]]
    printed = place.run(
        *place.question(
            "ultralytics_steps.py", step="train", base="yolov8n.yaml", patched=names, options=training, **given
        )
    )
    assert len(losses(project / "base/results.csv")) == 1
    assert len(losses(project / "patched/results.csv")) == 2
    # All of the base but its final row; with a module in the backbone, only the rows in front of that.
    assert place.answer() == {
        head["load"]: {"all": 361, "base": 355, "taken": 270, "astray": 0},
        both["load"]: {"all": 379, "base": 355, "taken": 150, "astray": 0},
    }
    # Last, the trainer copies the model into its own, whose six class layers have the data set's two classes.
    assert transferred(printed) == [(270, 361), (150, 379), (373, 379)]

    carried = tmp_path / "carried.pt"
    last = project / "base/weights/last.pt"
    kept = check_json(capsys, "transfer", last, "--repo", root, "--patch", both["id"], "-o", carried)["transfer"]
    assert (kept["kept"], kept["tensors"]) == (355, 355)
    printed = place.run(
        *place.question("ultralytics_steps.py", step="go_on", weights=carried, options=training, **given)
    )
    # The trainer makes a model of its own, and takes every tensor of the checkpoint's.
    assert transferred(printed) == [(379, 379)]
    assert len(losses(project / "carried/results.csv")) == 1

    weights, images = project / "patched/weights", data.parent / "images/val"
    place.run(
        *place.question("ultralytics_steps.py", step="use", weights=weights, images=images, options=options, **given)
    )
    found = place.answer()
    check_loaded(found, both, root)
    assert len(found["metrics"]) == 5
    assert all(0 <= metric <= 1 for metric in found["metrics"])
    assert len(found["boxes"]) == 4
    assert all(found["boxes"])
    assert found["finite"]
    assert found["resumed"] == [1, 1]
    assert len(losses(project / "patched/results.csv")) == 3


@pytest.mark.complete(*IMPORTS["yolov5-7.0.14"])
@pytest.mark.parametrize("layout", ["package", "original"])
def test_yolov5(
    layout: str, fresh: Checkouts, pristine: Checkouts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = fresh("yolov5-7.0.14", layout)
    package = root / "yolov5" if layout == "package" else root
    head = apply(root, capsys, "sae@head", "--model", "yolov5n")
    both = apply(root, capsys, "sae@head", "gam@backbone", "--model", "yolov5n")
    # 7.0 imports parts of a pip-installed ultralytics.
    place = environment(tmp_path / "environment", [root, pristine("ultralytics-8.3.0")], pristine)
    data, project = make_data_set(tmp_path / "data"), tmp_path / "runs"
    base, weights = project / "base/weights/last.pt", project / "patched/weights"
    options = ("--data", data, "--img", "64", "--device", "cpu", "--project", project)
    batches = ("--batch-size", "4", "--workers", "0")
    train = (package / "train.py", *options, *batches, "--noplots", "--noautoanchor", "--optimizer", "AdamW")

    patched = ("--weights", base, "--cfg", root / both["model"], "--epochs", "2", "--save-period", "1")
    printed = place.run_each(
        (*train, "--weights", "", "--cfg", "yolov5n.yaml", "--epochs", "1", "--name", "base"),
        (*train, *patched, "--name", "patched"),
    )
    assert transferred(printed) == [(186, 373)]
    assert len(losses(project / "base/results.csv")) == 1
    assert len(losses(project / "patched/results.csv")) == 2

    carried = tmp_path / "carried.pt"
    kept = check_json(capsys, "transfer", base, "--repo", root, "--patch", both["id"], "-o", carried)["transfer"]
    assert (kept["kept"], kept["tensors"]) == (349, 349)
    again = ("--weights", carried, "--cfg", root / both["model"], "--epochs", "1", "--name", "carried")
    # All but the anchors, which are those of --cfg whenever it is given.
    assert transferred(place.run_each((*train, *again))) == [(372, 373)]

    last = ("--weights", weights / "last.pt")
    images = ("--source", data.parent / "images/val", "--conf-thres", "1e-5", "--save-txt")
    question = place.question(
        "yolov5_load.py",
        package="yolov5." if layout == "package" else "",
        classes=CLASSES,
        weights=weights,
        base=base,
        patched={"head": root / head["model"], "both": root / both["model"]},
    )
    printed = place.run_each(
        question,
        (package / "val.py", *options, *batches, *last, "--name", "val"),
        (package / "detect.py", *options, *last, *images, "--name", "detect"),
        (package / "train.py", "--resume", weights / "epoch0.pt"),
    )
    found = place.answer()
    check_loaded(found, both, root)
    assert found["backend"] == found["rows"]
    # All of the base but its final row; with a module in the backbone, only the rows in front of that.
    assert found["transfer"] == {
        "head": {"all": 355, "base": 349, "taken": 342, "astray": 0},
        "both": {"all": 373, "base": 349, "taken": 186, "astray": 0},
    }
    validated = re.findall(r"^ +all +4 +8 +(\S+) +(\S+) +(\S+) +(\S+)$", printed, flags=re.MULTILINE)
    assert len(validated) == 3  # by val.py; by the resumed training after its epoch, and of the best weights
    assert all(0 <= float(metric) <= 1 for line in validated for metric in line)
    assert len(list((project / "detect/labels").glob("*.txt"))) == 4
    assert transferred(printed) == [(373, 373)]
    assert "epoch0.pt from epoch 1 to 2 total epochs" in printed
    assert len(losses(project / "patched/results.csv")) == 3
