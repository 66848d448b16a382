"""Every kind of final row: a sound patch passes every check, twice the same, with one thread and with two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from conftest import Checkouts

from yolo_patcher.cli.commands.apply import ApplyOptions, apply
from yolo_patcher.cli.screen import Screen
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import CHECKS

pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]

FINAL_ROWS = {
    "Detect": "yolov8n",
    "Detect end to end": "yolo26n",
    "Detect of two levels, padded": "yolov3-tiny",
    "Detect of six strides": "yolov8n-p6",
    "Segment": "yolov8n-seg",
    "Segment26": "yolo26n-seg",
    "Pose": "yolov8n-pose",
    "Pose26": "yolo26n-pose",
    "OBB": "yolov8n-obb",
    "OBB26": "yolo26n-obb",
    "Classify": "yolov8n-cls",
    "RTDETRDecoder": "yolov8n-rtdetr",
    "RTDETRDecoder of rtdetr-l": "rtdetr-l",
    "v10Detect": "yolov10n",
    "WorldDetect": "yolov8n-world",
    "WorldDetect v2": "yolov8n-worldv2",
    "YOLOEDetect": "yoloe-v8n",
    "YOLOESegment": "yoloe-v8n-seg",
    "YOLOESegment26": "yoloe-26n-seg",
    "SemanticSegment": "yolo26n-sem",
    "Depth": "yolo26n-depth",
}


def verdicts(root: Path, model: str) -> dict[str, str]:
    options = ApplyOptions(["sae"], root, ["head"], model, dry_run=True, how=HowToVerify(device="cpu"))
    document: Any = apply(options, Screen(quiet=True)).document
    return {check["name"]: check["status"] for check in document["verify"]["checks"]}


@pytest.mark.parametrize("final", FINAL_ROWS)
def test_a_sound_patch_passes_whatever_the_threads(
    final: str, pristine: Checkouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = pristine("ultralytics-8.4.190")
    for threads in ("1", "2", "1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert verdicts(root, FINAL_ROWS[final]) == {
            name: "skipped" if name == "deterministic" else "passed" for name in CHECKS
        }
