"""Levels of models whose modules the checkout's own classes, signatures or joins speak for, and positions in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from made_up import CLASSES, MADE_UP, PARSE_MODEL, levels, told_of, vocabulary
from synthetic import BLOCK, model_yaml, with_rows, write_checkout

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.model.levels import levels_of, unknown_rows
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.places import locate
from yolo_patcher.recipe.selector import parse_selector
from yolo_patcher.signature import Signature

SPPF = "  - [-1, 1, SPPF, [128, 5]] # 6\n"
DOWN = "[-1, 1, Conv, [64, 3, 2]]\n  - [[-1, 6]"
P1 = "[-1, 1, Conv, [8, 3, 2]]"


def model_of(text: str) -> ModelYaml:
    return model_yaml(text, "toy.yaml")


def replaced(old: str, new: str) -> ModelYaml:
    """Give the small model with one text in it replaced."""
    assert BLOCK.count(old) == 1
    return model_of(BLOCK.replace(old, new))


def rows(position: str, model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    return [place.reads for place in locate(parse_selector(position), model, level).places]


def test_levels_of_a_checkout_are_read_from_its_files(tmp_path: Path) -> None:
    _, site = recognise(Snapshot(write_checkout(tmp_path)))
    model = model_of(BLOCK)
    found = levels_of(site, model, scales(model)["n"], {})
    assert [found.level[row] for row in range(14)] == [1, 2, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4, None]
    assert found.proven == {-1, *range(13)}


@pytest.mark.parametrize("layout", ["yolov5", "yolov5-package", "ultralytics-single", "ultralytics-tuple"])
def test_so_in_every_layout(tmp_path: Path, layout: str) -> None:
    _, site = recognise(Snapshot(write_checkout(tmp_path, layout)))
    model = model_of(BLOCK)
    assert levels_of(site, model, scales(model)["n"], {}).level == levels(model)


@pytest.mark.parametrize(("stride", "level"), [("2", 4), ("1", 3), ("s", None)])
def test_a_name_does_not_say_what_a_class_does(stride: str, level: int | None) -> None:
    """Some repositories have a C2f that halves its input, or one whose source says nothing."""
    text = CLASSES.replace(
        "class C2f(Block):\n    pass\n",
        f"""\
class C2f(nn.Module):
    def __init__(self, c1, c2, *rest):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, {stride}, 1)

    def forward(self, x):
        return self.conv(x)
