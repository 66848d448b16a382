from __future__ import annotations

import pytest
from channel_checks import chain, check_channels
from synthetic import BLOCK, FLOW, PARSE_MODEL, model_channels, model_yaml, parse_model_of, with_rows

from yolo_patcher.checkout.parse_model import recognise_parse_model
from yolo_patcher.checkout.text import decode_python
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.scales import scales
from yolo_patcher.signature import Signature


@pytest.mark.parametrize(
    ("scale", "width"),
    [
        ("n", [8, 8, 16, 16, 32, 32, 32, 32, 48, 16, 16, 48, 32]),
        ("s", [8, 16, 32, 32, 48, 48, 48, 48, 80, 32, 32, 80, 48]),
    ],
)
def test_block(scale: str, width: list[int]) -> None:
    assert model_channels(model_yaml(BLOCK), parse_model_of(), scale)[:-1] == width


def test_flow() -> None:
    text = PARSE_MODEL.replace("min(c2, max_channels) * width", "c2 * width")
    assert model_channels(model_yaml(FLOW), parse_model_of(text))[:-1] == [
        *(8, 16, 32, 32, 64, 64, 64, 64, 96, 32, 32, 96, 64)
    ]


@pytest.mark.parametrize(
    ("row", "width"),
    [
        ("[-1, 1, Conv, [24]]", 24),
        ("[-1, 1, Conv, [25]]", 32),
        ("[-1, 1, Conv, [4]]", 4),
        ("[-1, 1, Conv, [nc]]", 4),
        ("[0, 1, nn.Identity, []]", 16),
        ("[[-1, 0], 1, Concat, [1]]", 48),
        ("[[0, 0, 1], 1, Concat, [1]]", 64),
        ("[-1, 1, nn.BatchNorm2d, []]", 32),
        ("[-1, 1, Conv, []]", None),
        ("[-1, 1, Conv, [x]]", None),
        ("[-1, 1, Conv, [None]]", None),
        ("[[0, 1], 1, nn.Identity, []]", None),
        ("[-1, 1, Detect, [nc]]", 32),
        ("[[0, 1], 1, Detect, [nc]]", None),
    ],
)
def test_row(row: str, width: int | None) -> None:
    check_channels(row, width)


@pytest.mark.parametrize(
    ("test", "body", "width"),
    [
        ("m is Mine", ["c2 = ch[f] * args[0] ** 2"], None),
        ("m is Mine", ["c2 = ch[f] * args[0]"], 64),
        ("m is Mine", ["c2 = ch[f] // args[0]"], 16),
        ("m is Mine", ["c1, cm, c2 = ch[f], args[0], args[1]"], 8),
        ("m is Mine", ["c2 = args[1] if args[0] else args[1] * 4"], 8),
        ("m is Mine", ["c2 = args[1] if args[0] > 5 else args[1] * 4"], 32),
        ("m is Mine", ["c2 = args[1] if not args[0] else args[1] * 4"], 32),
        ("m is Mine", ["c2 = max(args[0], args[1], 3)"], 8),
        ("m is Mine", ["c2 = ch[f if f < 0 else f + 1]"], 32),
        ("m is Mine", ["c2 = sum([ch[-1 if x == -1 else x + 1] for x in [f]])"], 32),
        ("m is Mine", ["c2 = secret(args[0])"], None),
        ("m is Mine", ["c2 = args[0].bit_length()"], None),
        ("m is Mine", ["c2 = args[7]"], None),
        ("m is Mine", ["c2 = args[0] / 0"], None),
        ("m is Mine", ["c2 = 'text'"], None),
        ("m is Mine", ["c2 = True"], None),
        ("m is Mine", ["if m is Mine:", "    c2 = 7", "else:", "    c2 = 9"], 7),
        ("m is Mine", ["if m in {Theirs}:", "    c2 = 7", "else:", "    c2 = 9"], 9),
        ("m is Mine", ["if m is not Mine:", "    c2 = 7", "else:", "    c2 = 9"], 9),
        ("m is Mine", ["c2 = ch[f]", "if secret():", "    c2 = 7"], None),
        ("m is Mine", ["args = [8]"], 32),
        ("m is Mine and len(args) == 2", ["c2 = 7"], 7),
        ("m is Mine and len(args) == 3", ["c2 = 7"], 32),
        ("m is Mine or m is Theirs", ["c2 = 7"], 7),
        ("m in frozenset({Mine, Theirs})", ["c2 = 7"], 7),
        ("secret(m)", ["c2 = 7"], None),
    ],
)
def test_branch(test: str, body: list[str], width: int | None) -> None:
    check_channels("[-1, 1, Mine, [2, 8]]", width, chain(test, *body))


