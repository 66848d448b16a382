"""Files of unusual names that define `parse_model`, and which of several is meant."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from forked import COMMON, LOOP, MODEL, check_applied_and_reverted, fork, rewritten
from refusing import check_refused
from synthetic import apply, contents, revert, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.reach import reached
from yolo_patcher.commit.state import holds
from yolo_patcher.model.choose import choose_model
from yolo_patcher.revert.unrecorded.adopt import adopt
from yolo_patcher.revert.unrecorded.find import shows_unrecorded
from yolo_patcher.runtime.doctor.target import target_of
from yolo_patcher.runtime.staging import staged

IMPORTS = "from {package}common import *\n\n"


def renamed(root: Path, path: str, scripts: dict[str, str], models: str = "models") -> Path:
    """Write a fork whose `parse_model` stands in another file, its modules beside it."""
    folder = path.rpartition("/")[0]
    package = f"{folder.replace('/', '.')}." if folder else ""
    files = {
        path: LOOP.format(imports=IMPORTS.format(package=package), number="i"),
        f"{folder}/common.py".lstrip("/"): COMMON,
        f"{models}/toy.yaml": MODEL,
        **scripts,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


TRAIN = "import argparse, torch\nfrom models.SRyolo import Model\n"
# The file, what leads to it, where the models lie, and the module that it is imported as.
SHAPES: dict[str, tuple[str, dict[str, str], str, str]] = {
    "from train.py": ("models/SRyolo.py", {"train.py": TRAIN}, "models", "yolov5"),
    "through another file": (
        "models/SRyolo.py",
        {
            "detect.py": "from utils.tools import load\n",
            "utils/tools.py": f"def load():\n    {TRAIN.splitlines()[1]}\n",
        },
        "models",
        "yolov5",
    ),
    "as a name of its package": (
        "models/SRyolo.py",
        {"test.py": "from models import (\n    helper,\n    SRyolo,\n)\n", "models/__init__.py": ""},
        "models",
        "yolov5",
    ),
    "relative": (
        "lib/nets/det.py",
        {"train.py": "from lib import build\n", "lib/__init__.py": "from .nets.det import Model as build\n"},
        "lib/config",
        "yolov5",
    ),
    "in the root": ("SRyolo.py", {"train.py": "import os, SRyolo as net\n"}, "cfg", "yolov5"),
    "from a package": (
        "mine/core/det.py",
        {"setup.py": "", "mine/__init__.py": "from mine.core.det import *\n", "mine/core/__init__.py": ""},
        "mine/config",
        "yolov5-package",
    ),
    "nn in a package": (
        "mine/nn/rows.py",
        {"mine/__init__.py": "from .nn import rows\n", "mine/nn/__init__.py": ""},
        "mine/cfg",
        "ultralytics",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_that_the_scripts_reach_is_planned_staged_and_reverted(shape: str, tmp_path: Path) -> None:
    path, scripts, models, dialect = SHAPES[shape]
    root = renamed(tmp_path, path, scripts, models)
    checkout = open_checkout(root)
    assert (checkout.dialect.NAME, checkout.site.parse_model.path) == (dialect, path)
    assert checkout.site.module == path.removesuffix(".py").replace("/", ".")
    model = choose_model(checkout.site, "toy", None).model.path
    assert model == f"{models}/toy.yaml"
    with staged(checkout.site, {}) as copy:
        assert {path, model} <= contents(copy.root).keys()
    plan, after = check_applied_and_reverted(root)
    assert plan.patch.model in after
    assert plan.patch.load == (Path(plan.patch.model).name if dialect == "ultralytics" else plan.patch.model)
    assert target_of(checkout.site).location(target_of(checkout.site).module).exists()


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_record_the_patch_is_seen_and_proven(shape: str, tmp_path: Path) -> None:
    path, scripts, models, _ = SHAPES[shape]
    root = renamed(tmp_path, path, scripts, models)
    patch = apply(root, "se").patch
    checkout = open_checkout(root)
    assert not shows_unrecorded(checkout, holds(checkout.snapshot))
    shutil.rmtree(root / ".yolo-patcher")
    checkout = open_checkout(root)
    assert shows_unrecorded(checkout, holds(checkout.snapshot))
    assert list(adopt(checkout, ()).proven) == [patch.id]


@pytest.mark.parametrize("scripts", [{}, {"train.py": "import models.common\n"}, {"other.py": TRAIN}])
def test_a_file_that_no_script_reaches_is_none(scripts: dict[str, str], tmp_path: Path) -> None:
    root = renamed(tmp_path, "models/SRyolo.py", scripts)
    check_refused(lambda: open_checkout(root), "checkout", "this is no checkout of a YOLO repository")


def test_the_usual_place_comes_first(tmp_path: Path) -> None:
    root = renamed(fork(tmp_path), "models/SRyolo.py", {"train.py": TRAIN})
    assert open_checkout(root).site.parse_model.path == "models/yolo.py"


def test_a_repository_is_found_from_a_folder_in_it(tmp_path: Path) -> None:
    root = renamed(tmp_path / "mine", "models/SRyolo.py", {"train.py": TRAIN, "setup.py": ""})
    assert open_checkout(root / "models").root == root.resolve()
    (root / "setup.py").unlink()
    check_refused(lambda: open_checkout(root / "models"), "checkout", "this is no checkout of a YOLO repository")


@pytest.mark.parametrize("named", ["mine", "mine/core"])
def test_a_package_is_named_by_its_folder_or_one_in_it(named: str, tmp_path: Path) -> None:
    path, scripts, models, _ = SHAPES["from a package"]
    root = renamed(tmp_path, path, {**scripts, "mine/other/__init__.py": ""}, models)
    (root / "setup.py").unlink()
    site = open_checkout(root / named).site
    assert (site.snapshot.root, site.parse_model.path) == (root.resolve(), path)
    check_refused(lambda: open_checkout(root / "mine/other"), "checkout", "this is no checkout")


def test_of_two_that_are_reached_the_one_that_is_recognised(tmp_path: Path) -> None:
    tf = "from models.common import *\n\n\ndef parse_model(d, ch):\n    return d\n"
    root = renamed(tmp_path, "models/SRyolo.py", {"train.py": f"{TRAIN}import models.tf\n", "models/tf.py": tf})
    assert len(reached(root)) == 2
    site = open_checkout(root).site
    assert (site.parse_model.path, site.other_parse_models) == ("models/SRyolo.py", ("models/tf.py",))
    shutil.copy(root / "models/SRyolo.py", root / "models/tf.py")
    said = "2 files define parse_model: models/SRyolo.py, models/tf.py"
    check_refused(lambda: open_checkout(root).site, "checkout", said, help="rename the function in the others")


@pytest.mark.parametrize("named", ["", "ultralytics"])
def test_of_two_in_the_usual_places_of_a_package_the_one_that_is_used(named: str, tmp_path: Path) -> None:
    package = write_checkout(tmp_path) / "ultralytics"
    (package / "models").mkdir()
    shutil.copy(package / "nn/tasks.py", package / "models/yolo.py")
    said = "2 files define parse_model: ultralytics/nn/tasks.py, ultralytics/models/yolo.py"
    check_refused(lambda: open_checkout(tmp_path / named).site, "checkout", said, help="rename the function")
    (tmp_path / "train.py").write_text("from ultralytics.models.yolo import Model\n", encoding="utf-8")
    assert open_checkout(tmp_path / named).site.parse_model.path == "ultralytics/models/yolo.py"
    (tmp_path / "train.py").write_text("import ultralytics.nn.tasks\n", encoding="utf-8")
    assert open_checkout(tmp_path / named).site.parse_model.path == "ultralytics/nn/tasks.py"


@pytest.mark.parametrize("named", ["", "Multitask"])
@pytest.mark.parametrize("package", ["", "Multitask."])
def test_of_two_repositories_the_one_that_is_named_else_the_roots(named: str, package: str, tmp_path: Path) -> None:
    fork(tmp_path)
    fork(tmp_path / "Multitask", imports=f"from {package}models.common import *\n\n")
    before = tree(tmp_path)
    site = open_checkout(tmp_path / named).site
    assert site.snapshot.root / site.parse_model.path == (tmp_path / named / "models/yolo.py").resolve()
    plan = apply(tmp_path / named, "se")
    assert (site.snapshot.root / plan.patch.model).parent == (tmp_path / named / "models").resolve()
    changed = {path for path, (_, content) in tree(tmp_path).items() if before.get(path, (0, b""))[1] != content}
    assert {path.startswith("Multitask/") for path in changed} == {bool(named)}
    assert revert(tmp_path / named, plan.patch.id) == (plan.patch.id,)
    assert tree(tmp_path) == before


def test_no_more_files_are_read_than_a_repository_has(tmp_path: Path) -> None:
    chain = {f"part{number}.py": f"import part{number + 1}\n" for number in range(500)}
    root = renamed(tmp_path, "models/SRyolo.py", {"train.py": "import part0\n", **chain, "part500.py": TRAIN})
    assert reached(root) == []
    rewritten(root, "part300.py", "import part301\n", TRAIN)
    assert reached(root) == [("models/SRyolo.py", "")]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["from " + "." * 10**6, "from a import (\n" * 60000, "from " + "a." * 500000])
def test_a_long_file_is_looked_through_in_its_length(text: str, tmp_path: Path) -> None:
    root = renamed(tmp_path, "models/SRyolo.py", {"train.py": text})
    started = time.process_time()
    assert reached(root) == []
    # Of the square of its length this would be hours; a busy machine costs no processor time.
    assert time.process_time() - started < 20


def test_imports_that_lead_nowhere_are_passed_over(tmp_path: Path) -> None:
    script = (
        "from ..... import a\nfrom . import *\nimport é, a.b.c\nimport \nfrom 1 import b\nfrom models.SRyolo import M\n"
    )
    root = renamed(tmp_path, "models/SRyolo.py", {"train.py": script})
    assert reached(root) == [("models/SRyolo.py", "")]
