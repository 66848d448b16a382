from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Capture, check_json, check_run
from environments import write_tree
from place import WAYS, Place, finding, installed_other, statuses

from yolo_patcher.cli.main import run


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_as_text(place: Place) -> None:
    root = place.patched()
    installed_other(place)
    argv = ("doctor", "--repo", root, "--python", place.environment.python)
    out, err = check_run(place.capsys, *argv, code=5)
    lines = out.splitlines()
    assert lines[0].startswith(f"python    {place.environment.python} (3.")
    assert lines[1] == "torch     not installed"
    assert lines[2] == f"checkout  {root} (ultralytics 8.2.0)"
    assert lines[3].startswith("patch     se-head-")
    assert lines[3].endswith("load yolov8n-se-head.yaml")
    assert f"other tree  python in the home folder                          {place.environment.site_packages}" in out
    assert err.startswith("Error: python in the home folder, yolo")
    assert f"Help: cd {root} && " in err
    assert "Note: " in out
    assert "run by" in check_run(place.capsys, *argv, "-v", code=5)[0]


@pytest.mark.slow
def test_state_that_is_damaged(place: Place) -> None:
    place.environment.install_editable(place.patched())
    (place.checkout / ".yolo-patcher" / "state.json").write_text("{")
    document = place.doctor(0)
    assert "damaged" in finding(document, "state")["message"]
    assert document["patches"] == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "does not exist"),
        ("#!/bin/sh\necho hello\n", "no answer"),
        ("#!/bin/sh\necho 'no module of mine' >&2; exit 1\n", "no module of mine"),
        ("#!/nowhere/at/all\n", "can't be run"),
        ("", ""),
    ],
)
def test_what_is_no_python(place: Place, content: str | None, part: str) -> None:
    write_tree(place.checkout)
    file = place.folder / "not-python"
    if content is not None:
        file.write_text(content)
        file.chmod(0o755 if content else 0o644)
    document = check_json(place.capsys, "doctor", "--repo", place.checkout, "--python", file, code=2)
    assert document["error"]["kind"] == "usage"
    assert part in document["error"]["message"]
    assert "--python" in document["error"]["help"]


def test_what_is_no_checkout(place: Place) -> None:
    place.checkout.mkdir(parents=True)
    assert run(["doctor", "--repo", str(place.checkout)]) == 5
    assert run(["doctor", "--repo", str(place.checkout / "none")]) == 2


def test_a_wrapper_that_never_answers(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yolo_patcher.runtime.doctor.asking.PATIENCE", 0.5)
    write_tree(place.checkout)
    file = place.folder / "python"
    file.write_text("#!/bin/sh\nsleep 500\n")
    file.chmod(0o755)
    document = check_json(place.capsys, "doctor", "--repo", place.checkout, "--python", file, code=2)
    assert "no answer in 0.5 s" in document["error"]["message"]


@pytest.mark.slow
def test_a_python_that_prints_at_its_start(place: Place) -> None:
    place.environment.install_editable(place.patched())
    (place.environment.site_packages / "loud.pth").write_text(
        "import sys; print('hello'); print('{}', file=sys.stderr)\n"
    )
    assert statuses(place.doctor(0, true=False)) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
def test_no_home_folder(place: Place) -> None:
    place.environment.install_editable(place.patched())
    shutil.rmtree(place.home)
    assert set(statuses(place.doctor(0, true=False))) == {"python-checkout", "yolo-checkout", "ddp-checkout"}


@pytest.mark.slow
def test_a_finder_of_somebody_else_that_fails(place: Place) -> None:
    place.environment.install_editable(place.patched())
    (place.environment.site_packages / "bad.py").write_text(
        "class Finder:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ultralytics':\n            raise RuntimeError('out of order')\n"
    )
    (place.environment.site_packages / "bad.pth").write_text("import sys, bad; sys.meta_path.insert(0, bad.Finder())\n")
    document = place.doctor(5, true=False)
    assert "is not found (RuntimeError: out of order)" in document["error"]["message"]


@pytest.mark.slow
def test_the_original_layout_is_used_from_its_own_folder(place: Place) -> None:
    write_tree(place.checkout, layout="yolov5-list")
    (place.checkout / "utils").mkdir()
    (place.checkout / "utils" / "__init__.py").write_text("")
    (place.environment.site_packages / "utils").mkdir()
    (place.environment.site_packages / "utils" / "__init__.py").write_text("")
    document = place.doctor(0)
    assert [(way["way"], way["module"], way["status"], way["decides"]) for way in document["ways"]] == [
        ("python-checkout", "models", "ok", True),
        ("python-checkout", "utils", "ok", True),
        ("python-home", "models", "none", False),
        ("python-home", "utils", "other", False),
        ("ddp-checkout", "models", "ok", True),
        ("ddp-checkout", "utils", "ok", True),
    ]
    assert {one["code"] for one in document["findings"]} == {"torch"}
    text, _ = check_run(place.capsys, "doctor", "--repo", place.checkout, "--python", place.environment.python)
    assert "only from the checkout's folder, which is how this repository is used" in text


@pytest.mark.slow
def test_an_original_layout_without_an_init_gives_way_to_an_installed_package(place: Place) -> None:
    write_tree(place.checkout, layout="yolov5-star")
    (place.checkout / "models" / "__init__.py").unlink()
    assert statuses(place.doctor(0, true=False))["python-checkout"] == "ok"
    (place.environment.site_packages / "models").mkdir()
    (place.environment.site_packages / "models" / "__init__.py").write_text("")
    document = place.doctor(5)
    assert statuses(document)["python-checkout"] == "other"


@pytest.mark.slow
def test_the_package_layout(place: Place) -> None:
    write_tree(place.checkout, "7.0.14", layout="yolov5-package")
    place.environment.install(
        write_tree(place.folder / "other", "7.0.0", layout="yolov5-package"), "yolov5", "7.0.0", "yolov5"
    )
    document = place.doctor(5)
    assert statuses(document) == {
        "python-checkout": "ok",
        "python-home": "other",
        "yolov5-checkout": "other",
        "yolov5-home": "other",
        "ddp-checkout": "other",
    }
    # A script from elsewhere that is started in the checkout takes what is installed; the advice mends that.
    advice = document["error"]["help"].splitlines()[0]
    script = place.folder / "train.py"
    script.write_text("import yolov5; print(yolov5.__path__[0])")
    for before, root in ("true", place.environment.site_packages), (advice, place.checkout):
        command = f"{before} && {place.environment.python} {script}"
        seen = subprocess.run(command, shell=True, cwd=place.checkout, check=True, capture_output=True, text=True)
        assert seen.stdout.strip() == str(root / "yolov5")
