"""What a name means in a file of a checkout."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from yolo_patcher.checkout.definitions import Definition, Definitions, Elsewhere
from yolo_patcher.checkout.snapshot import Snapshot

FILES = {
    "nn/__init__.py": "",
    "nn/tasks.py": "import torch\nimport torch.nn as nn\nfrom torch.nn import functional as F\n\n"
    "from .modules import Conv, Renamed\nfrom nn.extra import *\nfrom nn.extra import _hidden\n",
    "nn/modules/__init__.py": "from .conv import Conv\nfrom .conv import Conv as Renamed\n",
    "nn/modules/conv.py": (
        '"""Convolutions.\n\nclass Conv: in a text\n"""\n\n\nclass Conv(object):\n    """One.\n\n    Two.\n    """\n'
    ),
    "nn/extra.py": (
        "from nn.tasks import *\n\nSIZE = 3\n\n\n@decorated\ndef helper(k):\n    return k\n"
        "\n\ndef _hidden():\n    pass\n"
    ),
}


def find(root: Path, name: str, path: str = "nn/tasks.py", **files: str) -> Definition | Elsewhere | None:
    for place, text in {**FILES, **{key.replace("__", "/") + ".py": text for key, text in files.items()}}.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text, encoding="utf-8")
    file = Definitions(Snapshot(root)).file(path)
    assert file is not None
    return file.find(name)


def check_defined(found: Definition | Elsewhere | None, path: str, text: str) -> None:
    assert isinstance(found, Definition)
    assert (found.file.source.path, ast.unparse(found.node).splitlines()[-1].strip()) == (path, text)


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("Conv", "nn/modules/conv.py", '"""'),
        ("Renamed", "nn/modules/conv.py", '"""'),
        ("helper", "nn/extra.py", "return k"),
        ("SIZE", "nn/extra.py", "3"),
        ("_hidden", "nn/extra.py", "pass"),
    ],
)
def test_imports_are_followed(tmp_path: Path, name: str, path: str, text: str) -> None:
    check_defined(find(tmp_path, name), path, text)


@pytest.mark.parametrize(("name", "full"), [("torch", "torch"), ("nn", "torch.nn"), ("F", "torch.nn.functional")])
def test_names_of_libraries(tmp_path: Path, name: str, full: str) -> None:
    found = find(tmp_path, name)
    assert isinstance(found, Elsewhere)
    assert found.name == full


def test_what_is_not_there(tmp_path: Path) -> None:
    """`nn/extra.py` and `nn/tasks.py` import each other whole."""
    assert find(tmp_path, "Missing") is None
    assert Definitions(Snapshot(tmp_path)).file("nn/none.py") is None


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import fast\nexcept ImportError:\n    class Mine:\n        last = 1\n",
        "if True:\n    class Mine:\n        last = 1\n",
        "class Mine:\n    last = 0\n\n\nclass Mine:\n    last = 1\n",
        "old = '''\nclass Mine:\n    last = 0\n'''\n\n\nclass Mine:\n    last = 1\n",
        'class Mine:\n    """One.\nTwo.\n    """\n\n    last = 1\n',
        "class Mine:\n    text = '''\n# no comment\nx = 0\n'''\n    last = 1\n",
        "Mine = None\nclass Other:\n    pass\n\n@decorated(\n    3\n)\nclass Mine:\n    last = 1\n",
        "class Other:\n    pass\n# remark\nclass Mine:\n# another\n    last = 1\n# the end\n",
        "x = (\n1,\n)\nclass Mine:\n    last = 1\n",
    ],
)
def test_files_that_are_written_otherwise(tmp_path: Path, text: str) -> None:
    check_defined(find(tmp_path, "Mine", "nn/mine.py", nn__mine=text), "nn/mine.py", "last = 1")


@pytest.mark.parametrize(
    "text", ["class Mine(:\n    pass\n", "'''\nclass Mine:\n    pass\n'''\n", "for Mine in 1, 2:\n    pass\n"]
)
def test_what_no_file_defines(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, "Mine", "nn/mine.py", nn__mine=text) is None


def test_an_import_that_leads_in_a_circle(tmp_path: Path) -> None:
    files = {"nn__one": "from nn.two import Mine\n", "nn__two": "from nn.one import Mine\n"}
    assert find(tmp_path, "Mine", "nn/one.py", **files) is None
