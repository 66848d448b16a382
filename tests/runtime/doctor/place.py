"""A home folder, an environment and a patched checkout, where the command is run and held against what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import Capture, check_json
from environments import Environment, make_environment, what_happens, write_tree
from synthetic import apply, tree

WAYS = ["python-checkout", "python-home", "yolo-checkout", "yolo-home", "ddp-checkout"]


class Place:
    """A home folder, an environment that is active, and a patched checkout."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        self.home = folder / "home"
        self.home.mkdir()
        self.environment = make_environment(folder / "venv")
        self.checkout = folder / "work" / "checkout"
        monkeypatch.setenv("HOME", str(self.home))
        monkeypatch.setenv("PATH", f"{self.environment.folder / 'bin'}:/usr/bin:/bin")
        for name in ("PYTHONPATH", "PYTHONSAFEPATH", "YOLO_CONFIG_DIR", "VIRTUAL_ENV"):
            monkeypatch.delenv(name, raising=False)

    def patched(self, **options: Any) -> Path:
        write_tree(self.checkout, **options)
        apply(self.checkout, "se")
        return self.checkout

    def doctor(self, code: int, *argv: str | Path, carries: bool = False, true: bool = True) -> dict[str, Any]:
        """Run the command, and compare what it says of each way with what happens."""
        before = tree(self.folder)
        repo = () if "--repo" in argv else ("--repo", self.checkout)
        python = () if "--python" in argv else ("--python", self.environment.python)
        document = check_json(self.capsys, "doctor", *repo, *python, *argv, code=code)
        assert tree(self.folder) == before
        failing = [one for one in document["findings"] if one["fails"]]
        assert bool(failing) == (code == 5)
        if code == 5:
            error = document["error"]
            assert (error["code"], error["kind"]) == (5, "checkout")
            assert error["message"].startswith(failing[0]["message"])
        for way in document["ways"] if true else ():
            found = what_happens(
                way["way"], self.environment.python, Path(way["cwd"]), way["module"], self.home, carries
            )
            expected = {"none": None, "empty": "None"}.get(way["status"], way["path"])
            if way["status"] == "empty" and way["way"].startswith("yolo"):
                expected = None
            assert found == expected, way
        return document


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {way["way"]: way["status"] for way in document["ways"]}


def finding(document: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [one for one in document["findings"] if one["code"] == code]
    return dict(found)


def installed_other(place: Place, version: str = "8.1.0", carries: bool = False) -> Path:
    other = write_tree(place.folder / "other", version, carries=carries)
    place.environment.install(other, version=version)
    return other


def another(place: Place, folder: str = "another") -> Environment:
    environment = make_environment(place.folder / folder)
    environment.install(write_tree(place.folder / f"{folder}-tree", "8.0.200"), version="8.0.200")
    return environment
