"""Plan recorded patches again: on the checkout without what is left of them, one on top of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import Asked
from yolo_patcher.commit.state import State
from yolo_patcher.plan.planned import Planned, Request, plan_request, without
from yolo_patcher.plan.request import read_insertions
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.revert.export import Wanted, read_export, wanted
from yolo_patcher.revert.revert import plan_revert
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


def plan_reapply(snapshot: Snapshot, package: str | None, more: tuple[Path, ...]) -> Reapplied:
    """Plan the patches that the state names, then those of `yolo-patcher.toml` that it does not.

    Raises:
        PatcherError: `conflict`, when an edit stands where a patch does; and as planning does.
    """
    adopted = adopt(snapshot, package, more, anywhere=True)
    state = adopted.state
    every = [wanted(one) for one in state.patches]
    known = {one.model for one in every}
    every += [one for one in read_export(snapshot) if one.model not in known]
    back = plan_revert(snapshot, [], everything=True, anywhere=True, adopted=adopted)
    now, after = without(snapshot, back), State(home=state.home)
    planned: list[Planned] = []
    notes: list[str] = []
    for one in every:
        request = _request(one, now, more, notes)
        planned.append(plan_request(now, package, after, request, more))
        now, after = planned[-1].after(), planned[-1].state
    return Reapplied(tuple(planned), tuple(notes))


def _request(one: Wanted, snapshot: Snapshot, more: tuple[Path, ...], notes: list[str]) -> Request:
    """Give the request of a patch; its base is looked up by name where it moved."""
    words = [f"{each.recipe}@{position}" for each in one.asked for position in each.positions]
    pairs = [f"{each.recipe}.{name}={format_value(value)}" for each in one.asked for name, value in _settings(each)]
    insertions = read_insertions(words, (), pairs, more)
    versions = {each.recipe: each.version for each in one.asked}
    for each in insertions:
        if each.recipe.version != versions[each.recipe.name]:
            notes.append(
                f"{each.recipe.name} is of version {each.recipe.version} now; the patch was made with version "
                f"{versions[each.recipe.name]}."
            )
    model = one.base
    if not snapshot.exists(one.base):
        model = PurePosixPath(one.base).stem
        notes.append(f"{one.base} is not there any more; {model} is looked up by its name.")
    return Request(insertions, model, one.scale or None, PurePosixPath(one.model).name)


def _settings(one: Asked) -> list[tuple[str, bool | int | float | str]]:
    return [(name, value) for name, value in one.settings.items() if isinstance(value, bool | int | float | str)]
