"""Temporary folders: those of dead runs go, and no others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.scratch import scratch, sweep

HOLD = """
import sys, time
from yolo_patcher.runtime.scratch import scratch
with scratch() as folder:
    (folder / "deep" / "er").mkdir(parents=True)
    print(folder, flush=True)
    time.sleep(600)
"""

HAMMER = """
from yolo_patcher.runtime.scratch import scratch
for _ in range(150):
    with scratch() as folder:
        (folder / "file").write_text("x")
        with scratch() as inner:
            assert (folder / "file").read_text() == "x"
            assert list(inner.iterdir()) == []
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Start a run that keeps a folder, and give both."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_folder_of_a_live_run_stays_and_that_of_a_dead_one_goes(temporary: Path) -> None:
    process, folder = hold()
    try:
        with scratch():
            assert (folder / "deep" / "er").is_dir()
    finally:
        end(process, signal.SIGKILL)
    assert (folder / "deep" / "er").is_dir()
    with scratch() as ours:
        assert list(temporary.iterdir()) == [ours.parent]
    assert list(temporary.iterdir()) == []


def test_own_folder_is_not_swept(temporary: Path) -> None:
    with scratch() as folder:
        sweep(temporary)
        assert folder.is_dir()


def test_what_is_nobodys_run_stays(temporary: Path, tmp_path: Path) -> None:
    """Whatever its name: a folder with something in it but no lock, a file, a link to a folder, a pipe as lock."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "lock").touch()
    (mine / "thesis.txt").write_text("x")
    (temporary / "yolo-patcher-notes").mkdir()
    (temporary / "yolo-patcher-notes" / "thesis.txt").write_text("x")
    (temporary / "yolo-patcher-file").write_text("x")
    (temporary / "yolo-patcher-link").symlink_to(mine)
    (temporary / "yolo-patcher-linked-lock").mkdir()
    (temporary / "yolo-patcher-linked-lock" / "lock").symlink_to(mine / "lock")
    (temporary / "other").mkdir()
    before = sorted(place.name for place in temporary.iterdir())
    sweep(temporary)
    assert sorted(place.name for place in temporary.iterdir()) == before
    assert (mine / "thesis.txt").exists()


def test_folder_of_a_run_that_had_just_begun_goes(temporary: Path) -> None:
    (temporary / "yolo-patcher-abc").mkdir()
    sweep(temporary)
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_folder_of_another_user_stays(temporary: Path) -> None:
    process, folder = hold()
    end(process, signal.SIGKILL)
    os.chown(folder.parent, 65534, 65534)
    sweep(temporary)
    assert folder.is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as another user")
def test_folder_that_was_closed_goes() -> None:
    """For a user who is not root, whom the rights of folders bind."""
    code = HOLD.replace("with scratch", "import fcntl, os; os.setuid(65534)\nwith scratch")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        subprocess.run(
            [sys.executable, "-c", code.replace("time.sleep(600)", "(folder / 'deep').chmod(0)")],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": folder},
        )
        assert list(Path(folder).iterdir()) == []


@pytest.mark.slow
def test_folders_that_are_nested_without_end_go(temporary: Path) -> None:
    with scratch() as folder:
        place = os.open(folder, os.O_RDONLY)
        for _ in range(3000):
            for name in ("d", "e"):
                os.mkdir(name, dir_fd=place)
            os.close(os.open("file", os.O_CREAT, dir_fd=place))
            os.symlink("/nowhere", "link", dir_fd=place)
            inner = os.open("d", os.O_RDONLY, dir_fd=place)
            os.close(place)
            place = inner
        os.close(place)
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_runs_that_begin_and_end_at_once_do_not_meet(temporary: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", HAMMER]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    assert list(temporary.iterdir()) == []


def test_no_place_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(PatcherError, match="no folder for temporary files") as caught, scratch():
        pass
    assert caught.value.kind == "io"
