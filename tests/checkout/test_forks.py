"""Shapes of repository that only forks and old versions have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from forked import COMMON, MODEL, fork
from synthetic import write_checkout

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.dialects.load_names import by_stem
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.cli.commands.apply import ApplyOptions, apply
from yolo_patcher.cli.screen import Screen
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import choose_model
from yolo_patcher.model.scales import scales


def put(root: Path, position: str) -> Any:
    document: Any = apply(ApplyOptions(["se"], root, [position], "toy", verify=False), Screen(quiet=True)).document
    return yaml.safe_load((root / document["patch"]["model"]).read_text("utf-8"))["head"]


def test_a_table_of_channels_with_the_image_in_front_gets_relative_rows(tmp_path: Path) -> None:
    # There ch[5] is row 4's output, and only a distance names the row that the module reads.
    head = put(fork(tmp_path), "head")
    assert head[3:] == [[-1, 1, "SE", []], [-5, 1, "SE", []], [[6, 7], 1, "Detect", []]]


def test_channels_with_the_image_in_front(tmp_path: Path) -> None:
    _, site = recognise(Snapshot(fork(tmp_path)))
    model = choose_model(site, "toy", None).model
    found = channels(model, site.parse_model, scales(model)[""])
    assert [found[row] for row in range(6)] == [16, 32, 32, 32, 48, 16]


def test_modules_that_come_through_a_second_star_import(tmp_path: Path) -> None:
    root = fork(tmp_path, imports="from models.experimental import *\n\n")
    put(root, "head")
    assert "class SE(" in (root / "models/common.py").read_text("utf-8")
    assert "class SE(" not in (root / "models/experimental.py").read_text("utf-8")


def test_own_modules_that_outnumber_the_common_ones(tmp_path: Path) -> None:
    root = fork(tmp_path, imports="from models.common import Conv\nfrom other.layers import Concat, Detect\n\n")
    (root / "other").mkdir()
    (root / "other/layers.py").write_text(COMMON, encoding="utf-8")
    put(root, "head")
    assert "class SE(" in (root / "models/common.py").read_text("utf-8")


def test_another_parse_model_beside_is_named(tmp_path: Path) -> None:
    root = fork(tmp_path)
    for name in ("tf.py", "yolo_test.py"):
        (root / "models" / name).write_text("def parse_model(d, ch):\n    pass\n", encoding="utf-8")
    document: Any = apply(ApplyOptions(["se"], root, ["head"], "toy", verify=False), Screen(quiet=True)).document
    about_tf, about_test = (note for note in document["notes"] if "parse_model" in note)
    assert about_tf.startswith("models/tf.py has a parse_model of its own")
    assert about_tf.endswith("TensorFlow export does not know SE.")
    assert about_test.startswith("models/yolo_test.py")


def test_a_module_that_an_older_version_left_beside_the_package(tmp_path: Path) -> None:
    """Python imports the package."""
    write_checkout(tmp_path)
    left = tmp_path / "ultralytics/nn/modules.py"
    left.write_bytes(b"".join(path.read_bytes() for path in (tmp_path / "ultralytics/nn/modules").glob("[!_]*.py")))
    dialect, site = recognise(Snapshot(tmp_path))
    assert (dialect.NAME, site.supplier) == ("ultralytics", "ultralytics/nn/modules/__init__.py")


def test_sources_with_a_meaning_of_their_own_are_refused(tmp_path: Path) -> None:
    root = fork(tmp_path)
    yolo = root / "models/yolo.py"
    streams = "        if f == -2:\n            f = 0\n        m = eval(m)\n"
    yolo.write_text(yolo.read_text("utf-8").replace("        m = eval(m)\n", streams), encoding="utf-8")
    put(root, "head")
    model = root / "models/toy.yaml"
    model.write_text(MODEL.replace("[-1, 1, Conv, [32, 3, 1]]", "[-2, 1, Conv, [32, 3, 1]]"), encoding="utf-8")
    _, site = recognise(Snapshot(root))
    with pytest.raises(PatcherError, match=r"row 5 \(Conv\) reads -2, which has a meaning of its own") as caught:
        choose_model(site, "toy", None)
    assert caught.value.code == 5


@pytest.mark.parametrize("where", ["models", "models/hub", "cfg/training", "configs"])
def test_models_are_found_where_forks_keep_them(where: str, tmp_path: Path) -> None:
    _, site = recognise(Snapshot(fork(tmp_path, where=where)))
    assert choose_model(site, "toy", None).model.path == f"{where}/toy.yaml"


def test_a_backbone_that_counts_as_five_rows_is_named_as_the_reason(tmp_path: Path) -> None:
    root = fork(tmp_path, number="i + 4 if i else 0")
    model = root / "models/toy.yaml"
    model.write_text(MODEL.replace("[5, 2]", "[9, 2]"), encoding="utf-8")
    with pytest.raises(PatcherError) as caught:
        put(root, "head")
    assert "several maps" in caught.value.help


@pytest.mark.parametrize(
    ("path", "scale", "load"),
    [
        ("v8/yolov8-se-head.yaml", "n", "yolov8n-se-head.yaml"),
        ("11/yolo11-seg-se-head.yaml", "x", "yolo11x-seg-se-head.yaml"),
        ("v8/yoloe-v8-se-head.yaml", "s", "yoloe-v8s-se-head.yaml"),
        ("v10/yolov10n-se-head.yaml", "n", "yolov10n-se-head.yaml"),
        ("v10/yolov10b-se-head.yaml", "b", "yolov10b-se-head.yaml"),
        ("yolov8n-se-head.yaml", "", "yolov8n-se-head.yaml"),
        ("rt-detr/rtdetr-l-se-head.yaml", "l", "rtdetr-l-se-head.yaml"),
        ("rt-detr/rtdetr-l-se-head-p5.yaml", "l", "rtdetr-l-se-head-p5.yaml"),
        ("rt-detr/rtdetr-resnet50-se-head.yaml", "l", "rtdetr-resnet50-se-head.yaml"),
        ("v8/yolov8-p6-se-after-C3x.yaml", "m", "yolov8m-p6-se-after-C3x.yaml"),
    ],
)
def test_load_names(path: str, scale: str, load: str) -> None:
    assert by_stem(path, scale) == load


def test_a_generated_model_is_the_base_of_the_next_patch(tmp_path: Path) -> None:
    root = fork(tmp_path)
    put(root, "after:1")
    options = ApplyOptions(["sae"], root, ["head:p2"], "toy-se-after-1", verify=False)
    document: Any = apply(options, Screen(quiet=True)).document
    assert document["patch"]["rows"] == [7]
