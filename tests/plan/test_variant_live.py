"""Variants of real checkouts' blocks, built by these checkouts in a real torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import COMPLETE_PYTHON, Checkouts

from yolo_patcher.checkout.site import Site, find_site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.plan.code.class_text import home_of_class, place_classes
from yolo_patcher.plan.code.edits import Edits, NewClass
from yolo_patcher.plan.variant import Inner, variant_of
from yolo_patcher.plan.variant_home import with_home
from yolo_patcher.recipe.catalogue import find_recipe
from yolo_patcher.recipe.class_code import read_class

pytestmark = pytest.mark.checkout
PYTHONS = [
    pytest.param(sys.executable, marks=pytest.mark.torch, id="new-torch"),
    pytest.param(COMPLETE_PYTHON, marks=[pytest.mark.complete, pytest.mark.slow], id="old-torch"),
]
SCRIPT = Path(__file__).parents[1] / "oracles" / "variants_live.py"
COMMON: Mapping[str, list[Any]] = {
    "Bottleneck": [64, 64],
    "C3": [64, 64, 2],
    "BottleneckCSP": [64, 64, 1],
}
OLDER = {**COMMON, "C2f": [64, 64, 2, True], "C3Ghost": [64, 64, 2], "C3x": [64, 64, 1], "GhostBottleneck": [64, 64]}
BLOCKS: Mapping[str, Mapping[str, list[Any]]] = {
    "ultralytics-8.4.190": {
        **OLDER,
        "C2": [64, 64, 2],
        "C2f": [64, 64, 2],
        "C3k2": [64, 64, 1, False],
        "C3k2 with C3k": [64, 64, 2, True],
        "C3k2 with attention": [64, 128, 1, False, 0.5, True],
        "C2PSA": [64, 64, 1],
        "C2fPSA": [64, 64, 1],
        "PSA": [64, 64],
        "A2C2f": [64, 64, 1, True, 1, True],
        "A2C2f with C3k": [64, 64, 1, False, -1],
        "C2fCIB": [64, 64, 1, True, False],
        "C2fAttn": [64, 64, 1, 32, 1, 16],
        "RepNCSPELAN4": [64, 64, 64, 32, 1],
        "HGBlock": [64, 16, 64, 3, 2],
        "ResNetLayer": [64, 32, 1, False, 2],
        "SPPF": [64, 64, 5, 3, True],
    },
    "ultralytics-8.3.0": {
        **OLDER,
        "C3k2": [64, 64, 1, True],
        "C2PSA": [128, 128, 1],
        "RepNCSPELAN4": [64, 64, 64, 32, 1],
        "C2fCIB": [64, 64, 1, True, False],
    },
    "ultralytics-8.0.0": OLDER,
    "yolov5-7.0.14": {**COMMON, "C3x": [64, 64, 1], "C3Ghost": [64, 64, 1], "CrossConv": [64, 64]},
    "yolov5-6.2.3": {**COMMON, "C3Ghost": [64, 64, 1]},
    "yolov5-4.0.14": {**COMMON, "CrossConv": [64, 64]},
}
ENDS: Mapping[str, Mapping[str, list[Any]]] = {
    "ultralytics-8.4.190": {
        "C2f": [64, 64, 2],
        "C2fAttn": [64, 64, 1, 32, 1, 16],
        "A2C2f": [64, 64, 1, True, 1, True],
        "SPPF": [64, 64, 5],
        "Conv": [64, 64, 3],
        "C3TR": [64, 64, 1],
        "GhostConv": [64, 64],
        "RepNCSPELAN4": [64, 64, 64, 32, 1],
    },
    "yolov5-4.0.14": {"C3": [64, 64, 1], "SPP": [64, 64], "Conv": [64, 64, 3]},
}


def with_variants(site: Site, wanted: Sequence[tuple[str, str, list[Inner]]]) -> None:
    """Write variants, each with the class that it gets and its base, and the recipes' class into a checkout."""
    recipe = find_recipe("se")
    new = [NewClass("SE", read_class(recipe), recipe.title, "yolo-patcher SE", "se")]
    files = {"SE": home_of_class(site, "se")}
    for name, base, inner in wanted:
        code, home = with_home(site, variant_of(site, base, inner), name.lower(), files)
        new.append(NewClass(name, code, name, f"yolo-patcher {name}", name.lower(), home))
    edits = Edits()
    place_classes(site, edits, new, [])
    for path, content in edits.contents().items():
        site.snapshot.root.joinpath(path).write_bytes(content)


