"""Where the imports of a checkout begin, whatever folder the user names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from forked import fork
from refusing import check_refused
from synthetic import write_checkout

from yolo_patcher import api
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site


def site_of(repo: Path) -> Site:
    opened = open_checkout(repo)
    return recognise(opened.snapshot, opened.package)[1]


def check_opened(repo: Path, root: Path, module: str) -> None:
    site = site_of(repo)
    assert (site.snapshot.root, site.module) == (root.resolve(), module)


def check_not_opened(repo: Path, message: str, help: str) -> None:
    check_refused(lambda: site_of(repo), "checkout", message, help=help)


def packaged(root: Path, package: str) -> Path:
    """Put a fork into a package, which its imports name in full."""
    folder = fork(root / package.replace(".", "/"), imports=f"from {package}.models.common import *\n\n")
    for path in [folder, *folder.relative_to(root).parents][:-1]:
        (root / path / "__init__.py").touch()
    return folder


def test_a_repository_in_a_folder_of_another_from_which_it_is_run(tmp_path: Path) -> None:
    inner = fork(tmp_path / "yolov5")
    check_opened(tmp_path, inner, "models.yolo")
    check_opened(inner, inner, "models.yolo")


@pytest.mark.parametrize("package", ["yolov5", "mine.yolov5", "mine.detectors.v5"])
def test_a_package_however_deep(package: str, tmp_path: Path) -> None:
    folder = packaged(tmp_path, package)
    check_opened(folder, tmp_path, f"{package}.models.yolo")


def test_a_package_whose_other_imports_say_how_deep(tmp_path: Path) -> None:
    folder = packaged(tmp_path, "mine.v5")
    path = folder / "models/yolo.py"
    text = path.read_text("utf-8").replace("from mine.v5.models.common", "from mine.v5.utils import *\nfrom .common")
    path.write_text(text, encoding="utf-8")
    check_opened(folder, tmp_path, "mine.v5.models.yolo")


def test_a_package_that_lies_deeper_than_the_folder_is_named(tmp_path: Path) -> None:
    folder = packaged(tmp_path, "mine.detectors.v5")
    check_not_opened(tmp_path, "this is no checkout of a YOLO repository", f"--repo {folder.resolve()}")


def test_both_of_two_repositories_are_named(tmp_path: Path) -> None:
    fork(tmp_path / "one")
    fork(tmp_path / "two")
    check_not_opened(tmp_path, "2 files define parse_model: one/models/yolo.py, two/models/yolo.py", "--repo")


def test_relative_imports_in_a_repository_of_its_own(tmp_path: Path) -> None:
    root = fork(tmp_path / "mine", imports="from .common import *\n\n")
    check_opened(root, root, "models.yolo")


@pytest.mark.parametrize("inside", ["", "ultralytics", "ultralytics/nn"])
def test_ultralytics_and_its_package(inside: str, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    check_opened(tmp_path / inside, tmp_path, "ultralytics.nn.tasks")


def test_a_package_in_a_folder_of_another_name(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    shutil.move(tmp_path / "ultralytics", tmp_path / "renamed")
    message = "nn/tasks.py imports ultralytics.nn.modules, but lies in a folder called renamed"
    check_not_opened(tmp_path / "renamed", message, "Call that folder ultralytics")


def test_what_stands_in_the_place_of_parse_models_file_is_named(tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    place = root / "ultralytics" / "nn" / "tasks.py"
    place.unlink()
    place.mkdir()
    error = check_refused(lambda: api.status(root), "refused")
    assert (error.path, error.message) == ("ultralytics/nn/tasks.py", "there is a folder in the place of this file")
