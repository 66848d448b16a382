"""A stand-in never hides an error of the patch: in its lines, missing modules are missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from conftest import COMPLETE_PYTHON
from tiny import FORWARD, INIT, gate

from yolo_patcher.cli.main import run
from yolo_patcher.runtime.verify.our_lines import carried, inserted
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.run import run_probe

BEFORE = b"a\nb\nc\n"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, b"a\nb\n", ((1, 2),)),
        (BEFORE, BEFORE, ()),
        (BEFORE, b"a\nx\ny\nb\nc\n", ((2, 3),)),
        (BEFORE, b"x\na\nb\nc\nz\n", ((1, 1), (5, 5))),
        (b"a\nb\nc", b"a\nb\nc\nx\n", ((4, 4),)),
        (b"a\r\nb\rc", b"a\r\nb\rx\rc", ((3, 3),)),
        (b"a\x0cb\nc\n", b"a\x0cb\nx\nc\n", ((2, 2),)),
        (BEFORE, b"a\nb, x\nc\n", ()),
    ],
)
def test_inserted(before: bytes | None, after: bytes, lines: tuple[tuple[int, int], ...]) -> None:
    assert inserted(before, after) == lines


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (b"a\nx\ny\nb\n", ((2, 3),)),
        (b"new\na\nx\ny\nb\n", ((3, 4),)),
        (b"a\nx\nnew\ny\nb\n", ((2, 2), (4, 4))),
        (b"a\ny\nb\n", ((2, 2),)),
        (b"a\nb\n", ()),
    ],
)
def test_carried_to_where_they_stand_today(now: bytes, lines: tuple[tuple[int, int], ...]) -> None:
    assert carried(((2, 3),), b"a\nx\ny\nb\n", now) == lines


# What the class does, and what is said where cv2 and torchvision are not installed. The file begins with
# `import cv2, torchvision` and `from torchvision.ops import nms`, as its checkout's own code.
USES = {
    "import in a method": (gate("import cv2\n" + FORWARD), "No module named 'cv2'"),
    "import from in a method": (gate("from torchvision import ops\n" + FORWARD), "No module named 'torchvision'"),
    "import in the constructor": (gate(init="import cv2\n" + INIT), "No module named 'cv2'"),
    "import in the class body": (gate().replace("    def __init__", "    import cv2\n\n    def __init__"), "'cv2'"),
    "attribute of the file's own module": (gate("cv2.setNumThreads\n" + FORWARD), "cv2 is not installed"),
    "call of the file's own name": (
        gate("nms(x[0, :4, :, 0].t(), x[0, 0, :, 0], 0.5)\n" + FORWARD),
        "torchvision is not",
    ),
    "truth of the file's own name": (gate("assert nms or True\n" + FORWARD), "torchvision is not installed"),
    "base class": (gate().replace("(nn.Module)", "(nn.Module, cv2.Base)"), "cv2 is not installed"),
}
THERE = [name for name in USES if name != "base class"]
OWN = "import cv2, torchvision\nfrom torchvision.ops import nms\n"


def use(folder: Path, code: str, python: str) -> Verification:
    """Verify a class at the end of a file that has imports of its own."""
    case = tiny.write(folder, OWN + code)
    file = folder / "models" / "common.py"
    ours = inserted((tiny.COMMON + OWN).encode(), file.read_bytes())
    case = replace(case, checks=("import", "build", "wiring", "forward"))
    lines = {"models/common.py": ours}
    (answer,) = run_probe(folder, "models.yolo", [case], python=python, device="cpu", timeout=600.0, our_lines=lines)
    return answer


@pytest.mark.torch
@pytest.mark.parametrize("name", USES)
def test_fails_where_the_module_is_missing(name: str, tmp_path: Path) -> None:
    code, words = USES[name]
    answer = use(tmp_path, code, sys.executable)
    assert answer.status == "failed"
    assert words in answer.failures[0].detail
    assert "models/common.py:" in answer.failures[0].detail


@pytest.mark.torch
def test_the_checkouts_own_lines_keep_their_stand_ins(tmp_path: Path) -> None:
    answer = use(tmp_path, gate(), sys.executable)
    assert (answer.status, answer.stubbed) == ("passed", ("cv2", "torchvision"))


@pytest.mark.complete("cv2", "torchvision")
@pytest.mark.parametrize("name", THERE)
def test_passes_where_the_module_is_there(name: str, tmp_path: Path) -> None:
    answer = use(tmp_path, USES[name][0], COMPLETE_PYTHON)
    assert answer.failures == ()
    assert answer.stubbed == ()


@pytest.mark.complete("cv2", "torchvision")
def test_what_the_module_has_not_fails_in_the_complete_environment_too(tmp_path: Path) -> None:
    answer = use(tmp_path, gate("cv2.no_such_function(x)\n" + FORWARD), COMPLETE_PYTHON)
    assert "no_such_function" in answer.failures[0].detail


RECIPE = "name: bad\nversion: 1\ntitle: A gate\nclass: Bad\ntemplate: bad.py\nkind: gate\nformula: y = x\n"
BODY = "from torch import nn\n\n\n" + gate("import cv2\n" + FORWARD).replace("Gate", "Bad").replace(
    "(self, c)", "(self, c1)"
).replace("Conv2d(c, c, 1)", "Conv2d(c1, c1, 1)")


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov5-7.0.14", "ultralytics-8.0.0", "ultralytics-8.4.190"])
def test_apply_and_verify(
    name: str, fresh: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the class stands in a file of the checkout as where it has a file of its own; also when it is applied."""
    repo = str(fresh(name))
    (tmp_path / "bad.yaml").write_text(RECIPE + "parameters: C * C + C\n", encoding="utf-8")
    (tmp_path / "bad.py").write_text(BODY, encoding="utf-8")
    arguments = ["apply", "bad", "--repo", repo, "--recipe", str(tmp_path), "--device", "cpu", "--json"]
    assert run(arguments) == 7
    assert "No module named 'cv2'" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert run([*arguments, "--no-verify"]) == 0
    capsys.readouterr()
    assert run(["verify", "--repo", repo, "--device", "cpu", "--json"]) == 7
    (patch,) = json.loads(capsys.readouterr().out)["patches"]
    assert any("No module named 'cv2'" in check["detail"] for check in patch["verify"]["checks"])
