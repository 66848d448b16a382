"""`status`: which patches a checkout holds, and whether their files are as they left them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen

if TYPE_CHECKING:
    from yolo_patcher.api import Status

_ADVICE = {
    "intact": "",
    "edited": "Edited since; `yolo-patcher revert` keeps the edits, and refuses where they stand in what it inserted.",
    "missing": "A part is gone; `yolo-patcher reapply` puts it back, `yolo-patcher revert` takes out the rest.",
    "reverted": "Gone, though not by yolo-patcher; `yolo-patcher reapply` puts it on again, `yolo-patcher revert` "
    "clears the record.",
    "unrecorded": "Its record is gone; `yolo-patcher revert {id}` still takes it out, proven by planning it again.",
}
_STYLES = {"intact": "green", "edited": "yellow", "missing": "red", "reverted": "dim", "unrecorded": "yellow"}


def status(repo: Path, screen: Screen, export: bool = False, more: Sequence[Path] = ()) -> Outcome:
    """Tell what is applied to a checkout; arguments and errors as for `api.status`."""
    held = api.status(open_recovered(repo, screen), export=export, more=more)
    done = f"Wrote {held.export}" if held.export else ""
    return Outcome(held.as_json(), lambda shown: _show(shown, held), done=done)


def _show(screen: Screen, status: Status) -> None:
    if not status.patches and not status.remains:
        screen.line("The checkout holds no patch.")
    for one in status.patches:
        patch = one.record.patch
        screen.line(f"{one.record.id}: {one.state}", _STYLES[one.state])
        for text in status.modules(one.record):
            screen.line(f"  {text} of {patch.base}")
        screen.line(f"  load {patch.load}")
        for file in one.files:
            screen.line(f"  {file.state:9} {file.path}", _STYLES[file.state])
        if _ADVICE[one.state]:
            screen.line(f"  {_ADVICE[one.state].format(id=one.record.id)}")
    for remain in status.remains:
        where = f"{remain.path}:{remain.line}"
        screen.line(f"{where}: {remain.what} of {remain.id} can't be taken out with certainty: {remain.why}", "yellow")
    if status.export:
        screen.line(
            f"Wrote {status.export}; commit it, and `yolo-patcher reapply` puts these patches on a fresh clone."
        )
