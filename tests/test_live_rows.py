"""Static levels and channels against live ones, for every row of every stock model YAML at every scale."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkouts

from yolo_patcher.channels import channels, scales
from yolo_patcher.checkout import Snapshot
from yolo_patcher.dialects import recognise
from yolo_patcher.graph import levels
from yolo_patcher.models import model_files, read_model
from yolo_patcher.site import Site

pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("live_rows.py")
SIZE = 1024
# What gives no single feature map.
UNTOLD = {"CBLinear", "ImagePoolingAttn"}


def live_rows(site: Site, root: Path, wanted: list[tuple[str, str]], folder: Path) -> list[dict[str, Any]]:
    request = json.dumps([[str(root / path), scale] for path, scale in wanted])
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), str(root), site.module],
        input=request.encode(),
        capture_output=True,
        cwd=folder,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    answers: list[dict[str, Any]] = json.loads(ended.stdout)
    return answers


@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "ultralytics-8.4.190", "yolov5-7.0.14"])
def test_static_facts_are_the_live_ones(name: str, pristine: Checkouts, tmp_path: Path) -> None:
    root = pristine(name)
    _, site = recognise(Snapshot(root))
    models = [
        read_model(site, path) for path in model_files(site) if b"\nbackbone:" in (site.snapshot.read(path) or b"")
    ]
    # torchvision has no build for the CPU-only torch of the lean environment.
    models = [model for model in models if "TorchVision" not in {row.module for row in model.rows}]
    wanted = [(model, scale) for model in models for scale in scales(model).values()]
    answers = live_rows(site, root, [(model.path, scale.name) for model, scale in wanted], tmp_path)
    errors = [f"{model.path}: {a['error']}" for (model, _), a in zip(wanted, answers, strict=True) if "error" in a]
    assert not errors
    compared = 0
    for (model, scale), answer in zip(wanted, answers, strict=True):
        level, width = levels(model), channels(model, site.parse_model, scale)
        for row, live in zip(model.rows, answer.get("rows", ()), strict=False):
            where = f"{model.path} at {scale.name}, row {row.index} {row.module}"
            if live is None or row.module in UNTOLD:
                assert row.module in UNTOLD, where
                continue
            assert width[row.index] == live[0], where
            assert level[row.index] == round(math.log2(SIZE / live[1])), where
            compared += 1
    assert compared > 250
