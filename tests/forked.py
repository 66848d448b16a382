"""A checkout of the shapes that only forks and old versions have."""

from __future__ import annotations

from pathlib import Path

from synthetic import apply, contents, revert, tree

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.plan.plan import Plan
from yolo_patcher.revert.status import patch_statuses

LOOP = """\
{imports}
def parse_model(d, ch):
    gd, gw, ch_mul = d['depth_multiple'], d['width_multiple'], d.get('channel_multiple') or 8
    layers, save, c2 = [], [], ch[-1]
    for i, (f, n, m, args) in enumerate(d['backbone'] + d['head']):
        m = eval(m)
        if m in [Conv]:
            c1, c2 = ch[f], args[0]
            c2 = make_divisible(c2 * gw, ch_mul)
            args = [c1, c2, *args[1:]]
        elif isinstance(m, str):
            c2 = 0
        elif m is Concat:
            c2 = sum([ch[-1 if x == -1 else x + 1] for x in f])
        elif m is Detect:
            args.append([ch[x + 1] for x in f])
        else:
            c2 = ch[f]
        m_ = m(*args)
        m_.i, m_.f = {number}, f
        ch.append(c2)
    return layers, save
"""
COMMON = """\
import torch
import torch.nn as nn


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2)

    def forward(self, x):
        return self.conv(x)


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)


class Detect(nn.Module):
    pass
"""
MODEL = """\
depth_multiple: 1.0
width_multiple: 0.5
backbone:
  [[-1, 1, Conv, [32, 3, 2]],
   [-1, 1, Conv, [64, 3, 2]],
   [-1, 1, Conv, [64, 1, 1]],
  ]
head:
  [[-1, 1, nn.Upsample, [None, 2, 'nearest']],
   [[-1, 0], 1, Concat, [1]],
   [-1, 1, Conv, [32, 3, 1]],
   [[5, 2], 1, Detect, []],
  ]
"""


def fork(
    root: Path, *, imports: str = "from models.common import *\n\n", number: str = "i", where: str = "models"
) -> Path:
    for path, text in {
        "models/yolo.py": LOOP.format(imports=imports, number=number),
        "models/common.py": COMMON,
        "models/experimental.py": "from models.common import *\n\n\nclass Sum(nn.Module):\n    pass\n",
        f"{where}/toy.yaml": MODEL,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def rewritten(root: Path, path: str, old: str, new: str) -> Path:
    """Replace a part of a file that stands there once; give the checkout."""
    text = (root / path).read_text("utf-8")
    assert text.count(old) == 1, text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")
    return root


def check_applied_and_reverted(
    root: Path, recipe: str = "se", repo: Path | None = None
) -> tuple[Plan, dict[str, bytes]]:
    """Check that a recipe's class can be named, stands intact and goes again; give the plan and what stood there."""
    before = tree(root)
    plan = apply(repo or root, recipe)
    applied = contents(root)
    checkout = open_checkout(repo or root)
    (name,) = plan.patch.classes.values()
    assert name in checkout.site.parse_model.module_names
    assert name in checkout.site.names[0]
    statuses = patch_statuses(checkout.snapshot)
    assert {file.state for one in statuses for file in one.files} == {"intact"}
    assert revert(repo or root, plan.patch.id) == (plan.patch.id,)
    assert tree(root) == before
    return plan, applied
