"""`status`: which patches a checkout holds, and whether their files are as they left them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.state import read_state
from yolo_patcher.commit.transition import transition
from yolo_patcher.revert.export import EXPORT_PATH, export_change
from yolo_patcher.revert.held import Remain
from yolo_patcher.revert.status import PatchStatus, patch_statuses
from yolo_patcher.revert.unrecorded.adopt import adopt

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
    """Tell what is applied to a checkout.

    Args:
        repo: the checkout.
        screen: where remarks go.
        export: write the patches to `yolo-patcher.toml` as well.
        more: recipes beside the catalogue, for patches without a record.

    Raises:
        PatcherError: `usage`, when there is no such folder, or nothing to export; `refused`, when the state is damaged
            or another checkout's.
    """
    opened = open_recovered(repo, screen)
    snapshot = opened.snapshot
    adopted = adopt(snapshot, opened.package, more)
    statuses = patch_statuses(snapshot, adopted)
    document: dict[str, object] = {"patches": [one.as_json() for one in statuses]}
    if adopted.remains:
        document["remains"] = [one.as_json() for one in adopted.remains]
    if export:
        change = export_change(snapshot, adopted.state.patches)
        if change.before != change.after:
            from yolo_patcher.commit.writer import commit

            commit(snapshot.root, transition(snapshot, [change], read_state(snapshot)), "status --export")
        document["export"] = EXPORT_PATH
    return Outcome(document, lambda shown: _show(shown, statuses, adopted.remains, export))


def _show(screen: Screen, statuses: tuple[PatchStatus, ...], remains: tuple[Remain, ...], export: bool) -> None:
    if not statuses and not remains:
        screen.line("The checkout holds no patch.")
    for one in statuses:
        patch = one.record.patch
        screen.line(f"{one.record.id}: {one.state}", _STYLES[one.state])
        screen.line(f"  {', '.join(patch.classes.values())} at {', '.join(patch.positions)} of {patch.base}")
        screen.line(f"  load {patch.load}")
        for file in one.files:
            screen.line(f"  {file.state:9} {file.path}", _STYLES[file.state])
        if _ADVICE[one.state]:
            screen.line(f"  {_ADVICE[one.state].format(id=one.record.id)}")
    for remain in remains:
        where = f"{remain.path}:{remain.line}"
        screen.line(f"{where}: {remain.what} of {remain.id} can't be taken out with certainty: {remain.why}", "yellow")
    if export:
        screen.line(f"Wrote {EXPORT_PATH}; commit it, and `yolo-patcher reapply` puts these patches on a fresh clone.")
