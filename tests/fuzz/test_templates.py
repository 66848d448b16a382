"""Whatever the rules accept does nothing on import, as the interpreter says; and the interpreter is asked rightly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import COMPLETE_PYTHON
from fuzz_watched import Watched

ROOT = Path(__file__).resolve().parents[2]
INERT = """\
import typing
import torch
from torch import nn
from torch.nn import functional as F


class SE(nn.Module):
    x: typing.Optional[typing.Dict[str, "int"]] = {"a": (-1, nn.ReLU)}

    @staticmethod
    def f(x: torch.Tensor = F.relu) -> typing.Callable[[int], typing.Union[int, None]]:
        open("canary", "w")

    def forward(self, x):
        return exit()
"""

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    process = Watched(sys.executable)
    yield process
    process.close()


def test_an_inert_class_does_nothing(watched: Watched) -> None:
    assert watched.run(INERT) == ([], "")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("@staticmethod", "@print", "calls print"),
        ("@staticmethod", "def property(f): print(f)\n\n    @property", "calls property"),
        ("@staticmethod", "classmethod = exit\n\n    @classmethod", "SystemExit"),
        ("= F.relu", "= print()", "calls print"),
        ("= F.relu", "= torch.onnx.absent", "AttributeError"),
        ("= F.relu", "= torch.sys.modules['ctypes'].cdll['libc.so.6']", "ctypes.dlopen"),
        ("= F.relu", "= torch.absent", "calls __getattr__"),
        ("= F.relu", "= open('canary', 'w')", "open canary"),
        ("= F.relu", "= exec('1')", "exec"),
        ("= F.relu", "= torch.os.system('true')", "os.system"),
        ("= F.relu", "= torch.manual_seed(0)", "calls manual_seed"),
        ("= F.relu", "= 'a'.upper()", "calls upper"),
        ("= F.relu", "= (lambda: 1)()", "calls <lambda>"),
        ("= F.relu", "= [1 for _ in 'a']", "calls <listcomp>"),
        ("nn.Module)", "torch.jit.ScriptModule)", "calls __init__"),
        ("nn.Module)", "torch.serialization.Enum)", "calls __prepare__"),
        ("import typing\n", "import typing\nimport this\n", "import this"),
        ("import typing\n", "import typing\nfrom torch import absent\n", "ImportError"),
        ("import typing\n", "import typing\nimport torch.utils.model_dump.__main__\n", "import torch.utils.model_dump"),
        ("    @staticmethod", "    nn.Conv2d = 1\n    @staticmethod", "changes what was there before"),
        ("    @staticmethod", "    nn.ReLU.forward = 1\n    @staticmethod", "changes what was there before"),
        ("    @staticmethod", "    del torch.ones\n    @staticmethod", "changes what was there before"),
        ("    @staticmethod", "    while True: pass\n    @staticmethod", "takes more than"),
        (
            "    @staticmethod",
            "    while True:\n        try: F.relu(1)\n        except: pass\n    @staticmethod",
            "the process ended with -14",
        ),
        ("    @staticmethod", "    torch.os._exit(0)\n    @staticmethod", "the process ended with 0"),
    ],
)
def test_what_acts_is_seen(watched: Watched, before: str, after: str, said: str) -> None:
    assert INERT.count(before) == 1
    acts, raised = watched.run(INERT.replace(before, after))
    assert [one for one in (*acts, raised) if one and said in one], (acts, raised)


@pytest.mark.slow
@pytest.mark.parametrize(
    "python", [sys.executable, pytest.param(COMPLETE_PYTHON, marks=pytest.mark.complete)], ids=["ours", "complete"]
)
def test_three_hundred_accepted_templates_do_nothing(python: str) -> None:
    command = [sys.executable, "tests/fuzz/fuzz_templates.py", "--accepted", "300", "--seed", "0", "--python", python]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "300 of " in ended.stdout
