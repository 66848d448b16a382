"""Checkpoints that a repository made, carried over to its patched models and back."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import check_error, check_json
from conftest import COMPLETE_PYTHON, Checkouts

pytestmark = [pytest.mark.checkout, pytest.mark.complete]
SCRIPTS = Path(__file__).parent / "scripts"
Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Model:
    """A model of a checkout: its name, its class, and how many tensors it has."""

    checkout: str
    name: str
    module: str = "ultralytics.nn.tasks"
    builder: str = "DetectionModel"


V8 = Model("ultralytics-8.3.200", "yolov8n.yaml")
MODELS = [
    V8,
    Model("ultralytics-8.4.190", "yolo11n.yaml"),
    Model("ultralytics-8.4.190", "yolo12n.yaml"),
    Model("ultralytics-8.4.190", "yolo26n.yaml"),
    Model("yolov5-6.2.3", "yolov5/models/yolov5s.yaml", "yolov5.models.yolo", "Model"),
]
TENSORS = {
    "yolov8n.yaml": 355,
    "yolo11n.yaml": 499,
    "yolo12n.yaml": 691,
    "yolo26n.yaml": 708,
    "yolov5/models/yolov5s.yaml": 349,
}


def script(root: Path, name: str, *words: str) -> str:
    """Run a script in a checkout in the complete environment, and give what it prints."""
    command = [COMPLETE_PYTHON, "-B", str(SCRIPTS / f"{name}.py"), *words]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(root.parent), "YOLO_CONFIG_DIR": str(root.parent)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def make(root: Path, model: Model, out: Path, *, nc: int = 80, form: str = "half") -> Path:
    """Have the repository make a checkpoint of a model with random weights."""
    request = {
        "module": model.module, "class": model.builder, "load": model.name, "nc": nc, "form": form, "out": str(out),
    }  # fmt: skip
    script(root, "make_checkpoint", json.dumps(request))
    return out


def compare(root: Path, old: Path, new: Path, rows: list[int]) -> dict[str, Any]:
    """Compare two checkpoints' networks, with these rows of the new one taken for wires."""
    found: dict[str, Any] = json.loads(
        script(root, "compare_checkpoints", str(old), str(new), json.dumps(rows)).splitlines()[-1]
    )
    return found


def apply(capsys: Capture, root: Path, model: Model, *words: str) -> dict[str, Any]:
    """Apply without verify, and give the patch."""
    patch: dict[str, Any] = check_json(capsys, "apply", *words, "--repo", root, "--model", model.name, "--no-verify")[
        "patch"
    ]
    return patch


def carry(capsys: Capture, root: Path, weights: Path, out: Path, *words: str) -> dict[str, Any]:
    """Carry a checkpoint over, and give what the tool says of it."""
    document = check_json(capsys, "transfer", weights, "--repo", root, "-o", out, *words)
    assert out.is_file()
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(f".{out.name}")] == []
    found: dict[str, Any] = document["transfer"]
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_tensor_stays_and_the_network_computes_what_it_did(
    fresh: Checkouts, tmp_path: Path, capsys: Capture, model: Model
) -> None:
    root = fresh(model.checkout)
    weights = make(root, model, tmp_path / "base.pt", nc=7)
    patch = apply(capsys, root, model, "sae@head", "gam@backbone")
    found = carry(capsys, root, weights, tmp_path / "new.pt", "--python", COMPLETE_PYTHON)
    assert (found["tensors"], found["kept"]) == (TENSORS[model.name], TENSORS[model.name])
    assert (found["nc"], found["changed"], found["dropped"]) == (7, [], [])
    assert found["by_name"] < found["kept"]
    compared = compare(root, weights, tmp_path / "new.pt", patch["rows"])
    assert (compared["difference"], compared["fused"]) == (0.0, 0.0)
    assert compared["tensors"] > 0
    assert compared["names"] == [f"class {number}" for number in range(7)]
    assert (compared["epoch"], compared["optimizer"]) == (-1, None)
    assert {"model", "ema", "epoch", "optimizer", "updates"} <= set(compared["keys"])


TASKS = [
    (Model("ultralytics-8.4.190", "yolov8n-pose.yaml", builder="PoseModel"), 397),
    (Model("ultralytics-8.4.190", "yolov9c.yaml"), 937),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "tensors"), TASKS, ids=lambda one: one.name if isinstance(one, Model) else str(one))
def test_every_task_keeps_every_tensor(
    fresh: Checkouts, tmp_path: Path, capsys: Capture, model: Model, tensors: int
) -> None:
    root = fresh(model.checkout)
    weights = make(root, model, tmp_path / "base.pt", nc=4)
    patch = apply(capsys, root, model, "se@backbone")
    found = carry(capsys, root, weights, tmp_path / "new.pt")
    assert (found["tensors"], found["kept"], found["nc"]) == (tensors, tensors, 4)
    assert compare(root, weights, tmp_path / "new.pt", patch["rows"])["difference"] == 0.0


