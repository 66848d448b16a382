from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import Capture, check_json
from environments import make_environment, write_tree
from place import WAYS, Place, another, finding, installed_other, statuses
from synthetic import apply


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_an_installed_package_beside_the_checkout(place: Place) -> None:
    root = place.patched()
    installed_other(place)
    document = place.doctor(5)
    assert statuses(document) == dict(zip(WAYS, ["ok", "other", "other", "other", "other"], strict=True))
    message = finding(document, "other-tree")["message"]
    assert "python in the home folder, yolo in the checkout's folder" in message
    assert f"ultralytics 8.1.0 in {place.environment.site_packages} is imported, not this checkout (8.2.0)" in message
    # This environment has no pip, and is made with another tool.
    assert document["error"]["help"] == f"cd {root} && uv pip install --python {place.environment.python} -e ."
    assert document["checkout"] == {"root": str(root), "dialect": "ultralytics", "version": "8.2.0"}
    assert document["python"]["installed"] == [
        {"folder": str(place.environment.site_packages), "version": "8.1.0", "editable": None}
    ]
    (patch,) = document["patches"]
    assert patch["load"] == "yolov8n-se-head.yaml"


def test_an_editable_installation(place: Place) -> None:
    root = place.patched()
    place.environment.install_editable(root)
    document = place.doctor(0)
    assert statuses(document) == dict.fromkeys(WAYS, "ok")
    assert {one["code"] for one in document["findings"]} == {"torch"}


def test_the_package_is_not_run(place: Place) -> None:
    place.environment.install_editable(place.patched())
    for module in ("ultralytics", "ultralytics/nn"):
        (place.checkout / module / "__init__.py").write_text("open('it-was-run', 'w')\n")
    assert statuses(place.doctor(0, true=False)) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
def test_folders_with_a_space_and_links(place: Place) -> None:
    place.checkout = place.folder / "my work" / "größe"
    root = place.patched()
    installed_other(place)
    assert f"cd '{root}' && " in place.doctor(5)["error"]["help"]
    shutil.rmtree(place.environment.site_packages / "ultralytics")
    (place.folder / "link").symlink_to(root)
    place.environment.install_editable(place.folder / "link")
    assert statuses(place.doctor(0, "--repo", place.folder / "link")) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
def test_nothing_installed(place: Place) -> None:
    place.patched()
    document = place.doctor(0)
    assert statuses(document) == {"python-checkout": "ok", "python-home": "none", "ddp-checkout": "none"}
    found = finding(document, "not-found")
    assert "pip install" in found["help"]
    assert "DDP worker" in found["message"]


@pytest.mark.slow
def test_a_clone_in_the_home_folder(place: Place) -> None:
    """A folder without `__init__.py` gives way to a package that a path file names, and is all that is found else."""
    place.checkout = place.home / "ultralytics"
    root = place.patched()
    document = place.doctor(0)
    assert statuses(document) == {"python-checkout": "ok", "python-home": "empty", "ddp-checkout": "none"}
    assert "editable_mode=compat" in finding(document, "shadowed")["help"]
    place.environment.install_editable(root)
    assert statuses(place.doctor(0)) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
def test_a_clone_in_the_home_folder_hides_another_installation_never(place: Place) -> None:
    place.checkout = place.home / "ultralytics"
    place.patched()
    installed_other(place)
    document = place.doctor(5)
    assert statuses(document)["python-home"] == "other"


@pytest.mark.slow
def test_a_path_variable(place: Place) -> None:
    root = place.patched()
    place.environment.install_editable(root)
    other = write_tree(place.folder / "other", "8.1.0")
    place.monkeypatch.setenv("PYTHONPATH", str(other))
    document = place.doctor(5)
    assert statuses(document) == {**dict.fromkeys(WAYS, "other"), "python-checkout": "ok"}
    assert f"Take {other} out of PYTHONPATH" in finding(document, "pythonpath")["help"]
    place.monkeypatch.setenv("PYTHONPATH", f"{root}:{other}")
    assert statuses(place.doctor(0)) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
def test_a_relative_path_variable(place: Place) -> None:
    place.patched()
    installed_other(place)
    place.monkeypatch.setenv("PYTHONPATH", ".")
    found = statuses(place.doctor(5))
    assert (found["yolo-checkout"], found["yolo-home"], found["ddp-checkout"]) == ("ok", "other", "ok")


def test_the_current_folder_kept_off_the_path(place: Place) -> None:
    place.patched()
    place.monkeypatch.setenv("PYTHONSAFEPATH", "1")
    document = place.doctor(5)
    assert statuses(document) == {"python-checkout": "none", "python-home": "none", "ddp-checkout": "none"}
    assert "PYTHONSAFEPATH keeps the current folder off the path" in document["error"]["message"]


