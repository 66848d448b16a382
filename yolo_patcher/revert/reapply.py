"""Plan recorded patches again: on the checkout without what is left of them, one on top of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.state import State
from yolo_patcher.plan.planned import Planned, plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.revert.export import Exported, exported, read_export
from yolo_patcher.revert.revert import plan_revert, without
from yolo_patcher.revert.unrecorded.adopt import adopt


@dataclass(frozen=True)
class Reapplied:
    """The plans, each made on top of the one before, and what the user should know."""

    planned: tuple[Planned, ...]
    notes: tuple[str, ...]

    def counted(self, number: int, parameters: tuple[int, ...]) -> Reapplied:
        """Give the same with the parameters that verify counted for one of the patches."""
        patch_id = self.planned[number].plan.patch.id
        planned = tuple(one.counted(parameters, patch_id) for one in self.planned)
        return replace(self, planned=planned)


def plan_again(checkout: Checkout, planned: Planned, request: Request, more: Sequence[Path]) -> Planned:
    """Plan a patch that the checkout holds but not whole: what is left of it goes first.

    Raises:
        PatcherError: as `plan_request`, and `conflict` when an edit stands where the patch does.
    """
    back = plan_revert(checkout.snapshot, [planned.plan.patch.id], False)
    again = plan_request(without(checkout, back), back.state, request, more)
    # In its old place: patches made on top of its model come behind it.
    order = [one.id for one in planned.state.patches]
    patches = tuple(sorted(again.state.patches, key=lambda one: order.index(one.id)))
    return replace(again, state=replace(again.state, patches=patches))


def plan_reapply(checkout: Checkout, more: tuple[Path, ...]) -> Reapplied:
    """Plan the patches that the state names, then those of `yolo-patcher.toml` that it does not.

    Raises:
        PatcherError: `conflict`, when an edit stands where a patch does; and as planning does.
    """
    adopted = adopt(checkout, more, anywhere=True)
    state = adopted.state
    every = [exported(one) for one in state.patches]
    known = {one.model for one in every}
    every += [one for one in read_export(checkout.snapshot) if one.model not in known]
    back = plan_revert(checkout.snapshot, [], everything=True, anywhere=True, adopted=adopted)
    now, after = without(checkout, back), State(home=state.home)
    planned: list[Planned] = []
    notes: list[str] = []
    for one in every:
        request = _request(one, now.snapshot, more, notes)
        planned.append(plan_request(now, after, request, more))
        now, after = planned[-1].after(), planned[-1].state
    return Reapplied(tuple(planned), tuple(notes))


def _request(one: Exported, snapshot: Snapshot, more: tuple[Path, ...], notes: list[str]) -> Request:
    """Give the request of a patch; its base is looked up by name where it moved."""
    request = Request.from_asked(one.asked, more)
    versions = {each.recipe: each.version for each in one.asked}
    for each in request.insertions:
        if each.recipe.version != versions[each.recipe.name]:
            notes.append(
                f"{each.recipe.name} is of version {each.recipe.version} now; the patch was made with version "
                f"{versions[each.recipe.name]}."
            )
    model = one.base
    if not snapshot.exists(one.base):
        model = PurePosixPath(one.base).stem
        notes.append(f"{one.base} is not there any more; {model} is looked up by its name.")
    return replace(request, model=model, scale=one.scale or None, output=PurePosixPath(one.model).name)
