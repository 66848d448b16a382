"""What is said to load a model loads it, at the scale that was planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Checkouts
from synthetic import BLOCK, LAYOUTS, tree, write_checkout

from yolo_patcher import api

ULTRALYTICS = [layout for layout in LAYOUTS if layout.startswith("ultralytics")]


@pytest.mark.parametrize("layout", ULTRALYTICS)
@pytest.mark.parametrize(
    ("output", "scale", "load"),
    [
        (None, "s", "yolov8s-se-head.yaml"),
        ("yolov8-mine", "s", "yolov8s-mine.yaml"),
        ("yolov8s-mine", "s", "yolov8s-mine.yaml"),
        ("mine", "n", "mine.yaml"),
        ("mine", None, "mine.yaml"),
    ],
)
def test_names_that_say_the_scale_or_need_not(
    layout: str, output: str | None, scale: str | None, load: str, tmp_path: Path
) -> None:
    proposal = api.plan(write_checkout(tmp_path, layout), "se", scale=scale, output=output)
    assert (proposal.patch.load, proposal.patch.scale) == (load, scale or "n")


@pytest.mark.parametrize("layout", ULTRALYTICS)
@pytest.mark.parametrize(
    ("output", "scale", "built"), [("mine", "s", "n"), ("s-mine", "s", "n"), ("yolov8n-mine", "s", "n")]
)
def test_names_that_would_build_another_scale_are_refused(
    layout: str, output: str, scale: str, built: str, tmp_path: Path
) -> None:
    before = tree(write_checkout(tmp_path, layout))
    with pytest.raises(api.PatcherError, match=f"would be built at scale {built}, not at {scale}") as caught:
        api.plan(tmp_path, "se", scale=scale, output=output)
    assert caught.value.code == 2
    assert "`yolov8`" in caught.value.help
    assert tree(tmp_path) == before


@pytest.mark.parametrize("layout", ULTRALYTICS)
def test_a_model_outside_the_package_is_loaded_by_its_path_at_its_own_scale(layout: str, tmp_path: Path) -> None:
    write_checkout(tmp_path, layout)
    (tmp_path / "my/models").mkdir(parents=True)
    (tmp_path / "my/models/my-yolov8s.yaml").write_text(BLOCK)
    proposal = api.plan(tmp_path, "se", model=str(tmp_path / "my/models/my-yolov8s.yaml"))
    assert (proposal.patch.load, proposal.patch.scale) == ("my/models/my-yolov8s-se-head.yaml", "s")


@pytest.mark.parametrize("layout", ULTRALYTICS)
def test_a_model_whose_scales_are_files_of_their_own(layout: str, tmp_path: Path) -> None:
    write_checkout(tmp_path, layout)
    start, end = BLOCK.index("scales:"), BLOCK.index("backbone:")
    (tmp_path / "ultralytics/cfg/models/v8/yolov8s.yaml").write_text(BLOCK[:start] + BLOCK[end:])
    proposal = api.plan(tmp_path, "se", model="ultralytics/cfg/models/v8/yolov8s.yaml")
    assert (proposal.patch.load, proposal.patch.scale) == ("yolov8s-se-head.yaml", "")


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
def test_the_repository_builds_a_model_outside_its_package(fresh: Checkouts) -> None:
    root = fresh("ultralytics-8.4.190")
    (root / "my").mkdir()
    stock = (root / "ultralytics/cfg/models/11/yolo11.yaml").read_text("utf-8")
    (root / "my/my-yolo11s.yaml").write_text(stock, encoding="utf-8")
    how = api.HowToVerify(device="cpu")
    applied = api.apply(api.plan(root, "se", model=str(root / "my/my-yolo11s.yaml")), how=how)
    assert applied.verification.status == "passed"
    assert applied.verification.params is not None
    assert applied.verification.params["base"] > 9_000_000
    assert api.verify_applied(root, how=how).failed == []
