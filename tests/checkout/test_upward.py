"""The checkout in which a folder lies, looked for upward as git does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forked import fork
from synthetic import LAYOUTS, apply, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.cli.main import run
from yolo_patcher.errors import PatcherError

Capture = pytest.CaptureFixture[str]

COMMANDS = (
    ("apply", "se", "--no-verify", "--dry-run"), ("revert", "--dry-run"), ("status",), ("reapply", "--no-verify"),
    ("verify",), ("inspect",), ("check", "yolov8"), ("doctor",),
)  # fmt: skip


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_found(start: Path, root: Path, package: str | None = None) -> None:
    opened = open_checkout(start)
    assert (opened.root, opened.package) == (root.resolve(), package)


def check_none(start: Path) -> PatcherError:
    with pytest.raises(PatcherError) as caught:
        open_checkout(start)
    assert caught.value.code == 5
    assert "this is no checkout" in caught.value.message
    return caught.value


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_deep_in_a_patched_checkout(tmp_path: Path, layout: str) -> None:
    root = write_checkout(tmp_path / "repo", layout)
    apply(root)
    check_found(made(root / "runs/train/exp"), root)


@pytest.mark.parametrize("layout", ["yolov5", "yolov5-list"])
def test_a_folder_of_a_checkout_without_patches(tmp_path: Path, layout: str) -> None:
    root = write_checkout(tmp_path / "repo", layout)
    check_found(root / "models", root)
    check_found(made(root / "runs/train"), root)


def test_a_folder_of_a_repository_that_holds_a_package(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "repo")
    check_found(made(root / "docs/en"), root)
    check_found(root / "ultralytics/cfg/models", root, "ultralytics")


def test_a_folder_of_a_package_among_others(tmp_path: Path) -> None:
    site_packages = write_checkout(tmp_path / "site-packages")
    (site_packages / "pyproject.toml").unlink()
    check_found(site_packages / "ultralytics/cfg", site_packages, "ultralytics")
    check_none(made(site_packages / "numpy"))


def test_a_vendored_checkout_is_run_from_its_folder(tmp_path: Path) -> None:
    inner = fork(tmp_path / "yolov5")
    check_found(inner / "models", inner)
    check_none(made(tmp_path / "scripts"))
    (tmp_path / "pyproject.toml").touch()
    check_found(tmp_path / "scripts", inner)


def test_a_clone_beside_the_folder_is_not_meant(tmp_path: Path) -> None:
    made(tmp_path / ".git")
    made(fork(tmp_path / "yolov5") / ".git")
    check_none(made(tmp_path / "notes"))


def test_the_nearest_checkout_is_meant(tmp_path: Path) -> None:
    outer = write_checkout(tmp_path / "outer")
    inner = write_checkout(outer / "work/inner", "yolov5")
    check_found(made(inner / "data/more"), inner)
    check_found(outer / "work", inner)
    check_found(made(outer / "other"), outer)


def test_a_link_into_a_checkout_is_followed_and_one_out_of_it_leads_out(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "repo", "yolov5")
    (tmp_path / "link").symlink_to(root / "data")
    check_found(tmp_path / "link", root)
    (root / "datasets").symlink_to(made(tmp_path / "disk/datasets"))
    check_none(root / "datasets")


def test_a_folder_above_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = made(tmp_path / "home/notes/today")
    write_checkout(tmp_path / "home/one/two", "yolov5")
    listed: list[Path] = []

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: str | Path = ".") -> Any:
            listed.append(Path(path))
            return real(path)

        return call

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    check_none(start)
    assert {path.resolve() for path in listed} <= {start.resolve()}


def test_a_home_folder_is_not_looked_through_for_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkout(tmp_path / "one/two", "yolov5")
    assert "lies deeper" in check_none(tmp_path).help
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "lies deeper" not in check_none(tmp_path).help


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners here")
def test_what_another_user_left_above_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / ".yolo-patcher")
    start = made(tmp_path / "mine")
    check_found(start, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    check_none(start)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("how", ["--repo", "current folder"])
def test_every_command_outside_any_checkout_ends_with_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, command: tuple[str, ...], how: str
) -> None:
    monkeypatch.chdir(made(tmp_path / "empty"))
    code = run([*command, *(["--repo", str(tmp_path / "empty")] if how == "--repo" else []), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["error"]["kind"]) == (5, "checkout")
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one[0] not in ("verify", "doctor")], ids=lambda one: one[0]
)
def test_every_command_in_a_folder_of_a_checkout_says_what_it_says_at_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, command: tuple[str, ...]
) -> None:
    root = write_checkout(tmp_path / "repo")
    apply(root, "sae")
    said = []
    for folder in (root, made(root / "runs/deep")):
        monkeypatch.chdir(folder)
        code = run([*command, "--json"])
        said.append((code, json.loads(capsys.readouterr().out)))
    assert said[0] == said[1]
    assert said[0][0] in (0, 1)


@pytest.mark.slow
def test_a_thousand_nested_folders_are_no_reason_to_fail(tmp_path: Path, capsys: Capture) -> None:
    root = write_checkout(tmp_path)
    nested = [root / "ultralytics/cfg/models"]
    for _ in range(1200):
        nested.append(nested[-1] / "d")
        nested[-1].mkdir()
    (nested[-1] / "yolov8-deep.yaml").write_bytes((root / "ultralytics/cfg/models/v8/yolov8.yaml").read_bytes())
    try:
        for words in (["apply", "se", "--no-verify"], ["status"], ["inspect"], ["check", "yolov8-deep"], ["revert"]):
            assert run([*words, "--repo", str(root), "--json"]) == 0, (words, capsys.readouterr().out)
    finally:
        # What removes a temporary folder calls itself for each folder in another.
        (nested[-1] / "yolov8-deep.yaml").unlink()
        for folder in reversed(nested[1:]):
            folder.rmdir()
