"""Run a command in a process of its own under an audit hook, and say which of its events may not be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yolo_patcher

PACKAGE = Path(yolo_patcher.__file__).parent
HOOK = Path(__file__).with_name("audit_hook.py")
PROCESSES = ("os.exec", "os.fork", "os.kill", "os.posix_spawn", "os.spawn", "os.system", "pty.", "signal.", "socket.",
             "subprocess.")  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What a process did.

    Attributes:
        event: its name, as Python's table of audit events has it.
        path: what it wrote to; "" for a process.
        by: the file of the program that is innermost on the stack, relative to the package; "" for none.
        own: whether the command's own process did it, and not one that it started.
    """

    event: str
    path: str
    by: str
    own: bool


@dataclass(frozen=True)
class Audited:
    """A command that has ended, with its exit code, what it said, and its events."""

    code: int
    said: str
    events: Sequence[Event]


@dataclass(frozen=True)
class Room:
    """Where commands run: each of these folders is there, and no command may write to another.

    Attributes:
        checkout: the user's checkout.
        folder: holds what else is needed: the temporary folder, the home, the hook and its log.
        package: the program's own folder, for events that are planted elsewhere.
    """

    checkout: Path
    folder: Path
    package: Path = PACKAGE

    @property
    def temporary(self) -> Path:
        """What a process finds as its folder for temporary files."""
        return self.folder / "temporary"

    def run(self, *argv: str | Path, kill: str = "") -> Audited:
        """Run a Python with some arguments; `kill` ends it before it renames anything to a path with that end."""
        hook, log = self.folder / "hook", self.folder / "events.jsonl"
        for folder in (hook, self.temporary, self.folder / "home"):
            folder.mkdir(exist_ok=True)
        shutil.copy(HOOK, hook / "sitecustomize.py")
        log.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (hook, self.package.parent))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.temporary),
            "AUDIT_LOG": str(log),
            "AUDIT_PACKAGE": f"{self.package}{os.sep}",
            "AUDIT_KILL": kill,
        }
        process = subprocess.Popen(
            [sys.executable, *map(str, argv)],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = process.communicate(timeout=300)
        lines = log.read_text(encoding="utf-8").splitlines()
        events = [
            Event(one["event"], one["path"], one["by"], one["pid"] == process.pid) for one in map(json.loads, lines)
        ]
        return Audited(process.returncode, said.decode("utf-8", "replace"), events)

    def command(self, *argv: str | Path, kill: str = "") -> Audited:
        """Run yolo-patcher."""
        return self.run("-m", "yolo_patcher", *argv, kill=kill)

    def written(self, audited: Audited) -> list[Event]:
        """Give the events that write into the checkout."""
        return [event for event in audited.events if event.path and Path(event.path).is_relative_to(self.checkout)]

    def violations(self, audited: Audited, report: Path | None = None) -> list[Event]:
        """Give the events that break a rule of the house: who writes to a checkout, where else, and who starts what."""
        return [event for event in audited.events if not self._may_be(event, report)]

    def _may_be(self, event: Event, report: Path | None) -> bool:
        if event.event.startswith(PROCESSES):
            return not event.own or event.by.startswith("runtime/")
        path = Path(event.path)
        if path.is_relative_to(self.checkout):
            return event.own and event.by.startswith("commit/")
        if path.is_relative_to(self.temporary):
            return not event.own or event.by.startswith("runtime/")
        if report is not None and path.parent == report.parent and event.own:
            return path == report or path.name.startswith(f".{report.name}.")
        return event.path == os.devnull
