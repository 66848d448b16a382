"""Static levels and channels against live ones, for every row of every stock model YAML at every scale."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import COMPLETE_PYTHON, Checkouts

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import model_files, read_model
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import Scale, scales

pytestmark = [pytest.mark.checkout, pytest.mark.slow]

SCRIPT = Path(__file__).parents[1] / "oracles" / "live_rows.py"
SIZE = 1024


def live_rows(site: Site, root: Path, wanted: list[tuple[str, str]], folder: Path, python: str) -> list[dict[str, Any]]:
    """Give what the checkout builds in a Python, in a process of its own."""
    request = json.dumps([[str(root / path), scale] for path, scale in wanted])
    ended = subprocess.run(
        [python, str(SCRIPT), str(root), site.module],
        input=request.encode(),
        capture_output=True,
        cwd=folder,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    answers: list[dict[str, Any]] = json.loads(ended.stdout)
    return answers


def stock_models(site: Site, without: str) -> list[tuple[ModelYaml, Scale]]:
    """Give every stock model at each of its scales, leaving out those that hold a module."""
    paths = [path for path in model_files(site) if b"\nbackbone:" in (site.snapshot.read(path) or b"")]
    models = [read_model(site, path) for path in paths]
    models = [model for model in models if without not in {row.module for row in model.rows}]
    return [(model, scale) for model in models for scale in scales(model).values()]


def compare(site: Site, model: ModelYaml, scale: Scale, live: list[list[int] | None]) -> Counter[str]:
    """Compare a model's rows with live ones, and count them by what became of them."""
    level = levels_of(site, model, scale, {}).level
    width, counts = channels(model, site.parse_model, scale), Counter[str]()
    for row, found in zip(model.rows[:-1], live, strict=True):
        where = f"{model.path} at {scale.name}, row {row.index} {row.module}"
        if found is None:
            # A list of maps, or text: of these nothing must be said.
            assert (level[row.index], width[row.index]) == (None, None), where
            counts["no map"] += 1
            continue
        its_level, (its_width, height) = level[row.index], found
        assert width[row.index] == its_width, where
        if its_level is None:
            counts[f"unknown level of {row.module}"] += 1
            continue
        # The padding in yolov3-tiny adds one pixel.
        assert height - (row.module == "nn.ZeroPad2d") == SIZE / 2**its_level, where
        counts["compared"] += 1
    return counts


def check_rows(root: Path, folder: Path, python: str, without: str = "") -> Counter[str]:
    """Compare all rows of a checkout that a Python can build."""
    _, site = recognise(Snapshot(root))
    wanted = stock_models(site, without)
    answers = live_rows(site, root, [(model.path, scale.name) for model, scale in wanted], folder, python)
    errors = [f"{model.path}: {a['error']}" for (model, _), a in zip(wanted, answers, strict=True) if "error" in a]
    assert not errors
    counts = Counter[str](models=len(wanted))
    for (model, scale), answer in zip(wanted, answers, strict=True):
        counts += compare(site, model, scale, answer["rows"])
    return counts


@pytest.mark.torch
@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "yolov5-7.0.14"])
def test_static_facts_are_the_live_ones(name: str, pristine: Checkouts, tmp_path: Path) -> None:
    # torchvision has no build for the CPU-only torch of the lean environment.
    counts = check_rows(pristine(name), tmp_path, sys.executable, without="TorchVision")
    assert not [what for what in counts if what.startswith("unknown")]
    assert counts["compared"] > 250


@pytest.mark.complete("numpy", "torchvision")
@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        # Without numpy, which every BatchNorm of it looks for, the newest takes ten times as long.
        ("ultralytics-8.4.190", {"TorchVision"}),
        ("ultralytics-8.3.200", {"TorchVision"}),
        ("ultralytics-8.1.0", set()),
        ("yolov5-6.2.3", set()),
    ],
)
def test_so_in_the_complete_environment(name: str, unknown: set[str], pristine: Checkouts, tmp_path: Path) -> None:
    counts = check_rows(pristine(name), tmp_path, COMPLETE_PYTHON)
    assert {what for what in counts if what.startswith("unknown")} == {f"unknown level of {one}" for one in unknown}
    assert counts["compared"] > 250
