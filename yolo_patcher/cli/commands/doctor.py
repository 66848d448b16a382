"""`doctor`: which Python, torch and package will really run, and why it is not the checkout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.cli.errors import print_error
from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.state import PatchRecord, holds
from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.doctor.findings import Finding
from yolo_patcher.runtime.doctor.run import Diagnosis, examine
from yolo_patcher.runtime.doctor.target import Target, target_of

_WORDS = {"ok": "ok", "other": "other tree", "empty": "empty", "none": "not found", "unknown": "unknown"}
_STYLES = {"ok": "green", "unknown": "yellow"}


def doctor(repo: Path, python: str | None, screen: Screen) -> Outcome:
    """Examine a checkout and the Python that shall run it; exit code 5 when what would run is not the checkout.

    Args:
        repo: the checkout.
        python: the Python, a path or a name on PATH; None for the one that runs us.
        screen: where the findings go.

    Raises:
        PatcherError: `checkout`, when it is not understood; `usage`, when there is no such folder or Python.
    """
    opened = open_recovered(repo, screen)
    dialect, site = recognise(opened.snapshot, opened.package)
    target = target_of(site)
    screen.progress("Asking Python and torch")
    try:
        diagnosis = examine(target, python)
    finally:
        screen.progress_done()
    findings = list(diagnosis.findings)
    patches: tuple[PatchRecord, ...] = ()
    try:
        patches = holds(opened.snapshot).patches
    except PatcherError as error:
        findings.append(Finding("state", f"the patches can't be told: {error.message}", error.help))
    document: dict[str, object] = {
        "checkout": {"root": str(target.root), "dialect": dialect.NAME, "version": target.version},
        "patches": [{"id": one.id, "load": one.patch.load} for one in patches],
        "python": diagnosis.python,
        "torch": diagnosis.torch,
        "ways": [way.as_json() for way in diagnosis.ways],
        "findings": [one.as_json() for one in findings],
    }
    failures = [one for one in findings if one.fails]
    if not failures:
        return Outcome(document, lambda shown: _show(shown, target, diagnosis, patches, findings))
    wrong = _error(failures)

    def show(shown: Screen) -> None:
        _show(shown, target, diagnosis, patches, [one for one in findings if one is not failures[0]])
        sys.stdout.flush()
        print_error(wrong, "doctor", as_json=False)

    return Outcome({"error": wrong.as_json(), **document}, show, wrong.code)


def _error(failures: Sequence[Finding]) -> PatcherError:
    """Make one error of all findings that something else than the checkout would run."""
    more = f" (and {len(failures) - 1} more of the kind)" if len(failures) > 1 else ""
    helps = dict.fromkeys(line for one in failures for line in one.help.splitlines())
    return PatcherError("checkout", failures[0].message + more, help="\n".join(helps))


def _show(
    screen: Screen, target: Target, diagnosis: Diagnosis, patches: Sequence[PatchRecord], findings: Sequence[Finding]
) -> None:
    python, torch = diagnosis.python, diagnosis.torch
    kind = "virtual environment" if python["venv"] else "no virtual environment"
    screen.line(f"python    {python['executable']} ({python['version']}, {kind})")
    screen.line(f"torch     {_torch(torch)}")
    screen.line(f"checkout  {target.root} ({target.module}{f' {target.version}' if target.version else ''})")
    for one in patches:
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