""",
    )
    model = model_of(with_rows([P1, P1, P1], ["[-1, 1, C2f, [8]]", "[[3], 1, Detect, [nc]]"]))
    assert levels(model, vocabulary(text))[3] == level


@pytest.mark.parametrize("name", ["CBAM", "Stem", "SPP", "C1", "nn.Mine", "Attention"])
def test_a_class_that_is_not_there_has_no_level(name: str) -> None:
    model = model_of(with_rows([P1], [f"[-1, 1, {name}, [8]]", "[[1], 1, Detect, [nc]]"]))
    assert levels(model)[1] is None


def test_a_module_whose_level_the_joins_say() -> None:
    """It stands on the way from P3 to P4, which a Concat brings together with P4."""
    model = replaced(DOWN, DOWN.replace("Conv, [64, 3, 2]", "Down, [64]"))
    found = told_of(model)
    assert (found.level[10], found.level[12]) == (4, 4)
    assert {10, 12} <= found.proven
    assert rows("neck", model, found.level) == rows("neck", model_of(BLOCK), levels(model_of(BLOCK)))
    assert unknown_rows(model, found.level) == []


def test_what_joins_say_is_no_proof_where_their_own_class_is_not_read() -> None:
    text = CLASSES.replace("class Concat", "class Other")
    model = replaced(DOWN, DOWN.replace("Conv, [64, 3, 2]", "Down, [64]"))
    assert 10 not in told_of(model, vocabulary(text)).proven


def test_a_module_of_which_the_joins_say_nothing() -> None:
    """All ways go through it, so that nothing is known behind it."""
    model = replaced("[-1, 1, Conv, [32, 3, 2]] # 1-P2/4", "[-1, 1, Down, [32]] # 1-P2/4")
    found = levels(model)
    assert [found[index] for index in (0, 1, 2, 9)] == [1, None, None, None]
    assert unknown_rows(model, found) == [1]


def test_each_row_has_a_level_where_they_are_told_leniently() -> None:
    model = replaced("[-1, 1, Conv, [32, 3, 2]] # 1-P2/4", "[-1, 1, Down, [32]] # 1-P2/4")
    found = told_of(model, strict=False)
    assert [found.level[row] for row in range(4)] == [1, 1, 2, 2]
    assert found.unsure == {1, 13}


@pytest.mark.parametrize(("level", "found"), [(0, 3), (1, 4), (-1, 2)])
def test_a_signature_says_the_level_of_a_class_that_is_not_there(level: int, found: int) -> None:
    model = model_of(with_rows([P1, P1, P1], ["[-1, 1, Mine, [8]]", "[-1, 1, Conv, [8]]", "[[4], 1, Detect, [nc]]"]))
    told = told_of(model, vocabulary(signatures={"Mine": Signature(level=level)}))
    assert (told.level[3], told.level[4]) == (found, found)
    assert told.proven == {-1, 0, 1, 2}


def test_the_class_that_is_there_speaks_before_a_signature() -> None:
    known = vocabulary(signatures={"MP": Signature()})
    model = model_of(with_rows([P1], ["[-1, 1, MP, []]", "[[1], 1, Detect, [nc]]"]))
    told = told_of(model, known)
    assert told.level[1] == 2
    assert 1 in told.proven


@pytest.mark.parametrize(("sources", "level"), [("[1, 1]", 2), ("[0, 1]", None)])
def test_a_signature_of_several_inputs_joins_them(sources: str, level: int | None) -> None:
    known = vocabulary(signatures={"Fuse": Signature(inputs="many", channels="first")})
    model = model_of(with_rows([P1, P1], [f"[{sources}, 1, Fuse, []]", "[[2], 1, Detect, [nc]]"]))
    told = told_of(model, known)
    assert told.level[2] == level
    assert 2 in told.joins


def test_inputs_that_are_brought_to_the_level_of_one() -> None:
    rows = [P1, P1, P1, "[2, 1, CBLinear, [[8, 8]]]", "[[3, 1], 1, CBFuse, [[0]]]"]
    model = model_of(with_rows(rows, ["[[0, 1, 2], 1, Zoom_cat, []]", "[[0, 1, 2], 1, HyperACE, []]", P1]))
    told = told_of(model)
    assert [told.level[row] for row in range(3, 7)] == [None, 2, 2, 2]
    assert told.joins == frozenset()
    assert 3 not in told.proven


def test_the_number_of_objects_counts() -> None:
    repeated = model_of(with_rows([P1], ["[-1, 2, Conv, [8, 3, 2]]", "[-1, 3, C3, [8]]", "[[2], 1, Detect, [nc]]"]))
    assert [levels(repeated)[row] for row in (1, 2)] == [3, 3]


def test_attention_behind_the_tail_belongs_to_it() -> None:
    for name in ("CBAM", "MyCBAM", "SE", "SELayer", "ShuffleAttention", "ECA"):
        behind = replaced(SPPF, SPPF.replace(" # 6", "") + f"  - [-1, 1, {name}, [128]]\n")
        assert rows("backbone", behind, levels(behind)) == [5], name
        before = replaced(SPPF, f"  - [-1, 1, {name}, [128]]\n" + SPPF)
        assert rows("backbone", before, levels(before)) == [6], name


def test_stages_behind_the_tail_are_stages() -> None:
    """YOLOv5 v4.0 has a C3 behind its SPP."""
    model = replaced(SPPF, SPPF + "  - [-1, 1, C2fAttn, [128]]\n")
    assert rows("backbone", model, levels(model)) == [7]


STEM = """

class Stem(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.first = Conv(c1, c2 // 2, 3, 2)
        self.ways = nn.ModuleList([Conv(c2 // 2, c2 // 2, 3, 2), nn.MaxPool2d(2, stride=2)])
        self.last = Conv(c2, c2)

    def forward(self, x):
        x = self.first(x)
        return self.last(torch.cat([way(x) for way in self.ways], dim=1))
"""


def test_a_stem_of_stride_four() -> None:
    """The Stem of YOLOv7's r50-csp.yaml, whose default model this is, goes down twice."""
    known = vocabulary(CLASSES + STEM, PARSE_MODEL.replace("(Conv,", "(Stem, Conv,", 1))
    backbone = ["[-1, 1, Stem, [16]]", "[-1, 3, C3, [16]]", P1, "[-1, 3, C3, [32]]", P1, "[-1, 3, C3, [64]]"]
    up = ["[-1, 1, nn.Upsample, [None, 2]]", "[[-1, 3], 1, Concat, [1]]", "[-1, 1, C3, [32]]"]
    model = model_of(with_rows(backbone, [*up, "[[8, 5], 1, Detect, [nc]]"]))
    level = levels(model, known)
    assert [level[row] for row in range(9)] == [2, 2, 3, 3, 4, 4, 3, 3, 3]
    assert rows("head:p3", model, level) == [8]
    assert MADE_UP.classes.effect("Stem", [3, 16], 1, [True], False) is None
