"""Examine a checkout and the Python that shall run it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.doctor.asking import NoAnswerError, Question, ask, asked_for_torch
from yolo_patcher.runtime.doctor.findings import Finding, import_findings, torch_findings
from yolo_patcher.runtime.doctor.target import Target
from yolo_patcher.runtime.doctor.ways import Way, other_ways, ways_here
from yolo_patcher.runtime.python import user_python


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        python: what the Python says of itself.
        torch: what it says of torch; `error` is set where it can't be imported.
        ways: each way to start Python, and what it imports.
        findings: what is wrong, failures first.
    """

    python: dict[str, Any]
    torch: dict[str, Any]
    ways: tuple[Way, ...]
    findings: tuple[Finding, ...]


def examine(target: Target, python: str | None) -> Diagnosis:
    """Ask the Python, and those of the console scripts, what they would import.

    Args:
        target: the checkout.
        python: the Python, a path or a name on PATH; None for the one that runs us.

    Raises:
        PatcherError: `usage`, when it is no Python.
    """
    program = user_python(python, "Name the Python that you train with: --python PATH.")
    try:
        home = Path.home()
    except RuntimeError:  # a user of no name and no folder
        home = Path(os.devnull)
    try:
        with asked_for_torch(program, target.root) as torch:
            facts, here = ways_here(target, program)
            ways = (*here, *other_ways(target, program, facts, here[0], home, python is not None))
            findings = [*import_findings(target, facts, ways), *_python_on_path(target, facts)]
            answer = torch()
    except NoAnswerError as error:
        raise PatcherError(
            "usage",
            f"{python or program} is no Python 3.6 or later that works: {error}",
            help="Name the Python that you train with: --python PATH.",
        ) from error
    findings += torch_findings(answer, facts["executable"])
    about = {name: value for name, value in facts.items() if name not in ("modules", "scripts", "path", "first")}
    about["pythonpath"] = os.environ.get("PYTHONPATH")
    return Diagnosis(about, answer, ways, tuple(sorted(findings, key=lambda one: not one.fails)))


def _python_on_path(target: Target, facts: dict[str, Any]) -> Iterator[Finding]:
    """Tell when the bare word `python` means another Python than the one that was asked."""
    name = next((word for word in ("python", "python3") if shutil.which(word)), None)
    if name is None:
        return
    try:
        other = ask([name], Question((), target.distribution), target.root)
    except NoAnswerError:
        return
    if other["prefix"] != facts["prefix"]:
        yield Finding(
            "other-python",
            f"`{name}` in this shell is {other['executable']}, not the Python that was asked",
            f"If you train with that one: yolo-patcher doctor --python {other['executable']}",
        )
