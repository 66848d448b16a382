"""Levels and positions of models that people have put modules of their own into."""

from __future__ import annotations

from pathlib import Path

from synthetic import BLOCK, write_checkout

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.model.graph import levels, unknown_rows
from yolo_patcher.model.known_levels import known_levels
from yolo_patcher.model.rows import ModelYaml, read_model_yaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.places import locate
from yolo_patcher.recipe.selector import parse_selector

SPPF = "  - [-1, 1, SPPF, [128, 5]] # 6\n"
LAST_OF_P3 = "  - [-1, 3, C2f, [64]] # 9 (P3/8-small)\n"


def model_of(text: str) -> ModelYaml:
    return read_model_yaml(decode_yaml("toy.yaml", text.encode()))


def known(root: Path, model: ModelYaml) -> dict[int, int | None]:
    _, site = recognise(Snapshot(write_checkout(root)))
    return known_levels(site, model, scales(model)["n"], frozenset())


def rows(position: str, model: ModelYaml, level: dict[int, int | None]) -> list[int]:
    return [place.reads for place in locate(parse_selector(position), model, level)]


def test_a_module_whose_level_the_joins_say(tmp_path: Path) -> None:
    """It stands on the way from P3 to P4, which a Concat brings together with P4."""
    text = BLOCK.replace(LAST_OF_P3 + "\n  - [-1, 1, Conv, [64, 3, 2]]\n", LAST_OF_P3 + "\n  - [-1, 1, Down, [64]]\n")
    assert text != BLOCK
    model = model_of(text)
    assert levels(model)[10] is None
    found = known(tmp_path, model)
    assert (found[10], found[12]) == (4, 4)
    assert rows("neck", model, found) == rows("neck", model_of(BLOCK), levels(model_of(BLOCK)))
    assert unknown_rows(model, found) == []


def test_a_module_of_which_the_joins_say_nothing(tmp_path: Path) -> None:
    """All ways go through it, so that nothing is known behind it."""
    model = model_of(BLOCK.replace("[-1, 1, Conv, [32, 3, 2]] # 1-P2/4", "[-1, 1, Down, [32]] # 1-P2/4"))
    found = known(tmp_path, model)
    assert [found[index] for index in (0, 1, 2, 9)] == [1, None, None, None]
    assert unknown_rows(model, found) == [1]


def test_known_modules_are_as_before(tmp_path: Path) -> None:
    model = model_of(BLOCK)
    assert known(tmp_path, model) == levels(model)


def test_attention_behind_the_tail_belongs_to_it() -> None:
    for name in ("CBAM", "MyCBAM", "SE", "SELayer", "ShuffleAttention", "ECA"):
        behind = model_of(BLOCK.replace(SPPF, SPPF.replace(" # 6", "") + f"  - [-1, 1, {name}, [128]]\n"))
        assert rows("backbone", behind, levels(behind)) == [5], name
        before = model_of(BLOCK.replace(SPPF, f"  - [-1, 1, {name}, [128]]\n" + SPPF))
        assert rows("backbone", before, levels(before)) == [6], name


def test_stages_behind_the_tail_are_stages() -> None:
    """YOLOv5 v4.0 has a C3 behind its SPP."""
    model = model_of(BLOCK.replace(SPPF, SPPF + "  - [-1, 1, C2fAttn, [128]]\n"))
    assert rows("backbone", model, levels(model)) == [7]
