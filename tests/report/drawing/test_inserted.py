from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import apply, contents, write_checkout

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.commit.state import STATE_PATH
from yolo_patcher.model.rows import ModelYaml, read_model_yaml
from yolo_patcher.report.inserted import inserted_rows


@pytest.fixture
def patched(tmp_path: Path) -> tuple[Path, str]:
    """Give a checkout with an SE before each input of the final row, and the new model's path."""
    write_checkout(tmp_path)
    return tmp_path, apply(tmp_path, "se").patch.model


def marked(root: Path, path: str, catalogue: tuple[str, ...] = ("SE",)) -> frozenset[int]:
    return inserted_rows(Snapshot(root), model(root, path), catalogue)


def model(root: Path, path: str) -> ModelYaml:
    return read_model_yaml(decode_yaml(path, contents(root)[path]))


def test_by_the_state(patched: tuple[Path, str]) -> None:
    root, path = patched
    assert marked(root, path, catalogue=()) == {13, 14}
    assert marked(root, "ultralytics/cfg/models/v8/yolov8.yaml") == frozenset()


def test_by_the_state_after_an_edit(patched: tuple[Path, str]) -> None:
    root, path = patched
    file = root / path
    file.write_bytes(file.read_bytes().replace(b"[12, 1, SE, []]", b"[12, 1, Conv, [128, 1, 1]]"))
    assert marked(root, path) == {13}


@pytest.mark.parametrize("state", [None, "{", '{"schema": 99, "patches": []}'])
def test_by_the_header(patched: tuple[Path, str], state: str | None) -> None:
    root, path = patched
    (root / STATE_PATH).unlink()
    if state is not None:
        (root / STATE_PATH).write_text(state, encoding="utf-8")
    assert marked(root, path) == {13, 14}
    assert marked(root, path, catalogue=("GAM",)) == frozenset()


def test_not_without_a_header(patched: tuple[Path, str]) -> None:
    root, path = patched
    (root / STATE_PATH).unlink()
    file = root / path
    file.write_bytes(file.read_bytes().split(b"\n", 1)[1])
    assert marked(root, path) == frozenset()
