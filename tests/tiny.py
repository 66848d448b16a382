"""A made-up checkout of a few lines, shaped like YOLOv5, in which a test breaks one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yolo_patcher.runtime.verify.results import Case, Row

COMMON = """
import os, signal, subprocess, sys, time

import torch
import torch.nn as nn


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))

    def forward_fuse(self, x):
        return torch.relu(self.conv(x))


class Concat(nn.Module):
    def __init__(self, d=1):
        super().__init__()
        self.d = d

    def forward(self, x):
        return torch.cat(x, self.d)


"""

YOLO = """
from copy import deepcopy

import torch
import torch.nn as nn
import yaml
from models.common import *


class Detect(nn.Module):
    def __init__(self, nc, ch):
        super().__init__()
        self.m = nn.ModuleList(nn.Conv2d(c, nc, 1) for c in ch)

    def forward(self, x):
        x = [m(y) for m, y in zip(self.m, x)]
        return x if self.training else (torch.cat([y.flatten(2) for y in x], 2), x)


class Model(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        with open(cfg) as f:
            self.yaml = yaml.safe_load(f)
        self.model, self.save = parse_model(deepcopy(self.yaml), [3])
        self.stride = torch.tensor([64 / y.shape[-2] for y in self.forward(torch.zeros(1, 3, 64, 64))])

    def forward(self, x):
        y = []
        for m in self.model:
            if m.f != -1:
                x = y[m.f] if isinstance(m.f, int) else [x if j == -1 else y[j] for j in m.f]
            x = m(x)
            y.append(x if m.i in self.save else None)
        return x

    def fuse(self):
        for m in self.modules():
            if isinstance(m, Conv):
                c, b = m.conv, m.bn
                scale = b.weight / torch.sqrt(b.running_var + b.eps)
                m.conv = nn.Conv2d(c.in_channels, c.out_channels, c.kernel_size, c.stride, c.padding)
                m.conv.weight.data = (c.weight * scale[:, None, None, None]).detach()
                m.conv.bias.data = (b.bias - b.running_mean * scale).detach()
                del m.bn
                m.forward = m.forward_fuse
        return self


def parse_model(d, ch):
    layers, save = [], []
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        m = eval(m)
        if m is Conv:
            c2 = args[0]
            args = [ch[f], *args]
        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        elif m is Detect:
            args = [d["nc"], [ch[x] for x in f]]
        elif m.__name__ == "Gate":
            c2 = ch[f]
            args = [c2, *args]
        else:
            c2 = ch[f]
        m_ = m(*args)
        m_.i, m_.f, m_.type = i, f, str(m)[8:-2]
        save.extend(x % i for x in ([f] if isinstance(f, int) else f) if x != -1)
        layers.append(m_)
        if i == 0:
            ch = []
        ch.append(c2)
    return nn.Sequential(*layers), sorted(save)
"""

GENERAL = """
import torch


def init_seeds(seed=0, deterministic=False):
    if deterministic:
        torch.use_deterministic_algorithms(True)
"""

BASE = """
nc: 2
backbone:
  - [-1, 1, Conv, [8, 3, 2]] # 0
  - [-1, 1, Conv, [8, 3, 2]] # 1
  - [-1, 1, Conv, [16, 3, 2]] # 2
head:
  - [-1, 1, nn.Upsample, [None, 2]] # 3
  - [[-1, 1], 1, Concat, [1]] # 4
  - [-1, 1, Conv, [8, 3]] # 5
  - [[5, 2], 1, Detect, []] # 6
""".replace("None", "null")

WIDE = BASE.replace("[8,", "[32,").replace("[16,", "[64,")
"""The same with channels that every module of the catalogue takes."""
PLACES = ("after:0", "after:1", "after:2", "after:5")
"""Positions that it has."""

PATCHED = BASE.replace("Conv, [16, 3, 2]] # 2", "Conv, [16, 3, 2]] # 2\n  - [-1, 1, Gate, []]").replace(
    "[[5, 2], 1, Detect", "[[6, 3], 1, Detect"
)

ROWS = (
    Row((-1,), "Conv", False),
    Row((0,), "Conv", False),
    Row((1,), "Conv", False),
    Row((2,), "Gate", True),
    Row((3,), "nn.Upsample", False),
    Row((4, 1), "Concat", False),
    Row((5,), "Conv", False),
    Row((6, 3), "Detect", False),
)

HEAD = BASE.replace("  - [[5, 2], 1, Detect, []] # 6", "  - [2, 1, Gate, []] # 6\n  - [[5, 6], 1, Detect, []] # 7")
HEAD_ROWS = (
    *ROWS[:3],
    Row((2,), "nn.Upsample", False),
    Row((3, 1), "Concat", False),
    Row((4,), "Conv", False),
    Row((2,), "Gate", True),
    Row((5, 6), "Detect", False),
)

INIT = "self.fc = nn.Conv2d(c, c, 1)"
FORWARD = "return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()"


def gate(forward: str = FORWARD, init: str = INIT) -> str:
    """Write the class of the new module; several statements are joined by newlines."""
    inits, forwards = (text.replace("\n", "\n        ") for text in (init, forward))
    return (
        "class Gate(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
        f"        {inits}\n\n    def forward(self, x):\n        {forwards}\n"
    )


def write(root: Path, new: str | None = None, *, patched: str = PATCHED, base: str = BASE, yolo: str = YOLO) -> Case:
    """Write the checkout, with `new` as the class of the new module, and give the case."""
    (root / "models").mkdir(parents=True)
    (root / "models" / "common.py").write_text(COMMON + (gate() if new is None else new))
    (root / "models" / "yolo.py").write_text(yolo)
    (root / "utils").mkdir()
    (root / "utils" / "general.py").write_text(GENERAL)
    (root / "models" / "base.yaml").write_text(base)
    (root / "models" / "base-gate.yaml").write_text(patched)
    return Case(str(root / "models" / "base.yaml"), str(root / "models" / "base-gate.yaml"), "Detect", ROWS)


def write_many(root: Path, codes: Sequence[str]) -> list[Case]:
    """Write the checkout with many classes `Gate`, as Gate0, Gate1 ..., at the head; give a case for each."""
    names = [f"Gate{number}" for number in range(len(codes))]
    classes = "\n\n".join(
        code.replace("class Gate(", f"class {name}(") for name, code in zip(names, codes, strict=True)
    )
    yolo = YOLO.replace('m.__name__ == "Gate"', 'm.__name__.startswith("Gate")')
    case = write(root, classes, patched=HEAD, yolo=yolo)
    cases = []
    for name in names:
        file = root / "models" / f"base-{name.lower()}.yaml"
        file.write_text(HEAD.replace("Gate", name))
        rows = tuple(replace(row, module=name) if row.new else row for row in HEAD_ROWS)
        cases.append(replace(case, patched=str(file), rows=rows))
    return cases
