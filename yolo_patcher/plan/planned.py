"""Plan requests on a checkout that holds patches already, and say what its state is afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yolo_patcher.checkout.dialects import Dialect, recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import Asked, FileChange
from yolo_patcher.commit.state import PatchRecord, State
from yolo_patcher.commit.transition import Transition, transition
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.plan.plan import Insertion, Plan, plan_patch
from yolo_patcher.recipe.catalogue import all_recipes, signatures
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.revert.revert import RevertPlan, plan_revert
from yolo_patcher.signature import Signature, Signatures


@dataclass(frozen=True)
class Request:
    """What one `apply` asks for.

    Attributes:
        insertions: the recipes and where they go.
        model: the base model's name or path; None for the default.
        scale: the scale; None for the name's own, or the smallest.
        output: the new model YAML's name; None to make one.
    """

    insertions: tuple[Insertion, ...]
    model: str | None = None
    scale: str | None = None
    output: str | None = None


@dataclass(frozen=True)
class Planned:
    """A plan, the checkout that it was made on, and what the checkout holds after it."""

    plan: Plan
    dialect: Dialect
    site: Site
    state: State

    def counted(self, parameters: tuple[int, ...], patch_id: str | None = None) -> Planned:
        """Give the same with the parameters that verify counted in each row of a patched model, by default its own."""
        counted = patch_id or self.plan.patch.id
        patches = tuple(replace(one, parameters=parameters) if one.id == counted else one for one in self.state.patches)
        return replace(self, state=replace(self.state, patches=patches))

    def after(self) -> Snapshot:
        """Give the checkout as it is after the plan."""
        return self.site.snapshot.changed({change.path: change.after for change in self.plan.changes})


def plan_request(
    snapshot: Snapshot, package: str | None, state: State, request: Request, more: Sequence[Path]
) -> Planned:
    """Plan one request.

    Args:
        snapshot: the checkout.
        package: the package's folder when the user named it.
        state: what the checkout holds.
        request: what is asked for.
        more: recipes beside the catalogue, whose classes may stand in the base.

    Raises:
        PatcherError: as recognising, choosing and planning do.
    """
    dialect, site = recognise(snapshot, package)
    chosen = choose_model(site, request.model, request.scale)
    recipes = all_recipes(tuple(more))
    known = {**signatures(recipes), **recorded_signatures(recipes, state)}
    plan = plan_patch(dialect, site, chosen, request.insertions, output=request.output, signatures=known)
    other = next((one for one in state.patches if one.patch.model == plan.patch.model), None)
    if other is not None and other.id != plan.patch.id:
        raise PatcherError(
            "refused",
            f"{other.id} has made a model YAML of this name",
            path=plan.patch.model,
            help=f"Give the new one another name with --output, or take that one out: yolo-patcher revert {other.id}.",
        )
    record = PatchRecord(plan.patch, tuple(map(_asked, request.insertions)))
    return Planned(plan, dialect, site, state.with_patch(record, plan.steps))


def recorded_signatures(recipes: Iterable[Recipe], state: State) -> Signatures:
    """Give what is known of the classes of recorded patches, which may have other names than their recipes'."""
    by_name = {recipe.name: recipe.signature for recipe in recipes}
    return {
        name: by_name.get(recipe, Signature())
        for record in state.patches
        for recipe, name in record.patch.classes.items()
    }


def plan_again(
    snapshot: Snapshot, package: str | None, planned: Planned, request: Request, more: Sequence[Path]
) -> Planned:
    """Plan a patch that the checkout holds but not whole: what is left of it goes first.

    Raises:
        PatcherError: as `plan_request`, and `conflict` when an edit stands where the patch does.
    """
    back = plan_revert(snapshot, [planned.plan.patch.id], False)
    again = plan_request(without(snapshot, back), package, back.state, request, more)
    # In its old place: patches made on top of its model come behind it.
    order = [one.id for one in planned.state.patches]
    patches = tuple(sorted(again.state.patches, key=lambda one: order.index(one.id)))
    return replace(again, state=replace(again.state, patches=patches))


def without(snapshot: Snapshot, back: RevertPlan) -> Snapshot:
    """Give the checkout as it is after a revert."""
    return snapshot.changed({change.path: change.after for change in back.changes})


def _asked(one: Insertion) -> Asked:
    return Asked(one.recipe.name, one.recipe.version, one.settings, tuple(each.text for each in one.positions))


def way_to(snapshot: Snapshot, planned: Sequence[Planned], keep: Iterable[bytes | None] = ()) -> Transition:
    """Give what a commit of several plans, each made on top of the one before, writes.

    Args:
        snapshot: the checkout as it is on the disk.
        planned: the plans; the last one's state is the checkout's afterwards.
        keep: contents that this state names beside those of the plans' steps.
    """
    last = planned[-1]
    steps = [change for one in planned for step in one.plan.steps for change in step.changes]
    contents = [content for change in steps for content in (change.before, change.after)]
    return transition(snapshot, changes_to(snapshot, last.after()), last.state, [*contents, *keep])


def changes_to(snapshot: Snapshot, after: Snapshot) -> tuple[FileChange, ...]:
    """Give the files that differ between the disk and what is planned, sorted by path."""
    return tuple(
        FileChange(path, snapshot.read(path), content)
        for path, content in sorted(after.overlay.items())
        if snapshot.read(path) != content
    )
