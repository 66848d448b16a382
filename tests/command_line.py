"""Run the command line in this process, and check how it ends and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yolo_patcher.cli.main import run

Capture = pytest.CaptureFixture[str]


def check_run(capsys: Capture, *argv: str | Path, code: int = 0) -> tuple[str, str]:
    """Run a command and check how it ends; no traceback may be seen."""
    capsys.readouterr()
    assert run([str(word) for word in argv]) == code, capsys.readouterr().err
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return captured.out, captured.err


def check_json(capsys: Capture, *argv: str | Path, code: int = 0) -> dict[str, Any]:
    """Run a command with --json and give its one document."""
    out, err = check_run(capsys, *argv, "--json", code=code)
    document = json.loads(out)
    assert document["schema"] == 1
    assert document["ok"] == (code == 0)
    assert err == ""
    return dict(document)


def check_error(capsys: Capture, code: int, kind: str, part: str, *argv: str | Path) -> dict[str, Any]:
    """Check an error as text and as a document."""
    out, err = check_run(capsys, *argv, code=code)
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1
    assert len(err.splitlines()) < 30
    error = check_json(capsys, *argv, code=code)["error"]
    assert (error["code"], error["kind"]) == (code, kind)
    assert part in error["message"]
    return dict(error)
