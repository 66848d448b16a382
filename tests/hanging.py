"""A clock for tests of what hangs: it stands until a module says that it hangs, and is past every limit then."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

LONG = 1e6
"""More seconds than any limit."""


def says_so(mark: Path) -> str:
    """Give the line by which a module says that it hangs from here on."""
    return f"open({str(mark)!r}, 'w').close()"


def let_time_stand(monkeypatch: pytest.MonkeyPatch, mark: Path) -> None:
    """Let no time pass for the limits of a verification but by `mark`, however busy the machine is."""
    now = 0.0

    def monotonic() -> float:
        nonlocal now
        if mark.exists():
            mark.unlink()
            now += LONG
        return now

    clock = SimpleNamespace(monotonic=monotonic, sleep=time.sleep)
    monkeypatch.setattr("yolo_patcher.runtime.verify.process.time", clock)
