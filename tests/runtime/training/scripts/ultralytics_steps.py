"""Train with ultralytics' own trainer, or use what it saved: `ultralytics_steps.py {"step": ..., ...} ANSWER`."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import torch
from checkpoints import attention, changed, equal, fusing_changes, transfer
from ultralytics import YOLO  # type: ignore[import-not-found]
from ultralytics.engine.trainer import BaseTrainer  # type: ignore[import-not-found]
from ultralytics.utils.torch_utils import intersect_dicts  # type: ignore[import-not-found]


def read_results(trainer: Any) -> dict[str, list[float]]:
    """Read results.csv by columns."""
    with trainer.csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


# 8.4 copies results.csv into the checkpoint, and reads it with polars, a compiled package that Debian lacks.
if importlib.util.find_spec("polars") is None:
    BaseTrainer.read_results_csv = read_results


def train(arguments: dict[str, Any]) -> dict[str, Any]:
    """Train the base for an epoch, load its weights into each patched model, and train the last one for two epochs."""
    options = dict(arguments["options"], data=arguments["data"], project=arguments["project"])
    base = YOLO(arguments["base"])
    base.train(epochs=1, name="base", **options)
    weights = Path(base.trainer.last)
    trained = YOLO(weights).model.float()
    answer = {}
    for name in arguments["patched"]:
        model = YOLO(name)
        taken = intersect_dicts(trained.state_dict(), model.model.state_dict())
        answer[name] = transfer(trained, model.model, taken, arguments["classes"])
        model.load(weights)
    model.train(epochs=2, save_period=1, name="patched", **options)
    return answer


def go_on(arguments: dict[str, Any]) -> dict[str, Any]:
    """Train for an epoch from a checkpoint that was carried over."""
    options = dict(arguments["options"], data=arguments["data"], project=arguments["project"])
    YOLO(arguments["weights"]).train(epochs=1, name="carried", **options)
    return {}


def use(arguments: dict[str, Any]) -> dict[str, Any]:
    """Load the checkpoints in `weights`, validate, predict, and go on from the one of the first epoch."""
    weights, classes, options = Path(arguments["weights"]), arguments["classes"], arguments["options"]
    model = YOLO(weights / "last.pt")
    saved = torch.load(weights / "epoch1.pt", map_location="cpu", weights_only=False)["ema"]
    answer = {
        **attention(model.model, classes),
        "changed": changed(YOLO(weights / "epoch0.pt").model, model.model, classes),
        "equal": equal(saved, model.model),
        "fusing": fusing_changes(model.model),
    }
    metrics = model.val(data=arguments["data"], project=arguments["project"], name="val", **options)
    answer["metrics"] = list(map(float, metrics.results_dict.values()))
    found = model.predict(arguments["images"], imgsz=64, device="cpu", conf=1e-6)
    answer["boxes"] = [len(image.boxes) for image in found]
    answer["finite"] = all(bool(torch.isfinite(image.boxes.data).all()) for image in found)
    resumed = YOLO(weights / "epoch0.pt")
    resumed.train(resume=True)
    answer["resumed"] = [resumed.trainer.start_epoch, resumed.trainer.epoch]
    return answer


STEPS = {"train": train, "go_on": go_on, "use": use}
given = json.loads(sys.argv[1])
Path(sys.argv[2]).write_text(json.dumps(STEPS[given.pop("step")](given)), encoding="utf-8")
