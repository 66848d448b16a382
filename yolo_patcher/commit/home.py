"""Tell a checkout's own state from one that was copied here from another checkout."""

from __future__ import annotations

from yolo_patcher.checkout.snapshot import STATE_FOLDER, Snapshot, home_of
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import State, read_state
from yolo_patcher.errors import PatcherError


def holds(snapshot: Snapshot) -> State:
    """Read what a checkout holds, for a command that goes on from there.

    Raises:
        PatcherError: `refused`, when the state is damaged, or another checkout's.
    """
    state = read_state(snapshot)
    require_home(snapshot, state)
    return state


def require_home(snapshot: Snapshot, state: State) -> None:
    """Check that the state was written for this checkout, which may have been moved or copied as a whole since.

    Raises:
        PatcherError: `refused`, when the folder is another one and no file in it is as any patch left it.
    """
    if not state.patches or state.home in ("", home_of(snapshot.root)):
        return
    files = [file for step in state.steps for file in step.files]
    # A created file may be the same in many checkouts; one that was there before tells more.
    telling = [file for file in files if file.before is not None] or files
    if any(digest(snapshot.read(file.path)) == file.after for file in telling):
        return
    raise PatcherError(
        "refused",
        "this state was written for another checkout: no file here is as its patches left it",
        path=STATE_FOLDER,
        help="Nothing was changed. `yolo-patcher reapply` puts its patches on this checkout; otherwise move the folder "
        "away.",
    )
