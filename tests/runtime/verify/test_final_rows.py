"""Every kind of final row: a sound patch passes every check, twice the same, with one thread and with two."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("torch")

from conftest import Checkouts
from patching import make_smaller

from yolo_patcher.checkout.checkout import Checkout, open_checkout
from yolo_patcher.commit.state import PatchRecord, read_state
from yolo_patcher.runtime.verify.cases import verify_records
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import CHECKS
from yolo_patcher.runtime.verify.variants import tried

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
Patched = tuple[Checkout, dict[str, PatchRecord]]


@pytest.fixture(scope="module")
def patched(pristine: Checkouts, tmp_path_factory: pytest.TempPathFactory) -> Patched:
    """Give a checkout of small models as it would be with a patch for each final row, and the patches."""
    root = tmp_path_factory.mktemp("small") / "checkout"
    shutil.copytree(pristine("ultralytics-8.4.190"), root)
    make_smaller(root)
    checkout, records = open_checkout(root), {}
    for final, model in FINAL_ROWS.items():
        checkout, (records[final],) = tried(checkout, read_state(checkout.snapshot), ["sae@head"], model, ())
    return checkout, records


@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_sound_patch_passes_whatever_the_threads(
    threads: str, again: bool, patched: Patched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    checkout, records = patched
    answers = verify_records(checkout, list(records.values()), HowToVerify(device="cpu"))
    verdicts = [{check.name: check.status for check in answer.checks} for answer in answers]
    sound = {name: "skipped" if name == "deterministic" else "passed" for name in CHECKS}
    assert dict(zip(records, verdicts, strict=True)) == dict.fromkeys(records, sound)
