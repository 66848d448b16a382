"""A clock for tests of what hangs: it stands but while a process lives that said that it hangs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

LONG = 1e6
"""More seconds than any limit."""


def says_so(mark: Path) -> str:
    """Give the line by which a module says that its process hangs from here on."""
    return f"print(__import__('os').getpid(), file=open({str(mark)!r}, 'w'), flush=True)"


def let_time_stand(monkeypatch: pytest.MonkeyPatch, mark: Path) -> None:
    """Let no time pass for the limits of a verification but while the process named in `mark` lives.

    The machine may be as busy as it likes. Each look at the clock is past the limit set by the one before, for a limit
    may be set after the process said so.
    """
    now = 0.0

    def monotonic() -> float:
        nonlocal now
        if _hangs(mark):
            now += LONG
        return now

    clock = SimpleNamespace(monotonic=monotonic, sleep=time.sleep)
    monkeypatch.setattr("yolo_patcher.runtime.verify.process.time", clock)


def _hangs(mark: Path) -> bool:
    try:
        os.kill(int(mark.read_text(encoding="utf-8")), 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False
    return True
