"""Plan requests on a checkout that holds patches already, and say what its state is afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import PatchRecord, State
from yolo_patcher.commit.transition import Transition, transition
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.plan.plan import Plan, plan_patch
from yolo_patcher.plan.request import Request
from yolo_patcher.recipe.catalogue import all_recipes, named, signatures
from yolo_patcher.signature import Signature, Signatures


@dataclass(frozen=True)
class Planned:
    """A plan, the checkout that it was made on, and what the checkout holds after it.

    Attributes:
        plan: the plan.
        checkout: the checkout that it was made on.
        state: what the checkout holds afterwards.
        keep: contents that this state names beside those of the plan's own steps, and that need not be stored yet.
    """

    plan: Plan
    checkout: Checkout
    state: State
    keep: tuple[bytes, ...] = ()

    @property
    def record(self) -> PatchRecord:
        """The patch as the state records it."""
        return next(one for one in self.state.patches if one.id == self.plan.patch.id)

    def verified(
        self, parameters: tuple[int, ...], skipped: tuple[str, ...] = (), patch_id: str | None = None
    ) -> Planned:
        """Give the same with what a verification says of a patch, by default its own, in the patch's record.

        Args:
            parameters: the parameters that were counted in each row of the patched model.
            skipped: the checks that were left out by request.
            patch_id: the patch.
        """
        name = patch_id or self.plan.patch.id
        patches = tuple(
            replace(one, parameters=parameters, skipped=skipped) if one.id == name else one
            for one in self.state.patches
        )
        return replace(self, state=replace(self.state, patches=patches))

    def after(self) -> Checkout:
        """Give the checkout as it is after the plan."""
        return self.checkout.changed({change.path: change.after for change in self.plan.changes})


def plan_request(
    checkout: Checkout, state: State, request: Request, more: Sequence[Path], names: Collection[str] | None = None
) -> Planned:
    """Plan one request.

    Args:
        checkout: the checkout.
        state: what the checkout holds.
        request: what is asked for.
        more: recipes beside the catalogue, whose classes may stand in the base.
        names: the names that new classes may have; None for any.

    Raises:
        PatcherError: as recognising, choosing and planning do.
    """
    chosen = choose_model(checkout.site, request.model, request.scale)
    request = named_apart(request, chosen.model.path, state)
    known = {**signatures(tuple(more)), **recorded_signatures(state, tuple(more))}
    plan = plan_patch(
        checkout, chosen, request, signatures=known, recipes=lambda: all_recipes(tuple(more)), names=names
    )
    other = next((one for one in state.patches if one.patch.model == plan.patch.model), None)
    if other is not None and other.id != plan.patch.id:
        raise PatcherError(
            "refused",
            f"{other.id} has made a model YAML of this name",
            path=plan.patch.model,
            help=f"Give the new one another name with --output, or take that one out: yolo-patcher revert {other.id}.",
        )
    record = PatchRecord(plan.patch, request.asked())
    return Planned(plan, checkout, state.with_patch(record, plan.steps))


def named_apart(request: Request, base: str, state: State) -> Request:
    """Name a request after its settings where a patch with other settings has the name that it would have.

    Args:
        request: what is asked for.
        base: the base model's path.
        state: what the checkout holds.
    """
    if request.output is not None:
        return request
    apart = request.with_settings_in_its_name(base)
    if state.find(apart.patch_id(base, apart.output_path(base))) is not None:
        return apart
    path, asked = request.output_path(base), request.asked()
    other = next((one for one in state.patches if one.patch.model == path), None)
    if other is None or [one.as_json() for one in other.asked] == [one.as_json() for one in asked]:
        return request
    places = [(one.recipe, one.version, one.positions) for one in asked]
    return apart if [(one.recipe, one.version, one.positions) for one in other.asked] == places else request


def recorded_signatures(state: State, more: tuple[Path, ...] = ()) -> Signatures:
    """Give what is known of the classes of recorded patches, which may have other names than their recipes'."""
    recipes = named({recipe for record in state.patches for recipe in record.patch.classes}, more)
    return {
        name: recipes[recipe].signature if recipe in recipes else Signature()
        for record in state.patches
        for name, recipe in record.patch.recipe_classes.items()
    }


def way_to(snapshot: Snapshot, changes: Sequence[FileChange], planned: Sequence[Planned]) -> Transition:
    """Give what a commit of several plans, each made on top of the one before, writes.

    Args:
        snapshot: the checkout as it is on the disk, for its state.
        changes: the files that differ between the disk and what is planned, from `changes_to`.
        planned: the plans; the last one's state is the checkout's afterwards.
    """
    last = planned[-1]
    steps = [change for one in planned for step in one.plan.steps for change in step.changes]
    contents = [content for change in steps for content in (change.before, change.after)]
    kept = [content for one in planned for content in one.keep]
    return transition(snapshot, changes, last.state, [*contents, *kept])


def changes_to(snapshot: Snapshot, after: Checkout) -> tuple[FileChange, ...]:
    """Give the files that differ between the disk and what is planned, sorted by path."""
    return tuple(
        FileChange(path, snapshot.read(path), content)
        for path, content in sorted(after.snapshot.overlay.items())
        if snapshot.read(path) != content
    )
