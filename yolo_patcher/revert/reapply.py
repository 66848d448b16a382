"""Plan recorded patches again: on the checkout without what is left of them, one on top of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.state import PatchRecord, State
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.plan.planned import Planned, named_apart, plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.revert.export import Exported, exported, read_export
from yolo_patcher.revert.revert import plan_revert, without
from yolo_patcher.revert.status import broken_classes
from yolo_patcher.revert.unrecorded.adopt import adopt


@dataclass(frozen=True)
class Reapplied:
    """The plans, each made on top of the one before, and what the user should know."""

    planned: tuple[Planned, ...]
    notes: tuple[str, ...]


def plan_or_again(checkout: Checkout, state: State, request: Request, more: Sequence[Path]) -> Planned:
    """Plan a request; of a patch that the checkout holds but not whole, what is left goes first.

    Raises:
        PatcherError: as `plan_request`, and `conflict` when an edit stands where the patch does.
    """
    held = _held(checkout, state, request)
    if held is None:
        return plan_request(checkout, state, request, more)
    try:
        planned = plan_request(checkout, state, request, more)
        return planned if not planned.plan.changes else _plan_again(checkout, state, held, request, more)
    except PatcherError as error:
        # What is left of it may stand in its own way.
        if error.kind != "refused":
            raise
        return _plan_again(checkout, state, held, request, more)


def _held(checkout: Checkout, state: State, request: Request) -> PatchRecord | None:
    base = choose_model(checkout.site, request.model, request.scale).model.path
    named = named_apart(request, base, state)
    return state.find(named.patch_id(base, named.output_path(base)))


def _plan_again(checkout: Checkout, state: State, held: PatchRecord, request: Request, more: Sequence[Path]) -> Planned:
    gone = broken_classes(checkout.snapshot, state, held)
    back = plan_revert(checkout.snapshot, [held.id], False, shared=gone)
    again = plan_request(without(checkout, back), back.state, request, more)
    # In its old place: patches made on top of its model come behind it.
    order = [one.id for one in state.patches]
    patches = tuple(sorted(again.state.patches, key=lambda one: order.index(one.id)))
    # What stays of the steps behind it is told anew, in contents that nothing has stored.
    return replace(again, state=replace(again.state, patches=patches), keep=back.keep)


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
        request = recorded_request(one, now.snapshot, more, notes)
        planned.append(plan_request(now, after, request, more))
        now, after = planned[-1].after(), planned[-1].state
    return Reapplied(tuple(planned), tuple(notes))


def recorded_request(one: Exported, snapshot: Snapshot, more: tuple[Path, ...], notes: list[str]) -> Request:
    """Give the request of a patch; its base is looked up by name where it moved, which `notes` is told."""
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
