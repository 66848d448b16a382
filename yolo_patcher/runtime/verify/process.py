"""A child process that answers in a file, kept within its time and gone afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from yolo_patcher.runtime.child import child
from yolo_patcher.runtime.verify.environment import environment

Event = dict[str, Any]

TAIL = 64 * 1024
STEPS = ("hello", "environment", "imported", "params", "case-end")


@dataclass(frozen=True)
class Ending:
    """How a child ended: its exit status (negative: the signal), whether its time ran out, and its last output."""

    status: int
    timed_out: bool
    output: str


def follow(
    command: Sequence[str],
    answers: Path,
    *,
    cwd: Path,
    first_timeout: float,
    timeout: float,
    on_event: Callable[[Event], None],
) -> Ending:
    """Run `command` as `child` does, and hand on every answer as it comes.

    Args:
        command: the program and its arguments; no shell is involved.
        answers: the file in which the child writes one JSON object a line.
        cwd: the child's working directory.
        first_timeout: seconds for the first answer.
        timeout: seconds for each step from there: importing torch, importing the checkout, each case.
        on_event: called with each answer.

    Raises:
        OSError: the program can't be started.
    """
    answers.touch()
    tail = bytearray()
    timed_out, answered = False, False
    with child(command, cwd=cwd, env=environment(), stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=_keep_tail, args=(process.stdout, tail), daemon=True)
        reader.start()
        deadline = time.monotonic() + first_timeout
        with answers.open(encoding="utf-8") as file:
            pending = ""
            while True:
                ended = process.poll() is not None
                text = file.read()
                for line in (pending + text).splitlines(keepends=True):
                    pending = "" if line.endswith("\n") else line
                    if pending:
                        break
                    event = json.loads(line)
                    answered = True
                    if event["event"] in STEPS:
                        deadline = time.monotonic() + timeout
                    on_event(event)
                if ended:
                    break
                if time.monotonic() > deadline:
                    timed_out = True
                    if answered:
                        _ask_where(process)
                    break
                if not text:
                    time.sleep(0.02)
    reader.join(1.0)
    return Ending(process.returncode, timed_out, bytes(tail).decode("utf-8", "replace"))


def _keep_tail(stream: IO[bytes], tail: bytearray) -> None:
    with stream, contextlib.suppress(OSError):
        while chunk := os.read(stream.fileno(), 65536):
            tail += chunk
            del tail[:-TAIL]


def _ask_where(process: subprocess.Popen[bytes]) -> None:
    """Have the child's fault handler write where it hangs."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGUSR1)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.3)