def test_what_is_unknown_stays_unknown_below() -> None:
    text = with_rows(
        ["[-1, 1, Conv, [x]]", "[-1, 1, nn.Identity, []]", "[-1, 1, Conv, [8]]", "[[1, 2], 1, Concat, [1]]"],
        ["[[3], 1, Detect, [nc]]"],
    )
    assert model_channels(model_yaml(text), parse_model_of())[:4] == [None, None, 8, None]


def test_modules_known_to_keep_their_channels() -> None:
    text = with_rows(["[-1, 1, Conv, [16]]"], ["[-1, 1, SE, [8]]", "[[0, 1], 1, SE, []]", "[[1], 1, Detect, [nc]]"])
    model = model_yaml(text)
    found = channels(model, parse_model_of(chain("m is SE", "c2 = args[0]")), scales(model)[""], {"SE": Signature()})
    assert (found[1], found[2]) == (16, None)
    assert model_channels(model, parse_model_of(chain("m is SE", "c2 = args[0]")))[1] == 8


@pytest.mark.parametrize(
    ("top", "found"),
    [
        ("nc: 4\n", {"": (1.0, 1.0)}),
        ("depth_multiple: 0.33\nwidth_multiple: 2\n", {"": (0.33, 2.0)}),
        ("scales:\n  n: [0.5, 0.25, 64]\n  x: [1, 2]\n", {"n": (0.5, 0.25), "x": (1.0, 2.0)}),
        ("scales: {}\nwidth_multiple: 0.5\n", {"": (1.0, 0.5)}),
    ],
)
def test_scales(top: str, found: dict[str, tuple[float, float]]) -> None:
    model = model_yaml(with_rows([], ["[-1, 1, Conv, [8]]"], top))
    assert {name: (scale.depth, scale.width) for name, scale in scales(model).items()} == found


@pytest.mark.parametrize(
    "top",
    [
        "scales: {n: 3}\n",
        "scales: {n: [a, b]}\n",
        "scales: {n: [1]}\n",
        "width_multiple: x\n",
        "depth_multiple: true\n",
    ],
)
def test_scales_that_are_none(top: str) -> None:
    with pytest.raises(PatcherError) as caught:
        scales(model_yaml(with_rows([], ["[-1, 1, Conv, [8]]"], top)))
    assert (caught.value.kind, caught.value.path) == ("model", "m.yaml")


SYNTHETIC_TORCH = """\
def parse_model(d, ch):
    width = 1.0
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        if m in frozenset({Conv, torch.nn.ConvTranspose2d}):
            c1, c2 = ch[f], args[0]
            c2 = make_divisible(c2 * width, 8)
        else:
            c2 = ch[f]
"""


def test_modules_of_torch_are_the_same_under_both_of_their_names() -> None:
    parse_model = recognise_parse_model(decode_python("tasks.py", SYNTHETIC_TORCH.encode()))
    model = model_yaml(
        "backbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, nn.ConvTranspose2d, [128, 2, 2]]\n"
        "  - [-1, 1, Conv, [32]]\n"
    )
    found = channels(model, parse_model, scales(model)[""])
    assert [found[row] for row in (0, 1)] == [64, 128]
