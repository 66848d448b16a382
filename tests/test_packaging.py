"""What users install: the wheel, the source distribution, an editable install, and the plain checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
RECIPES = sorted(path.stem for path in (ROOT / "recipes").glob("*.yaml"))
SOURCES = (
    "yolo_patcher",
    "templates",
    "recipes",
    "tests",
    "docs",
    "pyproject.toml",
    "LICENSE",
    "README.md",
    "constraints.txt",
)


def execute(*command: str | Path, cwd: Path) -> str:
    # Only what is installed may be found.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    ended = subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, timeout=600)
    assert ended.returncode == 0, ended.stdout.decode() + ended.stderr.decode()
    return ended.stdout.decode()


def check_lists(*command: str | Path, cwd: Path) -> None:
    document = json.loads(execute(*command, "list", "--json", cwd=cwd))
    assert sorted(one["name"] for one in document["recipes"]) == RECIPES
    table = execute(*command, "list", cwd=cwd)
    assert all(name in table for name in RECIPES)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both distributions of a copy of the sources, the wheel from the source distribution."""
    if not _has("build"):
        pytest.skip("the build front end is not installed")
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, source / name)
    isolation = ["--no-isolation"] if _has("hatchling") else []
    execute(sys.executable, "-m", "build", *isolation, "--outdir", source / "dist", cwd=source)
    return source / "dist"


def _has(module: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, timeout=600).returncode == 0


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def fresh_environment(folder: Path) -> Path:
    """Make an environment that has this one's dependencies, but not this project, and give its `bin`."""
    venv.create(folder, with_pip=True, symlinks=True)
    purelib = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # A path file adds the packages, and does not run the path files in there: no editable install of ours comes along.
    (purelib / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin"


def install(bin_folder: Path, *what: str | Path) -> None:
    pip: list[str | Path] = [
        bin_folder / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    execute(*pip, "--ignore-installed", *what, cwd=bin_folder)


def test_the_wheel(built: Path, tmp_path: Path) -> None:
    bin_folder = fresh_environment(tmp_path / "env")
    install(bin_folder, only(built, "*.whl"))
    check_lists(bin_folder / "yolo-patcher", cwd=tmp_path)
    check_lists(bin_folder / "python", "-m", "yolo_patcher", cwd=tmp_path)
    where = execute(bin_folder / "python", "-c", "import yolo_patcher; print(yolo_patcher.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path / "env"))


def test_the_wheel_holds_the_package_and_its_data_alone(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = wheel.namelist()
    assert {name.split("/", 1)[0].split("-", 1)[0] for name in names} == {"yolo_patcher"}
    recipes = {name.removeprefix("yolo_patcher/recipes/") for name in names if name.startswith("yolo_patcher/recipes/")}
    assert recipes == {*(f"{name}.yaml" for name in RECIPES), "measured.json", "index.json"}
    for path in (
        "templates/branch.py.j2",
        "templates/se.py",
        "cli/commands/apply.py",
        "runtime/verify/probe/yp_build.py",
    ):
        assert f"yolo_patcher/{path}" in names
    assert not any("__pycache__" in name or "/tests/" in name for name in names)
    assert any(name.endswith("LICENSE") for name in names)


def test_the_source_distribution(built: Path, tmp_path: Path) -> None:
    with tarfile.open(only(built, "*.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    source = only(tmp_path, "yolo_patcher-*")
    assert (source / "tests" / "test_packaging.py").exists()
    check_lists(sys.executable, "-m", "yolo_patcher", cwd=source)
    bin_folder = fresh_environment(tmp_path / "env")
    isolation = ["--no-build-isolation"] if _has("hatchling") else []
    install(bin_folder, *isolation, source)
    check_lists(bin_folder / "yolo-patcher", cwd=tmp_path)


def test_an_editable_install(built: Path, tmp_path: Path) -> None:
    source = built.parent
    bin_folder = fresh_environment(tmp_path / "env")
    isolation = ["--no-build-isolation"] if _has("hatchling") and _has("editables") else []
    install(bin_folder, *isolation, "--editable", source)
    check_lists(bin_folder / "yolo-patcher", cwd=tmp_path)


def test_the_plain_checkout() -> None:
    check_lists(sys.executable, "-m", "yolo_patcher", cwd=ROOT)
