"""Only `commit` writes into a checkout, and only `runtime` starts processes: said by what the commands really do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny
from audited import Audited, Room
from conftest import Checkouts
from synthetic import write_checkout

pytestmark = pytest.mark.slow

TASKS = "ultralytics/nn/tasks.py"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(write_checkout(tmp_path / "checkout"), tmp_path)


def check_rules(room: Room, *argv: str | Path, code: int = 0, report: Path | None = None, kill: str = "") -> Audited:
    """Run a command and check how it ends, and that nothing in it breaks a rule of the house."""
    audited = room.command(*argv, kill=kill)
    assert audited.code == code, audited.said
    assert room.violations(audited, report) == []
    return audited


def check_reads(room: Room, *argv: str | Path, code: int = 0) -> None:
    """Check that a command keeps the rules and leaves the checkout alone."""
    assert room.written(check_rules(room, *argv, code=code)) == []


def check_writes(room: Room, *argv: str | Path, code: int = 0, kill: str = "") -> None:
    """Check that a command keeps the rules and was seen when it wrote into the checkout."""
    assert room.written(check_rules(room, *argv, code=code, kill=kill)) != []


def test_commands_that_read_write_nowhere(room: Room) -> None:
    for argv in (
        ["list"],
        ["show", "sae"],
        ["status"],
        ["inspect"],
        ["inspect", "--format", "svg"],
        ["check", "yolov8"],
    ):
        check_reads(room, *argv)
    check_reads(room, "apply", "sae", "--no-verify", "--dry-run")
    check_reads(room, "apply", "sae", "--no-verify", "--check", code=1)
    check_reads(room, "verify")


def test_commands_that_write_do_it_by_commit(room: Room) -> None:
    untouched = (room.checkout / TASKS).read_bytes()
    first = check_rules(room, "apply", "sae", "--no-verify", "--json")
    assert room.written(first) != []
    check_reads(room, "apply", "sae", "--no-verify")
    check_writes(room, "apply", "gam@backbone", "--no-verify")
    check_reads(room, "status")
    check_writes(room, "status", "--export")
    (room.checkout / TASKS).write_bytes(untouched)
    check_reads(room, "reapply", "--no-verify", "--dry-run")
    check_writes(room, "reapply", "--no-verify")
    check_reads(room, "revert", "--all", "--dry-run")
    check_writes(room, "revert", json.loads(first.said)["patch"]["id"])
    check_writes(room, "revert", "--all")


def test_errors_leave_everything_alone(room: Room) -> None:
    check_reads(room, "apply", "no-such-recipe", code=2)
    check_reads(room, "apply", "sae@before:99", "--no-verify", code=2)
    check_reads(room, "inspect", "--model", "no-such-model", code=2)
    check_reads(room, "status", "--repo", room.folder / "nowhere", code=2)
    check_writes(room, "apply", "sae", "--no-verify")
    tasks = room.checkout / TASKS
    tasks.write_text(tasks.read_text().replace("elif m is SaE:", "elif m in (SaE, SE):"))
    check_reads(room, "revert", code=3)
    (room.checkout / "ultralytics/nn/tasks.py").unlink()
    check_reads(room, "inspect", code=5)


def test_an_interrupted_commit_is_recovered_by_commit(room: Room) -> None:
    before = (room.checkout / TASKS).read_bytes()
    check_writes(room, "apply", "sae", "--no-verify", code=-9, kill=TASKS)
    assert (room.checkout / TASKS).read_bytes() == before
    check_writes(room, "status")
    assert (room.checkout / TASKS).read_bytes() != before
    check_reads(room, "status")


def test_doctor_starts_processes_by_runtime_only(room: Room) -> None:
    audited = check_rules(room, "doctor", "--json")
    assert any(event.event == "subprocess.Popen" for event in audited.events)
    assert room.written(audited) == []


def check_verified(room: Room, *options: str) -> None:
    """Check the rules of what builds a model, on a checkout that can be built."""
    applied = check_rules(room, "apply", "se", *options)
    assert room.written(applied) != []
    # The Python that verifies is seen as well.
    assert any(event.by.startswith("runtime/verify/probe/") and not event.own for event in applied.events)
    report = room.folder / "report.html"
    reported = check_rules(room, "verify", "--report", report, report=report)
    assert str(report) in {event.path for event in reported.events}
    check_writes(room, "revert")


@pytest.mark.torch
def test_verify_writes_to_temporary_folders_and_the_report_only(tmp_path: Path) -> None:
    room = Room(tmp_path / "checkout", tmp_path)
    tiny.write(room.checkout)
    (room.checkout / "models/base.yaml").rename(room.checkout / "models/yolov5s.yaml")
    (room.checkout / "models/base-gate.yaml").unlink()
    check_reads(room, "apply", "se", "--dry-run")
    check_verified(room)


@pytest.mark.torch
def test_a_checkout_that_can_not_be_built_is_left_alone(room: Room) -> None:
    failed = check_rules(room, "apply", "se", code=5)
    assert any(event.event == "subprocess.Popen" for event in failed.events)
    assert room.written(failed) == []


@pytest.mark.torch
@pytest.mark.checkout
def test_a_real_checkout_is_written_to_by_commit_only(fresh: Checkouts, tmp_path: Path) -> None:
    check_verified(Room(fresh("ultralytics-8.4.190"), tmp_path), "--model", "yolov8n")


PLANTED = {
    "a file is opened": "Path('new').write_text('')",
    "a file is renamed": "Path('pyproject.toml').rename('other.toml')",
    "a file is replaced": "import os; os.replace('pyproject.toml', 'ultralytics/__init__.py')",
    "a file goes": "Path('pyproject.toml').unlink()",
    "a mode is changed": "Path('pyproject.toml').chmod(0o600)",
    "a time is changed": "import os; os.utime('pyproject.toml')",
    "a folder is made": "Path('new').mkdir()",
    "a link is made": "Path('new').symlink_to('pyproject.toml')",
    "a file is copied": "import shutil; shutil.copy('pyproject.toml', 'new.toml')",
    "a tree goes": "import shutil; shutil.rmtree('ultralytics')",
    "a descriptor is opened": "import os; os.open('new', os.O_WRONLY | os.O_CREAT)",
    "the home is written to": "(Path.home() / '.yolo-patcher').write_text('')",
    "a temporary file is made": "import tempfile; tempfile.mkstemp()",
    "a process is started": "import subprocess; subprocess.run(['true'])",
    "a shell is started": "import os; os.system('true')",
    "a signal is sent": "import os; os.kill(os.getpid(), 0)",
}  # fmt: skip


def check_planted(folder: Path, package: str, statement: str) -> list[str]:
    """Give the events of a statement that break a rule where it stands in a package of the program."""
    program = folder / "yolo_patcher"
    (program / package).mkdir(parents=True)
    (program / "__init__.py").touch()
    (program / package / "planted.py").write_text(f"from pathlib import Path\n\n\ndef work():\n    {statement}\n")
    room = Room(write_checkout(folder / "checkout"), folder, program)
    audited = room.run("-c", f"from yolo_patcher.{package.replace('/', '.')}.planted import work; work()")
    assert audited.code == 0, audited.said
    return [event.event for event in room.violations(audited)]


@pytest.mark.parametrize("statement", PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_seen(tmp_path: Path, statement: str) -> None:
    assert check_planted(tmp_path, "plan", statement)


@pytest.mark.parametrize(
    ("package", "statement", "seen"),
    [
        ("commit", PLANTED["a file is opened"], False),
        ("commit", PLANTED["the home is written to"], True),
        ("commit", PLANTED["a process is started"], True),
        ("runtime/verify", PLANTED["a file is opened"], True),
        ("runtime/verify", PLANTED["a temporary file is made"], False),
        ("runtime/verify", PLANTED["a process is started"], False),
        ("plan", "Path('pyproject.toml').read_bytes()", False),
    ],
)
def test_a_package_may_do_what_is_its_own(tmp_path: Path, package: str, statement: str, seen: bool) -> None:
    assert bool(check_planted(tmp_path, package, statement)) == seen


def test_a_process_that_was_started_may_not_touch_the_checkout(tmp_path: Path) -> None:
    child = "import sys, subprocess; subprocess.run([sys.executable, '-c', 'open(\"new\", \"w\")'], check=True)"
    assert check_planted(tmp_path, "runtime", child) == ["open"]