def test_back_to_the_base_and_between_patches(fresh: Checkouts, tmp_path: Path, capsys: Capture) -> None:
    root = fresh(V8.checkout)
    weights = make(root, V8, tmp_path / "base.pt")
    first, second = apply(capsys, root, V8, "sae@head"), apply(capsys, root, V8, "se@neck")
    check_error(capsys, 2, "usage", "several patches", "transfer", weights, "--repo", root, "-o", tmp_path / "no.pt")
    one = tmp_path / "one.pt"
    carry(capsys, root, weights, one, "--patch", first["id"])
    found = carry(capsys, root, one, tmp_path / "other.pt", "--patch", second["id"])
    assert (found["source"], found["target"]) == (first["model"], second["model"])
    assert found["kept"] == TENSORS[V8.name]
    assert compare(root, weights, tmp_path / "other.pt", second["rows"])["difference"] == 0.0
    found = carry(capsys, root, tmp_path / "other.pt", tmp_path / "back.pt", "--to-base")
    assert (found["kept"], found["new"]) == (TENSORS[V8.name], 0)
    assert compare(root, weights, tmp_path / "back.pt", [])["difference"] == 0.0


def test_a_stack_of_patches_keeps_every_tensor(fresh: Checkouts, tmp_path: Path, capsys: Capture) -> None:
    root = fresh(V8.checkout)
    weights = make(root, V8, tmp_path / "base.pt")
    first = apply(capsys, root, V8, "se@backbone")
    second = check_json(capsys, "apply", "sae@head", "--repo", root, "--model", first["model"], "--no-verify")["patch"]
    found = carry(capsys, root, weights, tmp_path / "new.pt", "--patch", second["id"])
    assert found["kept"] == TENSORS[V8.name]
    rows = [number for number, row in enumerate(found["rows"]) if row["from"] is None]
    assert len(rows) == 4
    assert compare(root, weights, tmp_path / "new.pt", rows)["difference"] == 0.0


def test_blocks_with_a_module_inside_keep_every_tensor_and_other_modules_none(
    fresh: Checkouts, tmp_path: Path, capsys: Capture
) -> None:
    root = fresh(V8.checkout)
    weights = make(root, V8, tmp_path / "base.pt")
    inside = apply(capsys, root, V8, "se@inside:C2f")
    found = carry(capsys, root, weights, tmp_path / "inside.pt")
    assert (found["kept"], found["dropped"], found["misplaced"]) == (TENSORS[V8.name], [], [])
    assert found["new"] > 0
    check_json(capsys, "revert", inside["id"], "--repo", root)
    patch = apply(capsys, root, V8, "sae@inside:C2f", "spdconv@replace:Conv:p4", "se@head")
    found = carry(capsys, root, weights, tmp_path / "mixed.pt")
    # Rows 5 and 16 are YOLOv8's convolutions to P4: six tensors each.
    assert (found["kept"], len(found["dropped"])) == (TENSORS[V8.name] - 12, 12)
    assert {name.split(".")[1] for name in found["dropped"]} == {"5", "16"}
    assert len(patch["rows"]) == 3
    back = carry(capsys, root, tmp_path / "mixed.pt", tmp_path / "back.pt", "--to-base")
    assert back["kept"] == TENSORS[V8.name] - 12


@pytest.mark.parametrize("form", ["ema", "state", "whole"])
def test_forms_of_checkpoints(fresh: Checkouts, tmp_path: Path, capsys: Capture, form: str) -> None:
    root = fresh(V8.checkout)
    weights = make(root, V8, tmp_path / "base.pt", nc=3, form=form)
    patch = apply(capsys, root, V8, "sae@head")
    found = carry(capsys, root, weights, tmp_path / "new.pt")
    assert (found["kept"], found["nc"]) == (TENSORS[V8.name], 3)
    whole = make(root, V8, tmp_path / "whole.pt", nc=3) if form == "state" else weights
    assert compare(root, whole, tmp_path / "new.pt", patch["rows"])["difference"] == 0.0


def test_what_is_no_checkpoint_of_the_model_is_refused_and_writes_nothing(
    fresh: Checkouts, tmp_path: Path, capsys: Capture
) -> None:
    root = fresh(V8.checkout)
    weights, out = make(root, V8, tmp_path / "base.pt"), tmp_path / "new.pt"
    apply(capsys, root, V8, "sae@head")

    def check_refused(kind: str, code: int, part: str, file: Path, *words: str | Path) -> None:
        check_error(capsys, code, kind, part, "transfer", file, "--repo", root, "-o", out, *words)
        assert not out.exists()

    text, cut, other = tmp_path / "text.pt", tmp_path / "cut.pt", tmp_path / "other.pt"
    text.write_text("no checkpoint")
    cut.write_bytes(weights.read_bytes()[:100_000])
    make(root, Model(V8.checkout, "yolo11n.yaml"), other)
    check_refused("usage", 2, "no checkpoint that torch reads", text)
    check_refused("usage", 2, "no checkpoint that torch reads", cut)
    check_refused("usage", 2, "of no model of this patch", other)
    check_refused("usage", 2, "does not exist", tmp_path / "absent.pt")
    check_refused("usage", 2, "is a folder", tmp_path)
    check_error(capsys, 2, "usage", "replace the old one", "transfer", weights, "--repo", root, "-o", weights)
    out.write_text("mine")
    check_error(capsys, 3, "refused", "of that name", "transfer", weights, "--repo", root, "-o", out)
    assert out.read_text() == "mine"
    assert carry(capsys, root, weights, out, "--force")["kept"] == TENSORS[V8.name]
    check_error(capsys, 2, "usage", "nothing to transfer", "transfer", out, "--repo", root, "-o", tmp_path / "again.pt")
