"""Patches that do not pass, end to end on a real checkout: exit 7, or 5 for an old fault, and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkouts
from hanging import let_time_stand, says_so
from independent import tree

from yolo_patcher.cli.main import run

pytestmark = [pytest.mark.checkout, pytest.mark.torch, pytest.mark.slow]

RECIPE = """\
name: bad
version: 1
title: A module with a planted fault
class: Bad
template: bad.py
kind: fault
formula: y = x
parameters: C
"""
CLASS = """\
import torch
from torch import nn


class Bad(nn.Module):
    def __init__(self, c1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, c1, 1, 1))

    def forward(self, x):
        {body}
"""
FAULTS = {
    "exception": ("raise KeyError('CBAM')", "build", "CBAM"),
    "not finite": ("return x * self.weight / 0", "forward", "NaN"),
    "other shape": ("return (x * self.weight)[..., ::2, ::2]", "", ""),
    "no gradient": ("return x", "train", "no gradient"),
    "hang": ("\n        {says_so}\n        while x.shape[0]: pass", "build", "no end after 3 s"),
    "SIGSEGV": ("import ctypes; ctypes.string_at(0); return x", "build", "SIGSEGV"),
    "memory": ("return x * torch.ones(2 ** 50)", "build", "memory"),
    "in-place": ("return x.mul_(self.weight)", "", ""),
}


@pytest.fixture
def repo(fresh: Checkouts) -> Path:
    return fresh("ultralytics-8.4.190")


def plant(folder: Path, body: str) -> list[str]:
    (folder / "bad.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "bad.py").write_text(CLASS.format(body=body), encoding="utf-8")
    # Their marks lie beside the checkout, where the sandbox lets nothing be written.
    return ["--recipe", str(folder), "--device", "cpu", "--no-sandbox"]


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults(
    fault: str, repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_time_stand(monkeypatch, tmp_path / "mark")
    body, check, detail = FAULTS[fault]
    body = body.replace("{says_so}", says_so(tmp_path / "mark"))
    before = tree(repo)
    arguments = ["apply", "bad", "--repo", str(repo), *plant(tmp_path, body)]
    arguments += ["--timeout", "3"] if fault == "hang" else []
    assert run([*arguments, "--json"]) == 7
    document: Any = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["error"]["kind"]) == (False, "verify")
    failed = {one["name"]: one["detail"] for one in document["verify"]["checks"] if one["status"] == "failed"}
    assert failed
    if check:
        assert detail in failed[check]
    assert tree(repo) == before


def test_the_error_is_one_screen(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "bad", "--repo", str(repo), *plant(tmp_path, "return x / 0 * self.weight")]) == 7
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) < 24
    assert "Traceback" not in shown.err
    assert "forward" in shown.err


def test_no_verify_applies_it_all_the_same(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = plant(tmp_path, "return x / 0 * self.weight")
    assert run(["apply", "bad", "--repo", str(repo), *arguments, "--no-verify"]) == 0
    assert run(["verify", "--repo", str(repo), "--device", "cpu"]) == 7
    assert run(["revert", "--repo", str(repo)]) == 0


def test_a_checkout_that_was_broken_before(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = repo / "ultralytics/nn/modules/block.py"
    block.write_text(block.read_text("utf-8") + "\nraise RuntimeError('broken by its owner')\n", encoding="utf-8")
    before = tree(repo)
    assert run(["apply", "se", "--repo", str(repo), "--device", "cpu", "--json"]) == 5
    assert "broken by its owner" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert tree(repo) == before


def test_a_python_without_torch(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = str(tmp_path / "bare/bin/python")
    assert run(["apply", "se", "--repo", str(repo), "--python", python, "--json"]) == 7
    error = json.loads(capsys.readouterr().out)["error"]
    assert "no torch" in error["message"]
    assert "--python" in error["help"]


def test_ctrl_c_while_verifying_leaves_nothing(repo: Path, tmp_path: Path) -> None:
    import signal
    import time

    before = tree(repo)
    mark = tmp_path / "running"
    body = f"\n        open({str(mark)!r}, 'w').close()\n        while True: pass"
    command = [sys.executable, "-m", "yolo_patcher", "apply", "bad", "--repo", str(repo), *plant(tmp_path, body)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    while not mark.exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert tree(repo) == before
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True)
    assert left.stdout == b""
