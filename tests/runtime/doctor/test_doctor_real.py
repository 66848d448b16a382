"""Real packages, a real pip, a real torch and other versions of Python."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import Capture, check_json
from conftest import Checkouts
from environments import Environment, make_environment, write_tree
from synthetic import apply

from yolo_patcher.runtime.doctor.asking import ASK, NoAnswerError, Question, ask

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "ultralytics"
version = "8.2.0"

[project.scripts]
yolo = "ultralytics.cfg:entrypoint"

[tool.setuptools.packages.find]
include = ["ultralytics", "ultralytics.*"]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("PYTHONPATH", "PYTHONSAFEPATH", "YOLO_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    return folder


def examine(capsys: Capture, root: Path, environment: Environment, code: int) -> dict[str, Any]:
    return check_json(capsys, "doctor", "--repo", root, "--python", environment.python, code=code)


def statuses(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(way["way"], way["status"]) for way in document["ways"]}


@pytest.mark.checkout
@pytest.mark.parametrize(("name", "worker"), [("ultralytics-8.4.190", "ok"), ("ultralytics-8.2.0", "other")])
def test_a_real_checkout_beside_an_installed_one(
    capsys: Capture, home: Path, tmp_path: Path, pristine: Checkouts, fresh: Checkouts, name: str, worker: str
) -> None:
    installed = pristine("ultralytics-8.3.200")
    environment = make_environment(tmp_path / "venv")
    shutil.copytree(installed, environment.site_packages, dirs_exist_ok=True)
    environment.script("yolo", "ultralytics")
    root = fresh(name)
    apply(root, "sae")
    document = examine(capsys, root, environment, 5)
    assert statuses(document) == {
        ("python-checkout", "ok"),
        ("python-home", "other"),
        ("yolo-checkout", "other"),
        ("yolo-home", "other"),
        ("ddp-checkout", worker),
    }
    ours = name.removeprefix("ultralytics-")
    part = f"ultralytics 8.3.200 in {environment.site_packages} is imported, not this checkout ({ours})"
    assert part in document["error"]["message"]
    environment.install_editable(root)
    shutil.rmtree(environment.site_packages / "ultralytics")
    assert {status for _, status in statuses(examine(capsys, root, environment, 0))} == {"ok"}


def lend_setuptools(environment: Environment) -> None:
    """Let an environment build without fetching anything: with the setuptools of the one that runs the tests."""
    setuptools = pytest.importorskip("setuptools", "70.1", reason="setuptools that build wheels by themselves")
    for folder in environment.site_packages.glob("setuptools*"):
        shutil.rmtree(folder)
    (environment.site_packages / "lent.pth").write_text(f"{Path(str(setuptools.__file__)).parent.parent}\n")


@pytest.mark.slow
def test_a_real_editable_installation(capsys: Capture, home: Path, tmp_path: Path) -> None:
    """The remedies are tried as they are given, where the checkout stands in the home folder under its own name."""
    environment = make_environment(tmp_path / "venv", pip=True)
    lend_setuptools(environment)
    root = write_tree(home / "ultralytics")
    (root / "pyproject.toml").write_text(PROJECT)
    environment.install(write_tree(tmp_path / "other", "8.1.0"))
    offline = " --no-build-isolation --no-deps --no-index --quiet"
    document = examine(capsys, root, environment, 5)
    help = document["error"]["help"]
    assert help == f"cd {root} && {environment.python} -m pip install -e ."
    shutil.rmtree(environment.site_packages / "ultralytics")
    shutil.rmtree(environment.site_packages / "ultralytics-8.1.0.dist-info")
    subprocess.run(help + offline, shell=True, check=True, timeout=600, capture_output=True)
    document = examine(capsys, root, environment, 5)
    assert statuses(document) == {
        ("python-checkout", "ok"),
        ("python-home", "empty"),
        ("yolo-checkout", "ok"),
        ("yolo-home", "ok"),
        ("ddp-checkout", "ok"),
    }
    told, remedy = document["error"]["help"].splitlines()
    assert told.startswith(f"It hides the installed {root / 'ultralytics'}. Rename the folder")
    subprocess.run(remedy + offline, shell=True, check=True, timeout=600, capture_output=True)
    assert {status for _, status in statuses(examine(capsys, root, environment, 0))} == {"ok"}
    # A copy that pip's record does not name comes before the path file's entry.
    shutil.copytree(tmp_path / "other" / "ultralytics", environment.site_packages / "ultralytics")
    assert "pip uninstall ultralytics" in examine(capsys, root, environment, 5)["error"]["help"]


@pytest.mark.torch
def test_torch_is_asked(capsys: Capture, home: Path, tmp_path: Path) -> None:
    facts = "torch.__version__, torch.version.cuda, torch.cuda.is_available(), torch.cuda.device_count()"
    code = f"import json, torch; print(json.dumps([{facts}]))"
    expected = json.loads(subprocess.check_output([sys.executable, "-c", code]))
    document = check_json(capsys, "doctor", "--repo", write_tree(tmp_path / "a"), "--python", sys.executable)
    torch = document["torch"]
    assert [torch["version"], torch["cuda"], torch["available"], len(torch["devices"])] == expected
    assert torch["error"] == ""


@pytest.mark.quick(code=("cuda",))
@pytest.mark.parametrize(
    ("source", "error", "code", "part"),
    [
        ("raise ImportError('libc10.so: cannot open')", "ImportError: libc10.so: cannot open", "torch", "can't"),
        ("import os; os._exit(9)", "importing torch ended the process", "torch", "ended"),
        ("import nonexistent", "ModuleNotFoundError: No module named 'nonexistent'", "torch", "nonexistent"),
        ("FAIL = ''; warnings.warn('CUDA, for some reason')", "", "cuda", "finds none"),
        ("FAIL = 'CUDA: the driver is too old (found version 11040)'", "", "cuda", "too old"),
    ],
)  # fmt: skip
def test_a_torch_that_does_not_work(
    capsys: Capture, home: Path, tmp_path: Path, source: str, error: str, code: str, part: str
) -> None:
    environment = make_environment(tmp_path / "venv")
    text = (
        "import types, warnings\n__version__ = '2.0.0+cu118'\nversion = types.SimpleNamespace(cuda='11.8')\n"
        f"{source}\n"
        "def available():\n    if FAIL:\n        warnings.warn(FAIL)\n    return False\n"
        "cuda = types.SimpleNamespace(is_available=available)\n"
    )
    (environment.site_packages / "torch.py").write_text(text)
    document = examine(capsys, write_tree(tmp_path / "a"), environment, 0)
    assert document["torch"]["error"].startswith(error)
    assert bool(document["torch"]["error"]) == (code == "torch")
    (found,) = [one for one in document["findings"] if one["code"] == code]
    assert part in found["message"]


def test_the_question_runs_on_the_oldest_python() -> None:
    ast.parse(ASK.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.slow
def test_every_python_of_this_machine_answers(tmp_path: Path) -> None:
    write_tree(tmp_path)
    asked = 0
    for file in [
        Path(sys.executable),
        *Path("/usr/bin").glob("python3*"),
        *Path.home().glob(".pyenv/versions/3*/bin/python"),
    ]:
        try:
            facts = ask([str(file)], Question(("ultralytics", "nothing"), "ultralytics"), tmp_path)
        except NoAnswerError:
            assert "config" in file.name or "-" in file.name or "futurize" in file.name
            continue
        asked += 1
        assert facts["modules"]["ultralytics"]["file"] == str(tmp_path.resolve() / "ultralytics" / "__init__.py")
        assert facts["modules"]["ultralytics"]["version"] == "8.2.0"
        assert facts["modules"]["nothing"]["kind"] == "none"
    assert asked
