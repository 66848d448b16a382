"""Load what a training saved by a YOLOv5 checkout's own functions: `yolov5_load.py ARGUMENTS ANSWER`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
from checkpoints import attention, changed, equal, fusing_changes, transfer


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """Compare the checkpoints in `weights`, and what of the base's weights each patched model takes."""
    package, classes, weights = arguments["package"], arguments["classes"], Path(arguments["weights"])
    common, experimental, yolo, general = (
        importlib.import_module(package + name)
        for name in ("models.common", "models.experimental", "models.yolo", "utils.general")
    )
    device = torch.device("cpu")
    model = experimental.attempt_load(str(weights / "last.pt"), device=device, fuse=False)
    backend = common.DetectMultiBackend(str(weights / "last.pt"), device=device)
    first = experimental.attempt_load(str(weights / "epoch0.pt"), device=device, fuse=False)
    answer = {
        **attention(model, classes),
        "backend": attention(backend.model, classes)["rows"],
        "changed": changed(first, model, classes),
        "equal": equal(torch.load(weights / "epoch1.pt", map_location="cpu")["ema"], model),
        "fusing": fusing_changes(model),
        "transfer": {},
    }
    base = torch.load(arguments["base"], map_location="cpu")["model"].float()
    for name, file in arguments["patched"].items():
        patched = yolo.Model(file, ch=3, nc=2)
        # As train.py calls it when it is given --cfg.
        taken = general.intersect_dicts(base.state_dict(), patched.state_dict(), exclude=["anchor"])
        answer["transfer"][name] = transfer(base, patched, taken, classes)
    return answer


Path(sys.argv[2]).write_text(json.dumps(main(json.loads(sys.argv[1]))), encoding="utf-8")
