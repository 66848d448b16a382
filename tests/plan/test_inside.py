"""Modules within blocks of real checkouts and of forks: which rows, which class, in which file, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Checkouts
from forked import COMMON, fork, rewritten
from refusing import check_refused
from synthetic import after, apply, commit_plan, contents, plan, revert, tree

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.state import holds
from yolo_patcher.plan.plan import Plan
from yolo_patcher.plan.planned import plan_request
from yolo_patcher.plan.request import Request

real = pytest.mark.checkout
UNIT = """

class Unit(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1 = Conv(c1, c2)
        self.cv2 = nn.Sequential(Conv(c2, c2))

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class Own(nn.Module):
    def __init__(self, c1, c2, n=1):
        super().__init__()
        self.m = nn.Sequential(*[Unit(c1, c2) for _ in range(n)])

    def forward(self, x):
        return self.m(x)
"""


def new_class(root: Path, planned: Plan, path: str) -> str:
    """Give what a plan adds to a file that held its text already, or all of the file."""
    before = contents(root).get(path, b"").decode()
    text = after(root, planned)[path].decode()
    assert text.startswith(before)
    return text.removeprefix(before)


def check_roundtrip(root: Path, *recipes: str) -> Plan:
    """Assert that every byte is as before once a patch is applied and reverted, and give its plan."""
    before = tree(root)
    planned = apply(root, *recipes)
    assert tree(root) != before
    revert(root, everything=True)
    assert tree(root) == before
    return planned


def apply_to(root: Path, model: str, recipe: str) -> Plan:
    """Plan for a model and commit."""
    checkout = open_checkout(root)
    planned = plan_request(checkout, holds(checkout.snapshot), Request.from_words([recipe], model=model), ())
    commit_plan(planned)
    return planned.plan


def own_fork(root: Path, imports: str, files: dict[str, str]) -> Path:
    """Write a fork with a block of its own in its model."""
    fork(root, imports=f"{imports}\n\n")
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    rewritten(root, "models/yolo.py", "if m in [Conv]:", "if m in [Conv, Own]:")
    return rewritten(root, "models/toy.yaml", "Conv, [64, 1, 1]", "Own, [64]")


@real
def test_the_variant_of_a_package_has_a_file_of_its_own_that_imports_what_it_names(pristine: Checkouts) -> None:
    root = pristine("ultralytics-8.4.190")
    planned = plan(root, "se@inside:C3k2", model="yolo11n")
    text = after(root, planned)["ultralytics/nn/modules/c3k2_se.py"].decode()
    assert text == (
        '"""C3k2 and Squeeze-and-Excitation."""\n'
        "\n"
        "from torch import nn\n"
        "from .block import Bottleneck, C3k2, PSABlock\n"
        "from .se import SE\n"
        "\n"
        "\n"
        f"# yolo-patcher {planned.patch.id} (recipe se 1)\n"
        "class C3k2_SE(C3k2):\n"
        '    """C3k2 with SE behind the last convolution in each PSABlock and Bottleneck."""\n'
        "\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        super().__init__(*args, **kwargs)\n"
        "        for unit in list(self.modules()):\n"
        "            if isinstance(unit, PSABlock):\n"
        "                width = unit.ffn[-1].conv.out_channels\n"
        "                unit.ffn.add_module(str(len(unit.ffn)), SE(width))\n"
        "            elif isinstance(unit, Bottleneck):\n"
        "                width = unit.cv2.conv.out_channels\n"
        "                unit.cv2.act = nn.Sequential(unit.cv2.act, SE(width))\n"
    )


@real
def test_the_variant_of_a_single_file_is_appended_behind_its_recipes_class(pristine: Checkouts) -> None:
    root = pristine("yolov5-7.0.14", layout="original")
    planned = plan(root, "se@inside:C3:end", model="yolov5s", settings=["reduction=8"])
    text = new_class(root, planned, "models/common.py")
    assert text.index("class SE(nn.Module)") < text.index("class C3_SE_end_reduction8(C3):")
    assert text.endswith(
        "        width = self.cv3.conv.out_channels\n"
        "        self.attention = SE(width, reduction=8)\n"
        "\n"
        "    def forward(self, *args, **kwargs):\n"
        "        return self.attention(super().forward(*args, **kwargs))\n"
    )


@real
def test_every_way_through_a_block_is_led_through_the_module_at_its_end(pristine: Checkouts) -> None:
    root = pristine("ultralytics-8.4.190")
    planned = plan(root, "se@inside:C2f:end", model="yolov8n")
    text = after(root, planned)["ultralytics/nn/modules/c2f_se_end.py"].decode()
    assert [line.strip() for line in text.split("\n") if "super().forward" in line] == [
        "return self.attention(super().forward(*args, **kwargs))",
        "return self.attention(super().forward_split(*args, **kwargs))",
    ]


@real
def test_recipes_in_one_block_stand_in_the_order_of_the_arguments(pristine: Checkouts) -> None:
    root = pristine("ultralytics-8.4.190")
    for first, second, line in (
        ("se", "gam", "unit.cv2.act = nn.Sequential(unit.cv2.act, SE(width), GAM(width))"),
        ("gam", "se", "unit.cv2.act = nn.Sequential(unit.cv2.act, GAM(width), SE(width))"),
    ):
        planned = plan(root, f"{first}@inside:C2f:p4", f"{second}@inside:C2f:p4", model="yolov8n")
        path = f"ultralytics/nn/modules/c2f_{first}_{second}.py"
        assert line in after(root, planned)[path].decode()
        assert [one.class_name for one in planned.patch.stand_ins] == [f"C2f_{first.upper()}_{second.upper()}"]


@real
def test_a_recipes_channel_rules_are_asked_for_the_channels_within_the_block(pristine: Checkouts) -> None:
    root = pristine("ultralytics-8.4.190")
    inner = plan(root, "se@inside:C2f[0]", model="yolov8n").warnings
    end = plan(root, "se@inside:C2f[0]:end", model="yolov8n").warnings
    assert [("at 16 channels" in text, "at 32 channels" in text) for text in (*inner, *end)] == [
        (True, False),
        (False, True),
    ]


@real
@pytest.mark.parametrize(
    ("model", "position", "rows"),
    [
        ("yolo11n", "inside:C3k2", (2, 4, 6, 8, 13, 16, 19, 22)),
        ("yolo11n", "inside:C3k2:p5", (8, 22)),
        ("yolo12n", "inside:A2C2f[-1]", (17,)),
        ("yolov9c", "inside:RepNCSPELAN4:p3", (4, 15)),
        ("yolov3", "inside:Bottleneck:p5", (10, 11)),
        ("yolo11n", "inside:C2PSA", (10,)),
        ("rtdetr-resnet50", "inside:ResNetLayer", (1, 2, 3, 4)),
    ],
)
def test_rows_whose_blocks_take_a_module_are_found(
    model: str, position: str, rows: tuple[int, ...], pristine: Checkouts
) -> None:
    planned = plan(pristine("ultralytics-8.4.190"), f"se@{position}", model=model)
    assert planned.patch.changed_rows == rows
    assert planned.patch.rows == ()


@real
def test_a_row_whose_block_holds_no_unit_is_left_out(pristine: Checkouts) -> None:
    planned = plan(pristine("ultralytics-8.4.190"), "se@inside:ResNetLayer", model="rtdetr-resnet50")
    told = (
        "inside:ResNetLayer leaves out what has none of its class's residual units with its arguments: 0 ResNetLayer."
    )
    assert told in planned.notes


@real
@pytest.mark.parametrize(
    ("position", "why", "help"),
    [
        ("inside:SPPF", "row 9 (SPPF) has no unit inside that adds its input", "inside:9:end puts it behind"),
        ("inside:Conv", "row 0 (Conv) has no unit inside", "inside:0:end"),
        ("inside:nn.Upsample", "row 11 (nn.Upsample) is no class of the checkout", ""),
        ("inside:Concat", "row 12 (Concat) has no unit inside", ""),
        ("inside:Concat:end", "row 12 (Concat) gives channels that can't be told from its class", ""),
        ("inside:Detect:end", "row 24 (Detect) is the final row", ""),
    ],
)
def test_a_block_that_takes_no_module_is_refused_with_the_reason(
    position: str, why: str, help: str, pristine: Checkouts
) -> None:
    root = pristine("yolov5-7.0.14")
    check_refused(lambda: plan(root, f"se@{position}", model="yolov5s"), "usage", why, help=help, root=root)


@real
def test_a_transformer_is_refused_by_the_layer_that_lets_nothing_stand_behind_it(pristine: Checkouts) -> None:
    root = pristine("yolov5-7.0.14")
    check_refused(
        lambda: plan(root, "se@inside:C3TR", model="yolov5s-transformer"),
        "usage",
        "TransformerLayer.fc2, which its addition takes, is nn.Linear",
        help=":end",
    )


@real
@pytest.mark.quick(name=("ultralytics-8.4.190",))
@pytest.mark.parametrize(
    ("name", "layout", "recipes"),
    [
        ("ultralytics-8.0.0", "package", ("se@inside:C2f",)),
        ("ultralytics-8.3.0", "package", ("se@inside:C2f:p5", "gam@inside:C2f[-1]:end")),
        ("ultralytics-8.4.190", "package", ("se@inside:C2f", "gam@head")),
        ("yolov5-4.0.14", "package", ("se@inside:C3",)),
        ("yolov5-7.0.14", "package", ("se@inside:C3[-1]",)),
        ("yolov5-7.0.14", "original", ("se@inside:C3:p4", "gam@inside:C3:p4")),
    ],
)
def test_a_revert_gives_every_byte_back(name: str, layout: str, recipes: tuple[str, ...], fresh: Checkouts) -> None:
    check_roundtrip(fresh(name, layout=layout), *recipes)


@real
def test_a_variant_of_a_variant_keeps_what_it_stands_on_when_that_is_reverted(fresh: Checkouts) -> None:
    root = fresh("ultralytics-8.4.190")
    before = tree(root)
    first = apply_to(root, "yolov8n", "se@inside:C2f")
    second = apply_to(root, first.patch.load, "gam@inside:C2f_SE")
    assert [one.base for one in (*first.patch.stand_ins, *second.patch.stand_ins)] == ["C2f", "C2f_SE"]
    assert revert(root, first.patch.id) == (first.patch.id,)
    assert "ultralytics/nn/modules/c2f_se.py" in contents(root)
    revert(root, second.patch.id)
    assert tree(root) == before


FORKS: dict[str, tuple[str, dict[str, str], str, tuple[str, ...]]] = {
    "in the usual file": (
        "from models.common import *",
        {"models/common.py": COMMON + UNIT},
        "models/common.py",
        (),
    ),
    "in a file beside it": (
        "from models.common import *\nfrom models.extra import Own",
        {
            "models/common.py": COMMON,
            "models/extra.py": f"from torch import nn\nfrom models.common import Conv\n{UNIT}",
        },
        "models/own_se.py",
        ("from models.common import SE", "from models.extra import Own, Unit"),
    ),
}


@pytest.mark.parametrize("name", FORKS)
def test_a_forks_own_block_is_known_by_its_structure(name: str, tmp_path: Path) -> None:
    imports, files, home, lines = FORKS[name]
    root = own_fork(tmp_path, imports, files)
    text = new_class(root, plan(root, "se@inside:Own"), home)
    assert "unit.cv2.add_module(str(len(unit.cv2)), SE(width))" in text
    assert set(lines) <= set(text.split("\n"))
    check_roundtrip(root, "se@inside:Own")


def test_a_block_in_the_file_of_parse_model_is_refused(tmp_path: Path) -> None:
    root = own_fork(
        tmp_path, f"from torch import nn\nfrom models.common import *\n{UNIT}", {"models/common.py": COMMON}
    )
    why = "is defined in the file of parse_model"
    check_refused(lambda: plan(root, "se@inside:Own"), "refused", why, path="models/yolo.py", root=root)
