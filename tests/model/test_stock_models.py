"""Every selector on every model YAML that the pinned checkouts ship, against an independent oracle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import PINNED
from conftest import Checkouts
from selector_checks import check, forms, subject
from stock_oracle import said_strides, stock

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.model.vocabulary import Vocabulary, vocabulary_of

COUNTS = {
    "ultralytics-8.0.0": 16,
    "ultralytics-8.0.100": 14,
    "ultralytics-8.1.0": 23,
    "ultralytics-8.2.0": 31,
    "ultralytics-8.3.0": 45,
    "ultralytics-8.3.200": 55,
    "ultralytics-8.4.190": 66,
    "yolov5-4.0.14": 12,
    "yolov5-6.2.3": 28,
    "yolov5-7.0.14": 28,
}
"""How many model YAMLs each checkout has, counted in the wheels."""


def shipped(root: Path) -> dict[str, str]:
    """Give the texts of the model YAMLs of a checkout by their paths."""
    texts = {file.relative_to(root).as_posix(): file.read_bytes().decode() for file in sorted(root.rglob("*.yaml"))}
    return {path: text for path, text in texts.items() if re.search("^backbone:", text, re.MULTILINE)}


@dataclass(frozen=True)
class File:
    """A model YAML; `repeated` when one before it differs in arguments and comments only."""

    path: str
    text: str
    repeated: bool


@pytest.fixture(scope="module")
def files(pristine: Checkouts) -> dict[str, list[File]]:
    """Give, for each checkout, its models whose rows no checkout before it has letter for letter."""
    found: dict[str, list[File]] = {}
    seen: set[str] = set()
    for name in PINNED:
        found[name] = []
        for path, text in shipped(pristine(name)).items():
            rows = text[text.index("backbone:") :]
            if rows not in seen:
                model = stock(text)
                wiring = repr((model.reads, model.modules))
                found[name].append(File(path, text, wiring in seen))
                seen |= {rows, wiring}
    return found


def known(root: Path) -> Vocabulary:
    """Give what a checkout says of modules."""
    return vocabulary_of(recognise(Snapshot(root))[1], {})


@pytest.mark.checkout
def test_the_checkouts_ship_the_models_that_were_counted(files: dict[str, list[File]], pristine: Checkouts) -> None:
    assert {name: len(shipped(pristine(name))) for name in PINNED} == COUNTS
    every = [file for name in PINNED for file in files[name]]
    assert (len(every), sum(not file.repeated for file in every)) == (153, 75)


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", PINNED)
def test_every_selector_on_every_model(name: str, files: dict[str, list[File]], pristine: Checkouts) -> None:
    vocabulary = known(pristine(name))
    for file in files[name]:
        one = subject(file.text, file.path, vocabulary)
        # Where only arguments and comments are new, every place is located, and one in eight operated on.
        every = 8 if file.repeated else 1
        planned = [check(one, form, every) for form in forms(one.oracle)]
        assert True in planned, file.path
        assert False in planned, file.path
        assert one.surgeries >= len(one.done) // every, file.path


@pytest.mark.checkout
@pytest.mark.parametrize("name", PINNED)
def test_levels_are_what_the_authors_say(name: str, files: dict[str, list[File]], pristine: Checkouts) -> None:
    vocabulary = known(pristine(name))
    # Two comments are wrong: a ResNet's stem is said to halve once, and attention over three maps to give one.
    for file in files[name]:
        one = subject(file.text, file.path, vocabulary)
        for row, stride in said_strides(file.text).items():
            if one.oracle.modules[row] != "ImagePoolingAttn" and not ("resnet" in file.path and row == 0):
                assert one.level[row] == stride.bit_length() - 1, (file.path, row)
        told = {row: one.level[row] for row in range(one.oracle.final)}
        assert told == {row: one.oracle.level(row) for row in told}, file.path


# head, backbone, neck, and backbone:p1 and on, read off the files by hand.
GOLDEN: dict[tuple[str, str], tuple[list[int], int, list[int], list[int | None]]] = {
    ("ultralytics-8.4.190", "v8/yolov8.yaml"): ([15, 18, 21], 8, [12, 15, 18, 21], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v8/yolov8-p2.yaml"): ([18, 21, 24, 27], 8, [12, 15, 18, 21, 24, 27], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v8/yolov8-p6.yaml"): (
        [20, 23, 26, 29], 10, [14, 17, 20, 23, 26, 29], [0, 2, 4, 6, 8, 10],
    ),
    ("ultralytics-8.4.190", "v8/yolov8-world.yaml"): ([15, 19, 22], 8, [12, 15, 19, 22], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v8/yolov8-cls.yaml"): ([8], 8, [], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "11/yolo11.yaml"): ([16, 19, 22], 8, [13, 16, 19, 22], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "12/yolo12.yaml"): ([14, 17, 20], 8, [11, 14, 17, 20], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "26/yolo26-sem.yaml"): ([13, 16], 8, [13, 16], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v10/yolov10n.yaml"): ([16, 19, 22], 8, [13, 16, 19, 22], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v9/yolov9e.yaml"): ([35, 38, 41], 28, [32, 35, 38, 41], [16, 19, 22, 25, 28]),
    ("ultralytics-8.4.190", "v6/yolov6.yaml"): ([19, 23, 27], 8, [15, 19, 23, 27], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v5/yolov5.yaml"): ([17, 20, 23], 8, [14, 17, 20, 23], [0, 2, 4, 6, 8]),
    ("ultralytics-8.4.190", "v3/yolov3.yaml"): ([15, 22, 27], 10, [21, 27], [2, 4, 6, 8, 10]),
    ("ultralytics-8.4.190", "rt-detr/rtdetr-l.yaml"): ([21, 24, 27], 9, [17, 21, 24, 27], [None, 1, 3, 7, 9]),
    ("yolov5-7.0.14", "models/yolov5s.yaml"): ([17, 20, 23], 8, [14, 17, 20, 23], [0, 2, 4, 6, 8]),
    ("yolov5-7.0.14", "segment/yolov5s-seg.yaml"): ([17, 20, 23], 8, [14, 17, 20, 23], [0, 2, 4, 6, 8]),
    ("yolov5-4.0.14", "models/yolov5s.yaml"): ([17, 20, 23], 9, [14, 17, 20, 23], [0, 2, 4, 6, 9]),
    ("yolov5-7.0.14", "hub/yolov5-fpn.yaml"): ([10, 14, 18], 8, [14, 18], [0, 2, 4, 6, 8]),
}  # fmt: skip


@pytest.mark.checkout
@pytest.mark.parametrize(("name", "path"), GOLDEN)
def test_well_known_models(name: str, path: str, pristine: Checkouts) -> None:
    head, backbone, neck, by_level = GOLDEN[name, path]
    (text,) = [text for full, text in shipped(pristine(name)).items() if full.endswith(path)]
    one = subject(text, known=known(pristine(name)))
    wanted = {"head": head, "backbone": [backbone], "neck": neck}
    wanted |= {f"backbone:p{level}": [] if row is None else [row] for level, row in enumerate(by_level, 1)}
    for selector, rows in wanted.items():
        assert ([found.reads for found in one.located(selector)] if one.fits(selector) else []) == rows, selector
