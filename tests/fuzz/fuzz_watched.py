"""The process that imports texts and tells what each does; one that it ends with, or hangs in, acts."""

from __future__ import annotations

import json
import select
import subprocess
import tempfile
from pathlib import Path

WATCH = Path(__file__).with_name("import_watch.py")
PATIENCE = 120
"""Seconds until an answer, the import of torch included."""


class Watched:
    """Such a process, with a folder of its own; another takes its place when it ends."""

    def __init__(self, python: str) -> None:
        self.python = python
        self.folder = tempfile.TemporaryDirectory(prefix="watched-imports-")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.python, "-W", "ignore", str(WATCH)],
            cwd=self.folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def run(self, text: str) -> tuple[list[str], str]:
        """Import a text; give what it does, and what it raises."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(text) + "\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            answer = self.process.stdout.readline() if ready else ""
        except BrokenPipeError:
            answer = ""
        if answer:
            acts, raised = json.loads(answer)
            return acts, raised
        self.stop()
        ended = self.process.returncode
        self.start()
        return [f"the process ended with {ended}"], ""

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def close(self) -> None:
        self.stop()
        self.folder.cleanup()