def inner(within: int, behind: int) -> list[Inner]:
    signature = find_recipe("se").signature
    return [Inner("SE", signature, {"reduction": 4}, number >= within) for number in range(within + behind)]


def check_live(root: Path, cases: list[dict[str, Any]], python: str, folder: Path) -> None:
    """Assert that the variants of the cases are what they should be, in a Python's torch."""
    site = find_site(Snapshot(root), None)
    places = {(case["base"], case["within"], case["behind"]) for case in cases}
    with_variants(
        site, [(f"{base}_{within}_{behind}", base, inner(within, behind)) for base, within, behind in sorted(places)]
    )
    for case in cases:
        case["variant"] = f"{case['base']}_{case['within']}_{case['behind']}"
    command = [python, "-W", "ignore", str(SCRIPT), str(root), site.module]
    ended = subprocess.run(command, input=json.dumps(cases).encode(), capture_output=True, cwd=folder, timeout=600)
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    wrong = zip(cases, json.loads(ended.stdout), strict=True)
    assert {case["variant"] + str(case["args"]): faults for case, faults in wrong if faults} == {}


def case(name: str, args: list[Any], within: int, behind: int = 0, **more: Any) -> dict[str, Any]:
    base = name.partition(" ")[0]
    image = [2, args[0], 16, 16]
    inputs = [image, [2, 4, 16]] if base == "C2fAttn" else [image]
    # A norm of the block's own, which no host fuses.
    norms = 1 if base == "BottleneckCSP" else 0
    return {"base": base, "args": args, "within": within, "behind": behind, "inputs": inputs, "norms": norms, **more}


@pytest.mark.quick(name=("ultralytics-8.4.190", "yolov5-4.0.14"))
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_variant_is_its_block_with_modules_behind_each_last_convolution(
    name: str, python: str, fresh: Checkouts, tmp_path: Path
) -> None:
    check_live(fresh(name), [case(block, args, 1) for block, args in BLOCKS[name].items()], python, tmp_path)


@pytest.mark.torch
def test_variants_of_a_checkout_without_a_package(fresh: Checkouts, tmp_path: Path) -> None:
    cases = [case(block, args, 1) for block, args in COMMON.items()]
    check_live(fresh("yolov5-7.0.14", layout="original"), cases, sys.executable, tmp_path)


@pytest.mark.torch
@pytest.mark.parametrize("name", ENDS)
def test_modules_at_a_blocks_end_stand_in_every_way_through_it(name: str, fresh: Checkouts, tmp_path: Path) -> None:
    cases = [case(block, args, 0, 1) for block, args in ENDS[name].items()]
    check_live(fresh(name), cases, sys.executable, tmp_path)


@pytest.mark.torch
def test_modules_of_both_kinds_stand_in_one_block(fresh: Checkouts, tmp_path: Path) -> None:
    blocks = BLOCKS["ultralytics-8.4.190"]
    both = [case(block, blocks[block], 2, 2) for block in ("C2f", "C3k2 with attention", "C3Ghost")]
    check_live(fresh("ultralytics-8.4.190"), both, sys.executable, tmp_path)


@pytest.mark.torch
def test_a_variant_compiles_as_one_graph(fresh: Checkouts, tmp_path: Path) -> None:
    blocks = BLOCKS["ultralytics-8.4.190"]
    compiled = [case(block, blocks[block], 1, 1, compiled=True) for block in ("C2f", "C3k2 with attention")]
    check_live(fresh("ultralytics-8.4.190"), compiled, sys.executable, tmp_path)


@pytest.mark.complete
@pytest.mark.slow
def test_a_variant_is_exported_to_onnx(fresh: Checkouts, tmp_path: Path) -> None:
    blocks = BLOCKS["ultralytics-8.4.190"]
    exported = [case(block, blocks[block], 1, 1, exported={"opset_version": 12}) for block in ("C2f", "C3Ghost")]
    check_live(fresh("ultralytics-8.4.190"), exported, COMPLETE_PYTHON, tmp_path)
