"""Take patches without a record for what they are, once planning them again has given today's files byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.patch import FileChange, digest
from yolo_patcher.commit.state import State, holds, read_state
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.held import Adopted, Remain
from yolo_patcher.revert.unrecorded.find import recorded_ids, shows_unrecorded

if TYPE_CHECKING:
    from yolo_patcher.plan.planned import Planned
    from yolo_patcher.revert.unrecorded.replay import Replanning


def adopt(checkout: Checkout, more: Sequence[Path] = (), *, anywhere: bool = False) -> Adopted:
    """Find and prove the patches that a checkout holds without a record.

    A patch is proven when the checkout without it can be told, and planning its request there gives what is there
    today, byte for byte.

    Args:
        checkout: the checkout.
        more: recipes beside the catalogue.
        anywhere: the state may be another checkout's, as after an upgrade.

    Raises:
        PatcherError: `refused`, when the state is damaged or another checkout's.
    """
    recorded = read_state(checkout.snapshot) if anywhere else holds(checkout.snapshot)
    if not shows_unrecorded(checkout, recorded):
        return Adopted(recorded)
    try:
        search, planned, later = _prove(checkout, recorded, tuple(more))
    except PatcherError as error:
        why = f"the checkout is not understood: {error.message}"
        return Adopted(recorded, remains=(Remain("", error.path or "", error.line or 1, "a marker comment", why),))
    state = replace(planned[-1].state if planned else search.state, home=recorded.home)
    # A class whose own patch is gone is planned by itself, so not every plan is a patch.
    held = {one.id for one in state.patches}
    ids = tuple(dict.fromkeys(one.plan.patch.id for one in planned if one.plan.patch.id in held))
    for record in later.patches:
        if record.id not in ids:
            state = state.with_patch(record, ())
    contents = [side for one in planned for change in _changes(one) for side in (change.before, change.after)]
    known = {digest(content) or "": content for content in contents if content is not None}
    state = replace(state, steps=(*state.steps, *later.steps))
    return Adopted(state, ids, known, tuple(search.remains()), search.notes)


def _prove(checkout: Checkout, recorded: State, more: tuple[Path, ...]) -> tuple[Replanning, list[Planned], State]:
    """Prove what there is on top of the recorded patches, else below them.

    Returns:
        The search, the plans, and the recorded patches that come after these.
    """
    # Most checkouts have a record of all that they hold, and then none of this need be imported.
    from yolo_patcher.revert.revert import plan_revert, without
    from yolo_patcher.revert.unrecorded.replay import Replanning

    ids = recorded_ids(recorded)
    search = Replanning(checkout, recorded, ids, more)
    planned = search.prove()
    if search.failed and recorded.steps:
        with suppress(PatcherError):
            bare = without(checkout, plan_revert(checkout.snapshot, [], everything=True))
            below = Replanning(bare, State(), ids, more)
            its = below.prove()
            if len(below.failed) < len(search.failed):
                return below, its, recorded
    return search, planned, State()


def _changes(planned: Planned) -> Iterator[FileChange]:
    for step in planned.plan.steps:
        yield from step.changes
