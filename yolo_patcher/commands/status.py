"""`status`: which patches a checkout holds, and whether their files are as they left them."""

from __future__ import annotations

from pathlib import Path

from yolo_patcher.opening import open_checkout
from yolo_patcher.outcome import Outcome
from yolo_patcher.screen import Screen
from yolo_patcher.status import PatchStatus, patch_statuses

_ADVICE = {
    "intact": "",
    "edited": "Edited since; revert refuses until the edits are undone.",
    "missing": "Files are missing; apply the same patch again, or restore them.",
    "reverted": "Gone, though not by yolo-patcher; `yolo-patcher revert` clears the record.",
}
_STYLES = {"intact": "green", "edited": "yellow", "missing": "red", "reverted": "dim"}


def status(repo: Path) -> Outcome:
    """Tell what is applied to a checkout.

    Raises:
        PatcherError: `usage`, when there is no such folder; `refused`, when the state is damaged.
    """
    statuses = patch_statuses(open_checkout(repo).snapshot)
    return Outcome({"patches": [one.as_json() for one in statuses]}, lambda screen: _show(screen, statuses))


def _show(screen: Screen, statuses: tuple[PatchStatus, ...]) -> None:
    if not statuses:
        screen.line("The checkout holds no patch.")
    for one in statuses:
        patch = one.record.patch
        screen.line(f"{one.record.id}: {one.state}", _STYLES[one.state])
        screen.line(f"  {', '.join(patch.classes.values())} at {', '.join(patch.positions)} of {patch.base}")
        screen.line(f"  load {patch.load}")
        for file in one.files:
            screen.line(f"  {file.state:9} {file.path}", _STYLES[file.state])
        if _ADVICE[one.state]:
            screen.line(f"  {_ADVICE[one.state]}")
