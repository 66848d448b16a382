"""What a verification may touch: its own temporary folder, and no network for a font that is missing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import IMPORTS
from conftest import COMPLETE_PYTHON
from patching import check_passes, patch

from yolo_patcher.runtime.verify.run import PROBE, run_probe

Fresh = Callable[..., Path]

# Python imports it before everything else: it lists what is opened for writing, made, moved or linked.
RECORDER = """
import os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TARGET = {{"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1}}
def record(event, args):
    path = args[TARGET[event]] if event in TARGET else args[0] if event == "open" and args[2] & WRITE else None
    if isinstance(path, (str, bytes, os.PathLike)):
        os.write(log, os.fsencode(os.path.abspath(os.fsdecode(path))) + b"\\n")
sys.addaudithook(record)
"""


def written(root: Path, python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Verify the patched checkout, for a user with a home and a folder for temporary files; give what it wrote."""
    log, hook = tmp_path / "log", tmp_path / "hook"
    for folder in (hook, tmp_path / "temporary", tmp_path / "home" / ".config"):
        folder.mkdir(parents=True)
    (hook / "sitecustomize.py").write_text(RECORDER.format(log=str(log)))
    monkeypatch.setenv("PYTHONPATH", str(hook))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    module, case = patch(root)
    (answer,) = run_probe(root, module, [case], python=python, device="cpu", timeout=600.0)
    assert answer.failures == (), answer.output
    assert answer.status == "passed"
    return {Path(line) for line in log.read_text(encoding="utf-8").splitlines()}


def check_stays_inside(root: Path, python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State that nothing was written outside the folder of the verification, which is gone afterwards."""
    places = written(root, python, tmp_path, monkeypatch)
    own = str(tmp_path / "temporary" / "yolo-patcher-")
    assert any(str(place).startswith(own) and place.name == "answers.jsonl" for place in places)
    assert {place for place in places if not str(place).startswith((own, "/dev/"))} == set()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("name", ["yolov5-6.0.7", "ultralytics-8.0.0", "ultralytics-8.4.190"])
def test_nothing_is_written_outside(name: str, fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_stays_inside(fresh(name), sys.executable, tmp_path, monkeypatch)


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.complete
@pytest.mark.parametrize("name", ["yolov5-6.0.7", "ultralytics-8.4.190"])
def test_nothing_is_written_outside_with_complete_python(
    name: str, fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_stays_inside(fresh(name), COMPLETE_PYTHON, tmp_path, monkeypatch)


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.complete(*IMPORTS["yolov5-6.0.7"])
@pytest.mark.parametrize("layout", ["package", "original"])
def test_checkout_that_loads_a_font_when_imported(layout: str, fresh: Fresh) -> None:
    assert check_passes(fresh("yolov5-6.0.7", layout), COMPLETE_PYTHON) == ()


def quietly(python: str, home: Path, code: str, **environment: str) -> str:
    """Run `code` after `quieten(home)`; give what it prints, or the last line of its traceback."""
    start = f"import os, sys; sys.path.insert(0, {str(PROBE)!r}); import yp_quiet; yp_quiet.quieten({str(home)!r})\n"
    env = {"PATH": "/usr/bin:/bin", **environment}
    ended = subprocess.run([python, "-B", "-c", start + code], capture_output=True, text=True, env=env, timeout=600)
    return ended.stdout.strip() + (ended.stderr.strip().splitlines()[-1] if ended.returncode else "")


@pytest.mark.complete("PIL")
@pytest.mark.parametrize("font", ["'Arial.ttf'", "'/nowhere/Arial.Unicode.ttf', 12", "font='Arial.ttf', size=12"])
def test_font_that_is_missing(font: str, tmp_path: Path) -> None:
    code = f"from PIL import ImageFont\nassert ImageFont.truetype({font}).getmask('a').size > (0, 0)"
    assert quietly(COMPLETE_PYTHON, tmp_path, code) == ""


@pytest.mark.complete("PIL")
def test_other_fonts_are_as_before(tmp_path: Path) -> None:
    code = "from PIL import ImageFont\nImageFont.truetype('nothing.ttf')"
    assert "OSError: cannot open resource" in quietly(COMPLETE_PYTHON, tmp_path, code)


@pytest.mark.complete("PIL")
def test_pillow_is_not_imported_for_it(tmp_path: Path) -> None:
    assert quietly(COMPLETE_PYTHON, tmp_path, "print('PIL' in sys.modules)") == "False"


def test_pillow_without_fonts_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("")
    code = f"sys.path.insert(0, {str(tmp_path)!r})\nimport PIL.ImageFont"
    assert quietly(sys.executable, tmp_path, code) == "ModuleNotFoundError: No module named 'PIL.ImageFont'"


@pytest.mark.parametrize("variable", ["HOME", "YOLOV5_CONFIG_DIR", "YOLO_CONFIG_DIR"])
def test_font_that_the_user_has_is_borrowed(variable: str, tmp_path: Path) -> None:
    """From wherever YOLOv5 or ultralytics keep it, to where they will look for it."""
    inner = {"HOME": ".config/Ultralytics", "YOLOV5_CONFIG_DIR": "", "YOLO_CONFIG_DIR": "Ultralytics"}[variable]
    user, home = tmp_path / "user", tmp_path / "home"
    (user / inner).mkdir(parents=True)
    (user / inner / "Arial.ttf").write_text("a font")
    (user / inner / "settings.yaml").write_text("not for the probe")
    code = "print(os.listdir(os.environ['YOLOV5_CONFIG_DIR']))"
    environment = {"HOME": str(tmp_path), variable: str(user)}
    assert quietly(sys.executable, home, code, **environment) == "['Arial.ttf']"
    assert (home / ".config" / "Ultralytics" / "Arial.ttf").read_text() == "a font"
    assert sorted(place.name for place in user.rglob("*.*") if place.is_file()) == ["Arial.ttf", "settings.yaml"]


def test_temporary_files_are_the_probes_own(tmp_path: Path) -> None:
    code = "import tempfile\nprint(tempfile.gettempdir())"
    assert quietly(sys.executable, tmp_path, code, TMPDIR="/var/tmp") == str(tmp_path / "tmp")