@pytest.mark.slow
def test_a_module_of_the_standard_library_in_the_way(place: Place) -> None:
    place.environment.install_editable(place.patched())
    for folder in (place.home, place.checkout):
        for name in ("json", "re", "pathlib", "importlib"):
            (folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    assert statuses(place.doctor(0, true=False)) == dict.fromkeys(WAYS, "ok")


@pytest.mark.slow
@pytest.mark.parametrize("carries", [False, True])
def test_a_worker_that_takes_over_the_path_of_its_trainer(place: Place, carries: bool) -> None:
    place.patched(carries=carries)
    installed_other(place, carries=not carries)
    document = place.doctor(5, carries=carries)
    assert statuses(document)["ddp-checkout"] == ("ok" if carries else "other")


@pytest.mark.slow
def test_the_tree_that_is_imported_decides_how_workers_start(place: Place) -> None:
    place.patched(carries=False)
    installed_other(place, carries=True)
    place.monkeypatch.setenv("PYTHONSAFEPATH", "1")
    document = place.doctor(5, carries=True)
    (worker,) = [way for way in document["ways"] if way["way"] == "ddp-checkout"]
    assert "takes over" in worker["detail"]


@pytest.mark.slow
def test_an_installation_that_was_made_from_a_folder_that_is_gone(place: Place) -> None:
    place.patched()
    gone = place.folder / "gone"
    place.environment.install_editable(gone)
    message = finding(place.doctor(0), "not-found")["message"]
    assert f"it was installed from {gone}, which is not there any more" in message


@pytest.mark.slow
def test_the_installed_package_is_the_checkout(place: Place) -> None:
    write_tree(place.folder / "other", "8.1.0")
    place.environment.install(place.folder / "other")
    package = place.environment.site_packages / "ultralytics"
    apply(place.environment.site_packages, "se")
    for repo in (package, place.environment.site_packages):
        assert set(statuses(place.doctor(0, "--repo", repo)).values()) == {"ok"}
    document = check_json(
        place.capsys, "doctor", "--repo", package, "--python", make_environment(place.folder / "b").python
    )
    assert "belongs to another Python" in finding(document, "not-found")["help"]


@pytest.mark.slow
@pytest.mark.parametrize("shadow", ["ultralytics/__init__.py", "ultralytics.py"])
def test_a_package_or_a_script_of_that_name_in_the_home_folder(place: Place, shadow: str) -> None:
    place.environment.install_editable(place.patched())
    file = place.home / shadow
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    document = place.doctor(5)
    assert statuses(document) == {**dict.fromkeys(WAYS, "ok"), "python-home": "other"}
    found = finding(document, "shadowed")
    top = place.home / shadow.split("/")[0]
    assert found["help"].startswith(f"Rename {top}")
    assert "pip install" not in document["error"]["help"]


@pytest.mark.slow
def test_the_script_of_another_python_comes_first_on_path(place: Place) -> None:
    place.environment.install_editable(place.patched())
    other = another(place)
    place.monkeypatch.setenv("PATH", f"{other.folder / 'bin'}:/usr/bin:/bin")
    named = place.doctor(0, true=False)
    ways = [way for way in named["ways"] if way["way"].startswith("yolo")]
    assert [(way["status"], way["decides"]) for way in ways] == [("ok", True)] * 2 + [("other", False)] * 2
    assert ways[2]["python"] == str(other.python)
    found = finding(named, "other-tree")
    assert str(other.folder / "bin" / "yolo") in found["message"]
    there, instead = found["help"].splitlines()
    assert there == f"cd {place.checkout} && uv pip install --python {other.python} -e ."
    assert instead.startswith(f"Or put {place.environment.folder / 'bin'} first on PATH")
    assert "doctor --python" in finding(named, "other-python")["help"]


@pytest.mark.slow
def test_the_script_on_path_decides_when_no_python_was_named(place: Place) -> None:
    place.patched()
    other = another(place)
    place.monkeypatch.setenv("PATH", f"{other.folder / 'bin'}:/usr/bin:/bin")
    document = check_json(place.capsys, "doctor", "--repo", place.checkout, code=5)
    assert statuses(document)["yolo-home"] == "other"
    assert [one["fails"] for one in document["findings"]][:2] == [True, False]
    assert f"{other.python} runs it" in document["error"]["message"]
    assert document["error"]["help"] == f"cd {place.checkout} && uv pip install --python {other.python} -e ."
    shutil.rmtree(other.site_packages / "ultralytics")
    document = check_json(place.capsys, "doctor", "--repo", place.checkout)
    assert statuses(document)["yolo-home"] == "none"
    assert any(f"{other.python} runs it" in one["message"] for one in document["findings"])


@pytest.mark.slow
def test_a_script_of_a_python_that_is_gone(place: Place) -> None:
    place.environment.install_editable(place.patched())
    other = another(place)
    place.monkeypatch.setenv("PATH", f"{other.folder / 'bin'}:/usr/bin:/bin")
    (other.folder / "bin" / "python").unlink()
    document = place.doctor(0, true=False)
    assert [way["status"] for way in document["ways"]].count("unknown") == 2
    assert "which is not there" in finding(document, "not-asked")["message"]
