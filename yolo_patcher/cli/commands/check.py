"""`check`: is this model YAML wired as its author meant?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen

if TYPE_CHECKING:
    from yolo_patcher.api import CheckedModel

_MIS_WIRED = 1


def check(repo: Path, name: str, scale: str | None, screen: Screen) -> Outcome:
    """Check a model YAML against a checkout; arguments and errors as for `api.check`."""
    model = api.check(open_recovered(repo, screen), name, scale)
    return Outcome(model.as_json(), lambda shown: _show(shown, model), _MIS_WIRED if model.findings else 0)


def _show(screen: Screen, model: CheckedModel) -> None:
    for finding in model.findings:
        screen.line(f"{model.path}:{finding.line}: {finding.code} {finding.message}")
        screen.line(f"  fix: {finding.fix}", "dim")
    for line in model.story():
        screen.line(line)
    count = len(model.findings)
    if not count:
        screen.line(f"{model.path}: {len(model.rows)} rows, nothing wrong")
        return
    screen.line(f"{model.path}: {count} finding{'s' if count > 1 else ''}", "bold")
