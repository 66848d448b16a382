"""Forks whose `parse_model` takes its modules from several files: what is known of them, and where classes go."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from forked import COMMON, check_applied_and_reverted, fork, rewritten
from refusing import check_refused
from synthetic import FORMS, LAYOUTS, apply, contents, plan, revert, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.revert.revert import plan_revert
from yolo_patcher.revert.unrecorded.adopt import adopt

HEAD = "import torch\nimport torch.nn as nn\n"
OWN = f"{HEAD}\n\nclass Own(nn.Module):\n    def forward(self, x):\n        return x\n"


def with_files(root: Path, imports: str, files: dict[str, str]) -> Path:
    """Write a fork whose file of `parse_model` has these imports, and these files beside or instead of its own."""
    fork(root, imports=f"{imports}\n\n")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


COMMON_LIST = f'{COMMON}\n\n__all__ = ["Conv", "Concat", "Detect"]\n'
PLAIN = "from models.common import Conv, Concat, Detect\n"
# The imports, further files, the file of the class, and what else becomes of the file of `parse_model`.
SHAPES: dict[str, tuple[str, dict[str, str], str, str]] = {
    "a file beside the usual one": (
        "from models.common import *\nfrom models.module import Own",
        {"models/module.py": OWN},
        "models/common.py",
        "",
    ),
    "two stars": (
        "from models.module import *\nfrom models.common import *",
        {"models/module.py": f"{OWN}\n\nclass Conv(nn.Module):\n    pass\n\n\nclass Detect(nn.Module):\n    pass\n"},
        "models/common.py",
        "",
    ),
    "the usual file for another name": (
        "from models.common import Ensemble\nfrom models.module import *",
        {"models/module.py": COMMON, "models/common.py": OWN.replace("Own", "Ensemble")},
        "models/common.py",
        "from models.common import Ensemble, SE\n",
    ),
    "an unusual file alone": ("from other.layers import *", {"other/layers.py": COMMON}, "other/layers.py", ""),
    "an unusual file's list": (
        "from other.layers import Conv, Concat, Detect",
        {"other/layers.py": COMMON},
        "other/layers.py",
        "from other.layers import Conv, Concat, Detect, SE\n",
    ),
    "most of several": (
        "from other.parts import Concat\nfrom other.layers import Conv, Detect",
        {"other/layers.py": COMMON, "other/parts.py": COMMON},
        "other/layers.py",
        "from other.layers import Conv, Detect, SE\n",
    ),
    "by name from a file that takes all of the usual one": (
        "from models.experimental import Conv, Concat, Detect",
        {},
        "models/common.py",
        "from models.experimental import Conv, Concat, Detect, SE\n",
    ),
    "a list of names in between": (
        "from models.experimental import *",
        {"models/experimental.py": 'from models.common import *\n\n__all__ = ["Conv", "Concat", "Detect"]\n'},
        "models/common.py",
        "from models.experimental import *\nfrom models.common import SE\n",
    ),
    "a list of names in between, relative": (
        "from .parts.all import *",
        {"models/parts/all.py": 'from ..common import *\n\n__all__ = ["Conv", "Concat", "Detect"]\n'},
        "models/common.py",
        "from .parts.all import *\nfrom .common import SE\n",
    ),
    "a list of names that is extended": (
        "from models.common import *",
        {"models/common.py": f'{COMMON_LIST}\n__all__ += ["torch"]\n'},
        "models/common.py",
        "from models.common import *\nfrom models.common import SE\n",
    ),
    "a list of names that is computed": (
        "from models.common import *",
        {"models/common.py": f'{COMMON}\n\n__all__ = [name for name in globals() if name in ("Conv", "Detect")]\n'},
        "models/common.py",
        "from models.common import *\nfrom models.common import SE\n",
    ),
    "a list of names": ("from models.common import *", {"models/common.py": COMMON_LIST}, "models/common.py", ""),
    "a package that takes all of the usual file": (
        "from models import *",
        {"models/__init__.py": "from .common import *\nfrom .module import Own\n", "models/module.py": OWN},
        "models/common.py",
        "",
    ),
    "an unusual package": (
        "from layers import *",
        {"layers/__init__.py": "from .basic import Concat, Conv, Detect\n", "layers/basic.py": COMMON},
        "layers/se.py",
        "",
    ),
    "a package that imports nothing of its own": (
        "from layers import Conv, Concat, Detect",
        {"layers/__init__.py": COMMON},
        "layers/se.py",
        "from layers import Conv, Concat, Detect\nfrom layers.se import SE\n",
    ),
    "its own file": (COMMON, {}, "models/se.py", "import torch.nn as nn\nfrom models.se import SE\n"),
    "its own file, with a relative import": (
        f"from .places import where\n{COMMON}",
        {"models/places.py": "where = 1\n"},
        "models/se.py",
        "import torch.nn as nn\nfrom .se import SE\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_goes_where_the_host_keeps_them_and_is_seen_by_parse_model(shape: str, tmp_path: Path) -> None:
    imports, files, home, line = SHAPES[shape]
    root = with_files(tmp_path, imports, files)
    before = contents(root)
    assert not set(vocabulary_of(open_checkout(root).site, {}).parse_model.module_names) - {"Conv", "Concat", "Detect"}
    _, after = check_applied_and_reverted(root)
    assert b"class SE(" in after[home]
    assert all(b"class SE(" not in content for path, content in after.items() if path != home)
    yolo, was = after["models/yolo.py"].decode(), before["models/yolo.py"].decode()
    assert line in yolo
    if not line:
        assert yolo.partition("def parse_model")[0] == was.partition("def parse_model")[0]


@pytest.mark.torch
def test_python_sees_the_class_where_parse_model_stands(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for number, (imports, files, _, _) in enumerate(SHAPES.values()):
        apply(with_files(tmp_path / str(number), imports, files), "se")
    code = f"""\
