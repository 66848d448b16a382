"""Commands in processes of their own that are ended from outside, and what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.runtime.scratch import sweep

PATIENCE = 120.0


@dataclass(frozen=True)
class Command:
    """A command that runs, with a folder for temporary files and a mark in the environment of all that it starts."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def left(self) -> list[str]:
        """Give the folders that are there now."""
        return sorted(place.name for place in self.temporary.iterdir())

    def answers(self) -> str:
        """Give what the probe has answered so far."""
        found = [place.read_text() for place in self.temporary.glob("*/*/answers.jsonl")]
        return "".join(found)

    def processes(self) -> list[str]:
        """Give the command lines of what it started and is not dead, without itself."""
        return [line for pid, line in _marked(f"ENDED_MARK={self.folder}".encode()).items() if pid != self.process.pid]

    def wait_for(self, moment: Callable[[Command], bool]) -> None:
        """Wait until a moment has come."""
        until = time.monotonic() + PATIENCE
        while not moment(self):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, (self.answers(), self.processes())
            time.sleep(0.01)

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read().decode()

    def check_ended_by(self, number: signal.Signals) -> None:
        """Send a signal; state that it ends the command and all that it started, and that no folder stays for good."""
        self.process.send_signal(number)
        self.process.wait(30)
        until = time.monotonic() + 10
        while (alive := self.processes()) and time.monotonic() < until:
            time.sleep(0.05)
        assert alive == []
        assert self.process.returncode == -number
        if number == signal.SIGKILL:
            sweep(self.temporary)
        assert self.left() == []


def start(folder: Path, *argv: str | Path, prefix: tuple[str, ...] = (), **environment: str) -> Command:
    """Start yolo-patcher; `prefix` is a program that starts it, such as `nohup`."""
    for name in ("tmp", "home"):
        (folder / name).mkdir()
    process = subprocess.Popen(
        [*prefix, sys.executable, "-m", "yolo_patcher", *map(str, argv)],
        env={
            **os.environ,
            "TMPDIR": str(folder / "tmp"),
            "HOME": str(folder / "home"),
            "ENDED_MARK": str(folder),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Command(process, folder)


def _marked(mark: bytes) -> dict[int, str]:
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
        except OSError:
            # It ended, is a zombie, or is another user's.
            continue
    return found
