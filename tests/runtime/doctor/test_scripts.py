from __future__ import annotations

import os
from pathlib import Path

import pytest

from yolo_patcher.runtime.doctor.scripts import find_scripts, read_script

RELOCATABLE = '\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")'


def write_script(file: Path, *lines: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines))
    file.chmod(0o755)
    return file


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("python3", "python3.9", "pypy3", "ruby"):
        write_script(tmp_path / "a folder" / name, "#!/bin/sh")
    monkeypatch.setenv("PATH", f"{tmp_path / 'a folder'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path / "a folder"


@pytest.mark.parametrize(
    ("lines", "name", "options"),
    [
        (["#!/usr/bin/env python3.9"], "python3.9", []),
        (["#!/usr/bin/env -S python3.9 -sP"], "python3.9", ["-sP"]),
        (["#!{bin}/pypy3"], "pypy3", []),
        (["#! {bin}/python3 -sP "], "python3", ["-sP"]),
        (["#!/bin/sh", "'''exec' \"{bin}/python3\" \"$0\" \"$@\"", "' '''"], "python3", []),
        (["#!/bin/sh", "'''exec' '{bin}/python3' -sP \"$0\" \"$@\"", "' '''"], "python3", ["-sP"]),
        (["#!/bin/sh", RELOCATABLE + "\"/'python3' \"$0\" \"$@\"", "' '''"], "python3", []),
        (["#!/bin/sh", RELOCATABLE + "/python3\" \"$0\" \"$@\"", "' '''"], "python3", []),
    ],
)  # fmt: skip
def test_the_python_of_a_script(bin_folder: Path, lines: list[str], name: str, options: list[str]) -> None:
    link = bin_folder.parent / "link"
    link.symlink_to(bin_folder)
    folder = str(link if " " in str(bin_folder) and not lines[0].startswith("#!/bin/sh") else bin_folder)
    script = write_script(bin_folder / "yolo", *(line.replace("{bin}", folder) for line in lines))
    found = read_script(script, True)
    assert found.trouble == ""
    assert Path(found.command[0]).resolve() == bin_folder / name
    assert list(found.command[1:]) == options


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (["#!{bin}/ruby"], "no Python script"),
        (["#!/usr/bin/env bash", "exec pyenv exec yolo"], "no Python script"),
        (["#!/bin/sh", "exec yolo2"], "no Python script"),
        (["#!/bin/sh"], "no Python script"),
        (["import sys"], "no Python script"),
        ([], "no Python script"),
        (["#!"], "no Python script"),
        (["#!/usr/bin/env"], "no Python script"),
        (["#!/usr/bin/env 'python"], "no Python script"),
        (["#!/nowhere/bin/python3"], "names /nowhere/bin/python3, which is not there"),
        (["\x7fELF"], "no Python script"),
    ],
)
def test_a_script_that_is_not_known(bin_folder: Path, lines: list[str], part: str) -> None:
    script = write_script(bin_folder / "yolo", *(line.replace("{bin}", str(bin_folder)) for line in lines))
    found = read_script(script, False)
    assert found.command == ()
    assert part in found.trouble


def test_a_script_that_can_not_be_read(tmp_path: Path) -> None:
    assert "can't be read" in read_script(tmp_path / "none", False).trouble


def test_the_script_of_a_python_and_the_one_on_path(bin_folder: Path, tmp_path: Path) -> None:
    assert find_scripts("yolo", [str(bin_folder)]) == ()
    own = write_script(tmp_path / "own" / "yolo", "#!/usr/bin/env python3")
    (alone,) = find_scripts("yolo", [str(tmp_path / "empty"), str(own.parent)])
    assert (alone.path, alone.on_path) == (own, False)
    first = write_script(bin_folder / "yolo", "#!/usr/bin/env python3")
    assert [(one.path, one.on_path) for one in find_scripts("yolo", [str(own.parent)])] == [(own, False), (first, True)]
    (same,) = find_scripts("yolo", [str(first.parent), str(own.parent)])
    assert (same.path, same.on_path) == (first, True)


def test_a_linked_script_has_its_folder_where_it_lies(bin_folder: Path, tmp_path: Path) -> None:
    real = write_script(tmp_path / "pipx" / "bin" / "yolo", "#!/usr/bin/env python3")
    (bin_folder / "yolo").symlink_to(real)
    (found,) = find_scripts("yolo", [str(real.parent)])
    assert found.on_path
    (linked,) = find_scripts("yolo", [])
    assert (linked.path, linked.folder) == (bin_folder / "yolo", real.parent)
