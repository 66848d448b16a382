"""The two examples that tutorials teach, on a real YOLOv5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from checkouts import IMPORTS
from conftest import Checkouts
from independent import build_independently

from yolo_patcher.cli.commands.apply import ApplyOptions, apply
from yolo_patcher.cli.screen import Screen

pytestmark = pytest.mark.checkout

SCALES = "nsmlx"


@pytest.fixture
def yolov5(fresh: Checkouts) -> Path:
    return fresh("yolov5-7.0.14", "original")


def rows(root: Path, path: str) -> list[Any]:
    model = yaml.safe_load((root / path).read_text("utf-8"))
    return [*model["backbone"], *model["head"]]


def put(root: Path, recipe: str, position: str, model: str = "yolov5s") -> Any:
    options = ApplyOptions([recipe], root, [position], model, verify=False)
    return apply(options, Screen(quiet=True)).document["patch"]


def test_se_in_front_of_the_p5_input_of_detect(yolov5: Path) -> None:
    base = rows(yolov5, "models/yolov5s.yaml")
    patch = put(yolov5, "se", "head:p5")
    assert patch["model"] == "models/yolov5s-se-head-p5.yaml"
    patched = rows(yolov5, patch["model"])
    assert patched[:24] == base[:24]
    assert patched[24] == [23, 1, "SE", []]
    assert patched[25:] == [[[17, 20, 24], 1, "Detect", ["nc", "anchors"]]]


@pytest.mark.slow
@pytest.mark.complete(*IMPORTS["yolov5-7.0.14"])
def test_se_builds_at_every_width(yolov5: Path, pristine: Checkouts) -> None:
    # The tutorials' branch passes the unscaled channel number to the class, so it builds for width 1.0 alone.
    loads = [put(yolov5, "se", "head:p5", f"yolov5{scale}")["load"] for scale in SCALES]
    built = build_independently(yolov5, loads, pristine)
    assert not [answer["error"] for answer in built.values() if "error" in answer]
    assert [answer["rows"][24] for answer in built.values()] == ["SE"] * 5


def test_gam_in_the_backbone(yolov5: Path) -> None:
    base = rows(yolov5, "models/yolov5s.yaml")
    patched = rows(yolov5, put(yolov5, "gam", "backbone")["model"])
    assert patched[:9] == base[:9]
    assert patched[9] == [-1, 1, "GAM", []]
    assert patched[10] == base[9] == [-1, 1, "SPPF", [1024, 5]]
    shifted = {6: 6, 4: 4, 14: 15, 10: 11, 17: 18, 20: 21, 23: 24}
    expected = [
        [[shifted.get(source, source) for source in row[0]] if isinstance(row[0], list) else row[0], *row[1:]]
        for row in base[9:]
    ]
    assert patched[10:] == expected


def test_gam_in_the_head(yolov5: Path) -> None:
    base = rows(yolov5, "models/yolov5s.yaml")
    patched = rows(yolov5, put(yolov5, "gam", "head")["model"])
    assert patched[:24] == base[:24]
    assert patched[24:27] == [[17, 1, "GAM", []], [20, 1, "GAM", []], [23, 1, "GAM", []]]
    assert patched[27:] == [[[24, 25, 26], 1, "Detect", ["nc", "anchors"]]]


@pytest.mark.slow
@pytest.mark.complete(*IMPORTS["yolov5-7.0.14"])
def test_gam_builds_in_the_backbone_and_in_the_head(yolov5: Path, pristine: Checkouts) -> None:
    loads = [put(yolov5, "gam", position)["load"] for position in ("backbone", "head")]
    built = build_independently(yolov5, loads, pristine)
    assert not [answer["error"] for answer in built.values() if "error" in answer]
