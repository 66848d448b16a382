"""Checkouts that people edited by hand: blocks with modules in them, attention with channels, fusions of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Checkouts
from synthetic import apply, write_checkout

from yolo_patcher.check.run import check_model
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.model.scales import scales
from yolo_patcher.model.vocabulary import vocabulary_of

TASKS, BLOCK = "ultralytics/nn/tasks.py", "ultralytics/nn/modules/block.py"
MODELS = "ultralytics/cfg/models"
# As people write them: a gate, a block that holds it, and fusions that weigh their inputs.
CLASSES = """

class Gate(nn.Module):
    def __init__(self, c1, c2=None, k=7):
        super().__init__()
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        return x * self.fc(self.pool(x)).sigmoid()


class C2f_Gate(C2f):
    def __init__(self, c1, c2, n=1, shortcut=False, g=1, e=0.5):
        super().__init__(c1, c2, n, shortcut, g, e)
        self.gate = Gate(c2)

    def forward(self, x):
        return self.gate(super().forward(x))


class SPPF_Gate(SPPF):
    def forward(self, x):
        return super().forward(x)


class BiFPN_Concat(nn.Module):
    def __init__(self, dimension=1, n=2):
        super().__init__()
        self.d, self.w = dimension, nn.Parameter(torch.ones(n))

    def forward(self, x):
        w = self.w / (self.w.sum() + 1e-4)
        return torch.cat([w[i] * one for i, one in enumerate(x)], self.d)


class Weighted_Add(nn.Module):
    def __init__(self, channels, n=2):
        super().__init__()
        self.w = nn.Parameter(torch.ones(n))

    def forward(self, x):
        return sum(self.w[i] * one for i, one in enumerate(x))
"""
BRANCHES = """\
        elif m is BiFPN_Concat:
            c2 = sum(ch[x] for x in f)
        elif m is Weighted_Add:
            c2 = ch[f[0]]
            args = [c2, len(f)]
        elif m is Gate:
            c1, c2 = ch[f], args[0]
            if c2 != nc:
                c2 = make_divisible(min(c2, max_channels) * width, 8)
            args = [c1, c2, *args[1:]]
"""


def edited(root: Path) -> Site:
    """Give a checkout with these classes, joined to the sets in which their parents stand, or with branches."""
    tasks, block = (root / path for path in (TASKS, BLOCK))
    text = tasks.read_text("utf-8")
    begin = text.index("def parse_model")
    chain = re.sub(r"(\n +)(C2f|SPPF),", r"\1\2,\1\2_Gate,", text[begin:])
    chain = chain.replace("        elif m is Concat:\n", f"{BRANCHES}        elif m is Concat:\n")
    imports = "from ultralytics.nn.modules.block import C2f_Gate, SPPF_Gate, Gate, BiFPN_Concat, Weighted_Add\n\n\n"
    tasks.write_text(text[:begin] + imports + chain, "utf-8")
    block.write_text(block.read_text("utf-8") + CLASSES, "utf-8")
    return recognise(Snapshot(root))[1]


def messages(site: Site, text: str) -> list[str]:
    """Give what is found at any scale."""
    source, vocabulary = decode_yaml("m.yaml", text.encode()), vocabulary_of(site, {})
    model = check_model(source, vocabulary).model
    return [one.message for scale in scales(model) for one in check_model(source, vocabulary, scale or None).findings]


@pytest.mark.checkout
def test_what_people_add_by_hand_is_read_right(fresh: Checkouts) -> None:
    root = fresh("ultralytics-8.3.0")
    site = edited(root)
    stock = {path: (root / MODELS / path).read_text("utf-8") for path in ("v8/yolov8.yaml", "v8/yolov8-p6.yaml")}
    small = stock["v8/yolov8.yaml"]
    for text in stock.values():
        assert messages(site, text) == []
        changes: Sequence[tuple[str, str]] = (
            ("C2f,", "C2f_Gate,"),
            ("SPPF,", "SPPF_Gate,"),
            ("Concat, [1]", "BiFPN_Concat, [1]"),
        )
        for old, new in changes:
            assert old in text
            assert messages(site, text.replace(old, new)) == []
        every = text
        for old, new in changes:
            every = every.replace(old, new)
        assert messages(site, every) == []
    # Attention with its channels first, and repeated.
    behind = "  - [-1, 1, SPPF, [1024, 5]] # 9\n"
    assert behind in small
    gated = small.replace("SPPF, [1024, 5]", "Gate, [1024, 5]")
    assert messages(site, gated) == []
    assert messages(site, gated.replace("-1, 1, Gate", "-1, 3, Gate")) == []
    # Three maps of equal channels.
    added = small.replace("[[-1, 6], 1, Concat, [1]]", "[[-1, 6, 8], 1, Weighted_Add, []]")
    assert any("joins different levels" in one for one in messages(site, added))
    assert messages(site, small.replace("[[-1, 12], 1, Concat, [1]]", "[[-1, 14], 1, Weighted_Add, []]"))


def test_lines_that_are_not_whole_are_found(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = tmp_path / apply(tmp_path, "se@replace:3").patch.model
    checkout = open_checkout(tmp_path)
    text = model.read_text("utf-8")
    assert messages(checkout.site, text) == []
    path = tmp_path / checkout.site.parse_model.path
    lines = path.read_text("utf-8").splitlines(keepends=True)
    ours = [number for number, line in enumerate(lines) if "is_SE" in line]
    assert len(ours) == 3
    for gone in ours:
        path.write_text("".join(line for number, line in enumerate(lines) if number != gone), "utf-8")
        (found,) = set(messages(open_checkout(tmp_path).site, text))
        assert found == f"row 3 names SE, of which {checkout.site.parse_model.path} makes another class"
