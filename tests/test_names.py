"""The names of generated YAMLs against each version's own rules for file, scale and task."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from conftest import Checkouts

from yolo_patcher.catalogue import all_recipes
from yolo_patcher.channels import scales
from yolo_patcher.checkout import Snapshot
from yolo_patcher.dialects import recognise
from yolo_patcher.models import model_files, read_model
from yolo_patcher.plan import Insertion, output_path
from yolo_patcher.positions import parse_selector

pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("names_live.py")
POSITIONS = ("head", "head:p5", "backbone", "neck:p3,p4", "after:6", "after:C3x[-1]", "before:9", "after:nn.Upsample")


def check_names(root: Path, folder: Path) -> int:
    """Write each model under every name that a patch of it can get, and ask the checkout what it makes of the name."""
    dialect, site = recognise(Snapshot(root))
    recipes = all_recipes()
    asked: dict[str, tuple[str, str, str]] = {}
    for number, path in enumerate(model_files(site)):
        content = site.snapshot.read(path) or b""
        if b"\nbackbone:" not in content:
            continue
        scale = next(iter(scales(read_model(site, path))))
        for turn, position in enumerate(POSITIONS):
            # Every recipe meets every position, on one model after the other.
            recipe = recipes[(number + turn) % len(recipes)]
            name = output_path(path, [Insertion(recipe, {}, (parse_selector(position),))], None)
            (root / name).write_bytes(content + b"\nmarked: " + PurePosixPath(name).name.encode() + b"\n")
            asked[dialect.load_name(site, name, scale)] = (name, scale, dialect.load_name(site, path, scale))
    wanted = sorted({*asked, *(base for _, _, base in asked.values())})
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), str(root)],
        input=json.dumps(wanted).encode(),
        capture_output=True,
        cwd=folder,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    answers: dict[str, Any] = dict(zip(wanted, json.loads(ended.stdout), strict=True))
    for load, (name, scale, base) in asked.items():
        assert isinstance(answers[load], list), f"{load}: {answers[load]}"
        marked, its_scale, *tasks = answers[load]
        assert marked == PurePosixPath(name).name, f"{load} loads {marked}"
        assert [its_scale, *tasks] == answers[base][1:], load
        if scale and any(letter.isdigit() for letter in load):
            assert its_scale in (scale, ""), load
    return len(asked)


@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "ultralytics-8.0.100", "ultralytics-8.4.190"])
def test_names_survive_the_checkouts_own_rules(name: str, fresh: Checkouts, tmp_path: Path) -> None:
    (tmp_path / "cwd").mkdir()
    assert check_names(fresh(name), tmp_path / "cwd") >= 100
