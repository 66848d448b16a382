"""A verification and a doctor that are ended from outside leave no process and no folder."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny
from ended import Command, start
from synthetic import write_checkout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc"),
]

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
Start = Callable[..., Command]

GRANDCHILDREN = """
class Kept(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        time.sleep(600 if index else 0)
        return index


def never_end():
    subprocess.Popen(["sleep", "600"])
    # Its worker waits in the second item.
    items = iter(torch.utils.data.DataLoader(Kept(), num_workers=1))
    next(items)
    subprocess.Popen(["sleep", "601"])
    WAIT
"""

SLEEPS = GRANDCHILDREN.replace("WAIT", "time.sleep(600)")
# C code that keeps the interpreter: no other thread of the process can run.
HOLDS_THE_INTERPRETER = GRANDCHILDREN.replace("WAIT", "sum(range(10 ** 15))")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short path: the sockets of a data loader's workers lie below it, and the system limits their paths."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="ended-") as folder:
        yield Path(folder)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    running = []

    def begin(*argv: str | Path, prefix: tuple[str, ...] = (), **environment: str) -> Command:
        running.append(start(tmp_path, *argv, prefix=prefix, **environment))
        return running[-1]

    yield begin
    for command in running:
        command.process.kill()
        command.process.wait()
        assert command.process.stdout is not None
        command.process.stdout.close()


def checkout(folder: Path, never_end: str = "") -> Path:
    """Write a checkout that can be verified; with a function `never_end`, one of its modules calls it when built."""
    root = folder / "checkout"
    tiny.write(root)
    (root / "models/base.yaml").rename(root / "models/yolov5s.yaml")
    (root / "models/base-gate.yaml").unlink()
    if never_end:
        common = root / "models/common.py"
        common.write_text(common.read_text().replace("self.d = d", "self.d = d\n        never_end()") + never_end)
    return root


def applying(started: Start, root: Path) -> Command:
    """Start an apply, which verifies first."""
    return started("apply", "se", "--repo", root, "--device", "cpu")


@pytest.mark.parametrize("number", SIGNALS)
def test_ended_while_staging(number: signal.Signals, tmp_path: Path, started: Start) -> None:
    root = checkout(tmp_path)
    (root / "lists").mkdir()
    for name in range(5000):
        (root / "lists" / f"{name}.txt").write_text("x")
    command = applying(started, root)
    command.wait_for(lambda it: bool(it.left()))
    command.check_ended_by(number)


@pytest.mark.torch
@pytest.mark.parametrize("number", SIGNALS)
def test_ended_while_torch_is_imported(number: signal.Signals, tmp_path: Path, started: Start) -> None:
    command = applying(started, checkout(tmp_path))
    command.wait_for(lambda it: '"import torch"' in it.answers())
    command.check_ended_by(number)


@pytest.mark.torch
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("busy", [SLEEPS, HOLDS_THE_INTERPRETER], ids=["sleeps", "holds-the-interpreter"])
def test_ended_while_the_checkout_runs(number: signal.Signals, busy: str, tmp_path: Path, started: Start) -> None:
    """With a program and a worker of a data loader that the checkout started."""
    command = applying(started, checkout(tmp_path, busy))
    command.wait_for(lambda it: sum(line.startswith("sleep") for line in it.processes()) == 2)
    command.check_ended_by(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_doctor_that_is_ended(number: signal.Signals, tmp_path: Path, started: Start) -> None:
    write_checkout(tmp_path / "checkout")
    torch = tmp_path / "path" / "torch"
    torch.mkdir(parents=True)
    (torch / "__init__.py").write_text("import subprocess\nsubprocess.run(['sleep', '600'])\n")
    command = started("doctor", "--repo", tmp_path / "checkout", PYTHONPATH=str(tmp_path / "path"))
    command.wait_for(lambda it: any(line.startswith("sleep") for line in it.processes()))
    command.check_ended_by(number)


@pytest.mark.torch
def test_signal_that_is_ignored_stays_so(tmp_path: Path, started: Start) -> None:
    """As `nohup` has it."""
    command = started("apply", "se", "--repo", checkout(tmp_path, SLEEPS), "--device", "cpu", prefix=("nohup",))
    command.wait_for(lambda it: sum(line.startswith("sleep") for line in it.processes()) == 2)
    command.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert command.process.poll() is None
    command.check_ended_by(signal.SIGTERM)


def test_signals_are_as_they_were_afterwards() -> None:
    from yolo_patcher.runtime.ending import cleaned

    calls = []
    before = [signal.getsignal(number) for number in SIGNALS[:2]]
    with cleaned(lambda: calls.append("outer")), cleaned(lambda: calls.append("inner")):
        assert [signal.getsignal(number) for number in SIGNALS[:2]] != before
    assert calls == ["inner", "outer"]
    assert [signal.getsignal(number) for number in SIGNALS[:2]] == before


def test_handler_of_the_users_is_left_alone() -> None:
    from yolo_patcher.runtime.ending import cleaned

    def theirs(number: int, frame: object) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGTERM, theirs)
    try:
        with cleaned(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is theirs
    finally:
        signal.signal(signal.SIGTERM, before)