import sys
for number in range({len(SHAPES)}):
    sys.path[0] = f"{{number}}"
    import models.yolo
    assert models.yolo.__file__.split("/")[-3] == str(number)
    models.yolo.SE(16)
    for name in [name for name in sys.modules if name.split(".")[0] in ("models", "layers", "other")]:
        del sys.modules[name]
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_record_every_byte_comes_back(shape: str, tmp_path: Path) -> None:
    imports, files, _, _ = SHAPES[shape]
    before = tree(with_files(tmp_path, imports, files))
    patch = apply(tmp_path, "se").patch
    shutil.rmtree(tmp_path / ".yolo-patcher")
    adopted = adopt(open_checkout(tmp_path), ())
    assert (adopted.remains, list(adopted.proven)) == ((), [patch.id])
    snapshot = open_checkout(tmp_path).snapshot
    planned = plan_revert(snapshot, (), True, adopted=adopted)
    assert {change.path: change.after for change in planned.transition(snapshot).changes} == {
        path: before[path][1] if path in before else None
        for path, content in contents(tmp_path).items()
        if path not in before or content != before[path][1]
    }


def test_the_usual_file_is_that_of_any_folder_above(tmp_path: Path) -> None:
    imports = "from models.nets.parts import *\nfrom models.common import Concat"
    with_files(tmp_path, imports, {"models/nets/parts.py": COMMON, "train.py": "import models.nets.det\n"})
    (tmp_path / "models/yolo.py").rename(tmp_path / "models/nets/det.py")
    _, after = check_applied_and_reverted(tmp_path)
    assert b"class SE(" in after["models/common.py"]


def test_all_names_are_known_whatever_file_they_come_from(tmp_path: Path) -> None:
    root = with_files(tmp_path, "from models.common import *\nfrom models.module import Own", {"models/module.py": OWN})
    names, complete = open_checkout(root).site.names
    assert complete
    assert names >= {"Conv", "Concat", "Detect", "Own"}


@pytest.mark.parametrize("imports", ["from models.module import *", "from models.module import SE"])
def test_the_very_class_in_another_file_is_used_as_it_is(imports: str, tmp_path: Path) -> None:
    made = with_files(tmp_path / "made", "from models.common import *", {})
    _, after = check_applied_and_reverted(made)
    own = after["models/common.py"].decode().partition("class SE(")
    root = with_files(tmp_path / "fork", f"{PLAIN}{imports}", {"models/module.py": f"{HEAD}\n\n{own[1]}{own[2]}"})
    planned, after = check_applied_and_reverted(root)
    assert planned.patch.classes == {"se": "SE"}
    assert PLAIN.encode() in after["models/yolo.py"]
    assert b"class SE(" not in after["models/common.py"]


