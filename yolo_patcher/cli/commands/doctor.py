"""`doctor`: which Python, torch and package will really run, and why it is not the checkout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.errors import print_error
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen

if TYPE_CHECKING:
    from yolo_patcher.api import Examination, Finding

_WORDS = {"ok": "ok", "other": "other tree", "empty": "empty", "none": "not found", "unknown": "unknown"}
_STYLES = {"ok": "green", "unknown": "yellow"}


def doctor(repo: Path, python: str | None, screen: Screen) -> Outcome:
    """Examine a checkout and the Python that shall run it; exit code 5 when what would run is not the checkout.

    Arguments and errors as for `api.doctor`.
    """
    checkout = open_recovered(repo, screen)
    with screen.progressing("Asking Python and torch"):
        examination = api.doctor(checkout, python)
    document, wrong = examination.as_json(), examination.error
    if wrong is None:
        return Outcome(document, lambda shown: _show(shown, examination, examination.findings))
    first = next(one for one in examination.findings if one.fails)

    def show(shown: Screen) -> None:
        _show(shown, examination, [one for one in examination.findings if one is not first])
        sys.stdout.flush()
        print_error(wrong, "doctor", as_json=False)

    return Outcome(document, show, wrong.code)


def _show(screen: Screen, examination: Examination, findings: Sequence[Finding]) -> None:
    target, diagnosis = examination.target, examination.diagnosis
    python, torch = diagnosis.python, diagnosis.torch
    kind = "virtual environment" if python["venv"] else "no virtual environment"
    screen.line(f"python    {python['executable']} ({python['version']}, {kind})")
    screen.line(f"torch     {_torch(torch)}")
    screen.line(f"checkout  {target.root} ({target.module}{f' {target.version}' if target.version else ''})")
    for one in examination.patches:
        screen.line(f"patch     {one.id}: load {one.patch.load}")
    if python["pythonpath"]:
        screen.line(f"PYTHONPATH  {python['pythonpath']}")
    screen.line()
    several = len(target.modules) > 1
    labels = [f"{way.label}{f': {way.module}' if several else ''}" for way in diagnosis.ways]
    width = max(map(len, labels))
    for way, label in zip(diagnosis.ways, labels, strict=True):
        version = f" ({way.version})" if way.version else ""
        style = _STYLES.get(way.status, "red" if way.fails else "dim" if target.original else "yellow")
        screen.line(f"{_WORDS[way.status]:10}  {label:{width}}  {way.location or '-'}{version}", style)
        if screen.verbose and way.detail:
            screen.line(f"{'':10}  {way.detail}")
    if target.original:
        screen.line(f"{target.module} is found only from the checkout's folder, which is how this repository is used.")
    for finding in findings:
        screen.line()
        screen.line(f"{'Wrong' if finding.fails else 'Note'}: {finding.message}.", "red" if finding.fails else "yellow")
        for line in finding.help.splitlines():
            screen.line(f"  {line}")


def _torch(torch: dict[str, object]) -> str:
    if torch["error"]:
        return str(torch["error"])
    build = f"CUDA {torch['cuda']}" if torch["cuda"] else f"ROCm {torch['rocm']}" if torch["rocm"] else "no CUDA"
    devices = torch["devices"]
    shown = ", ".join(map(str, devices)) if isinstance(devices, list) and devices else "runs on the CPU"
    return f"{torch['version']} (built for {build}); {shown}".replace("built for no CUDA", "built without CUDA")
