"""Forks with groups, modules in a package, and `parse_model` in a file of its own name, as verify runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import tiny
from synthetic import contents, tree

from yolo_patcher.cli.commands.apply import ApplyOptions, apply
from yolo_patcher.cli.commands.revert import revert
from yolo_patcher.cli.screen import Screen
from yolo_patcher.runtime.verify.options import HowToVerify

pytestmark = pytest.mark.torch

GATE = """\
        elif m.__name__ == "Gate":
            c2 = ch[f]
            args = [c2, *args]
"""
BOTH = "from models.common import *\nfrom models.groups import BASE, EMPTY\n"
# The file of `parse_model`, its imports, the file of the modules, and scripts.
SHAPES = {
    "groups of another file": ("models/yolo.py", BOTH, "models/common.py", {}),
    "a package beside whose file classes stand": (
        "models/yolo.py",
        "from layers import Conv, Concat\nfrom models.groups import BASE, EMPTY\n",
        "layers/__init__.py",
        {},
    ),
    "a file that the scripts reach": (
        "models/SRnet.py",
        BOTH,
        "models/common.py",
        {"train.py": "from models.SRnet import Model\n"},
    ),
}


def write(root: Path, place: str, imports: str, modules: str, scripts: dict[str, str]) -> Path:
    """Write the small checkout with `parse_model`, the modules and a group of them in these files."""
    yolo = tiny.YOLO.replace(GATE, "").replace("from models.common import *\n", imports)
    yolo = yolo.replace("if m is Conv:", "if m in ((*EMPTY,) + BASE):")
    tiny.write(root, "", yolo=yolo)
    (root / "models/base-gate.yaml").unlink()
    for old, new in (("models/yolo.py", place), ("models/common.py", modules)):
        (root / new).parent.mkdir(exist_ok=True)
        (root / old).rename(root / new)
    package = modules.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    groups = f"from {package} import *\n\nBASE = (Conv,)\nEMPTY = frozenset()\n"
    for path, text in {"models/groups.py": groups, **scripts}.items():
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("shape", SHAPES)
def test_a_patch_of_a_fork_is_proven_applied_and_reverted(shape: str, tmp_path: Path) -> None:
    root = write(tmp_path, *SHAPES[shape])
    before = tree(root)
    options = ApplyOptions(["se"], root, ["head"], "base", how=HowToVerify(device="cpu"))
    document: Any = apply(options, Screen(quiet=True)).document
    statuses = {check["name"]: check["status"] for check in document["verify"]["checks"]}
    assert document["verify"]["status"] == "passed"
    assert {statuses[name] for name in ("import", "build", "wiring", "forward", "train")} == {"passed"}
    assert any(b"class SE(" in content for content in contents(root).values())
    revert(root, [], False, False, Screen(quiet=True))
    assert tree(root) == before