@pytest.mark.parametrize("where", ["models/groups.py", "models/yolo.py"])
def test_the_very_class_in_a_set_that_reads_channels_from_the_row_is_not_used(where: str, tmp_path: Path) -> None:
    made = with_files(tmp_path / "made", "from models.common import *", {})
    common = check_applied_and_reverted(made)[1]["models/common.py"].decode()
    imports, group = "from models.common import *", "GROUP = (SE, Conv)"
    files = {"models/common.py": common, "models/groups.py": f"from models.common import *\n\n{group}\n"}
    more = "from models.groups import GROUP" if where == "models/groups.py" else group
    root = rewritten(
        with_files(tmp_path / "fork", f"{imports}\n{more}", files), "models/yolo.py", "in [Conv]", "in GROUP"
    )
    planned, after = check_applied_and_reverted(root)
    assert planned.patch.classes == {"se": "SEAttention"}
    assert b"elif m is SEAttention:" in after["models/yolo.py"]


def test_another_class_of_that_name_in_another_file_is_left_alone(tmp_path: Path) -> None:
    files = {"models/module.py": OWN.replace("Own", "SE")}
    root = with_files(tmp_path, "from models.common import *\nfrom models.module import *", files)
    planned, _ = check_applied_and_reverted(root)
    assert planned.patch.classes == {"se": "SEAttention"}


def test_a_name_that_a_star_brings_is_not_replaced_by_one_that_a_class_needs(tmp_path: Path) -> None:
    without = COMMON.replace("import torch.nn as nn\n", "").replace("(nn.", "(torch.nn.")
    files = {"models/module.py": "class nn:\n    pass\n", "models/common.py": without}
    root = with_files(tmp_path, "from models.module import *\nfrom models.common import *", files)
    help = "Rename it in that file"
    check_refused(lambda: plan(root), "refused", "the name nn for torch.nn", path="models/yolo.py", line=2, help=help)


@pytest.mark.parametrize("shape", ["its own file", "most of several", "a package that imports nothing of its own"])
def test_a_second_class_goes_to_the_same_place(shape: str, tmp_path: Path) -> None:
    imports, files, home, _ = SHAPES[shape]
    root = with_files(tmp_path, imports, files)
    before = tree(root)
    first = apply(root, "se").patch.id
    second = apply(root, "sae").patch.id
    after = contents(root)
    assert b"class SaE(" in after[home.replace("/se.py", "/sae.py")]
    assert revert(root, first) == (first,)
    assert revert(root, second) == (second,)
    assert tree(root) == before


def test_a_file_that_does_not_parse_is_no_supplier(tmp_path: Path) -> None:
    files = {"models/module.py": "def broken(:\n"}
    root = with_files(tmp_path, "from models.module import *\nfrom models.common import *", files)
    check_applied_and_reverted(root)


@pytest.mark.parametrize("form", ["plain", "crlf", "no-final-newline"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_usual_shapes_read_no_more_files_than_they_need(layout: str, form: str, tmp_path: Path) -> None:
    write_checkout(tmp_path, layout, FORMS[form])
    checkout = open_checkout(tmp_path)
    package = checkout.site.folder
    read = {path for path, content in checkout.snapshot._contents.items() if content is not None}
    assert read <= {f"{package}/{name}".lstrip("/") for name in ("nn/tasks.py", "models/yolo.py", "__init__.py")}


def test_an_import_at_the_end_of_the_file_is_stood_behind(tmp_path: Path) -> None:
    root = with_files(tmp_path, "import torch.nn as nn", {"layers/__init__.py": COMMON})
    yolo = root / "models/yolo.py"
    yolo.write_text(yolo.read_text("utf-8") + "\n\nfrom layers import *", encoding="utf-8")
    _, after = check_applied_and_reverted(root)
    assert after["models/yolo.py"].endswith(b"\n\nfrom layers import *\nfrom layers.se import SE")


def test_an_import_in_a_try_is_stood_behind_with_its_indent(tmp_path: Path) -> None:
    files = {"layers/__init__.py": COMMON}
    root = with_files(tmp_path, "try:\n    from layers import *\nexcept ImportError:\n    pass", files)
    rewritten(root, "models/yolo.py", "\n    pass\n", "\n    raise\n")
    _, after = check_applied_and_reverted(root)
    assert b"    from layers import *\n    from layers.se import SE\nexcept" in after["models/yolo.py"]
