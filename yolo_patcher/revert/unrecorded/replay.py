"""Prove generated models without a record: take them out, plan their requests again, and compare with what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.marker import says_adapted, with_other_patch
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import State, step_record
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import model_files
from yolo_patcher.model.rows import read_model_yaml
from yolo_patcher.plan.planned import Planned, plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.revert.held import Remain
from yolo_patcher.revert.unrecorded.find import Generated, generated_models
from yolo_patcher.revert.unrecorded.traces import Traces


class Replanning:
    """The generated models of a checkout, and which of them are not proven.

    Args:
        checkout: the checkout.
        state: the recorded patches that are in it, which came first.
        recorded: the names of all recorded patches.
        more: recipes beside the catalogue.

    Attributes:
        failed: why models are not proven, by their paths.
        notes: what is left out of the proof, by the name of the patch.
    """

    def __init__(self, checkout: Checkout, state: State, recorded: Collection[str], more: tuple[Path, ...]) -> None:
        self.checkout = checkout
        self.snapshot = checkout.snapshot
        self.state = state
        self.recorded = frozenset(step.name for step in state.steps if step.kind == "class")
        self.more = more
        self.traces = Traces(checkout.site)
        self.models = {
            one.path: one
            for one in generated_models(checkout.snapshot, model_files(checkout.site))
            if one.id not in recorded
        }
        self.uses = {path: self._classes(path) for path in self.models}
        self.failed: dict[str, str] = {}
        self.notes: dict[str, tuple[str, ...]] = {}

    def _classes(self, path: str) -> frozenset[str]:
        """Give the marked classes that a model's rows name, and those within; all where it has no rows."""
        try:
            rows = read_model_yaml(decode_yaml(path, self.snapshot.require(path))).rows
        except PatcherError:
            return frozenset(self.traces.markers)
        return self.traces.with_inner(frozenset(self.traces.markers) & {row.module for row in rows})

    def prove(self) -> list[Planned]:
        """Give the plans of the patches that are proven, in the order in which they were applied."""
        while True:
            try:
                order = self._order()
            except CycleError:
                self.failed.update(dict.fromkeys(self.models, "the order in which the patches came can't be told"))
                return []
            self.notes.clear()
            planned = self._replay(order)
            if len(planned) == len(order):
                return planned

    def _kept(self) -> frozenset[str]:
        """Give the classes that stay: those of recorded patches, and those of models that are not proven."""
        return self.recorded.union(*(self.uses[path] for path in self.failed))

    def _order(self) -> list[str]:
        """Put the models that are not failed in an order in which they can have come.

        A class whose patch is gone stands there by its name, since other patches may have come in between.
        """
        pending = {path: one for path, one in self.models.items() if path not in self.failed}
        by_id = {one.id: path for path, one in pending.items()}
        order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(pending, ()))
        owners: dict[str, str] = {}
        kept = self._kept()
        for name, marker in self.traces.markers.items():
            users = [path for path in pending if name in self.uses[path] and name not in kept]
            if users:
                owners[name] = by_id[marker] if by_id.get(marker) in users else name
                for user in users:
                    if user != owners[name]:
                        order.add(user, owners[name])
        for names in self.traces.sequences:
            for earlier, later in pairwise(dict.fromkeys(owners[name] for name in names if name in owners)):
                order.add(later, earlier)
        for path, one in pending.items():
            if one.base in pending:
                order.add(path, one.base)
        return list(order.static_order())

    def _replay(self, order: Sequence[str]) -> list[Planned]:
        """Plan the models one on top of the other, and compare each time; stop at the first that is not as planned."""
        there = self._kept()
        models = [path for path in order if path in self.models]
        every = there.union(*(self.uses[path] for path in models))
        before = self.traces.without(every - there, models)
        state, done = self.state, list[Planned]()
        for one in order:
            user = one if one in self.models else next(path for path in models if one in self.uses[path])
            new = self.uses[one] - there if user == one else frozenset({one})
            there |= new
            models = [path for path in models if path != one]
            after = self.traces.without(every - there, models)
            found = self._proof(self.models[user], before, state, after, None if user == one else one)
            if isinstance(found, str):
                self.failed[user] = self.traces.misplaced(new, before) or found
                break
            self._remarks(user, new, before)
            before, state = after, found.state
            done.append(found)
        return done

    def _proof(
        self, one: Generated, before: Snapshot, state: State, after: Snapshot, name: str | None
    ) -> Planned | str:
        """Plan a model's request, or only a class of it, at one scale after the other; give the plan, or why not."""
        try:
            request = Request.from_line(one.header.words, self.more)
        except PatcherError as error:
            return f"its first line can't be taken as a request: {error}"
        if before.read(one.base) is None:
            return f"its base {one.base} is not there"
        why = ""
        request = replace(request, model=str(before.root / one.base), output=PurePosixPath(one.path).name)
        checkout = replace(self.checkout, snapshot=before)
        for scale in (None, "n", "s", "m", "l", "x"):
            try:
                planned = plan_request(checkout, state, replace(request, scale=scale), self.more, self.uses[one.path])
            except PatcherError as error:
                why = why or f"planning it again fails: {error.message}"
                continue
            if planned.plan.patch.id != one.id:
                return "the file was renamed or moved, or made with another version of the recipe"
            if name is not None:
                planned = _only_class(planned, state, name, self.traces.markers[name])
            differs = _first_difference(planned.after().snapshot, after)
            if differs is None:
                return planned
            why = why or f"{differs} is not as yolo-patcher would write it"
            if not planned.plan.notes and not self._adapted(one):
                break
        return why

    def _remarks(self, path: str, new: frozenset[str], before: Snapshot) -> None:
        """Note what is left out of the proof of a model."""
        remarks = list(self.traces.remarks(new, before))
        for name in sorted(self.uses[path]):
            user = next((other for other in self.failed if name in self.uses[other]), None)
            if user is not None:
                remarks.append(f"{name} stays, because {user} uses it.")
        patch = self.models[path].id
        self.notes[patch] = (*self.notes.get(patch, ()), *remarks)

    def _adapted(self, one: Generated) -> bool:
        """Tell whether a marker says that defaults were adapted to the channels, which differ from scale to scale."""
        return any(says_adapted(self.snapshot.require(path), one.id) for path in self.traces.homes.values())

    def remains(self) -> Iterator[Remain]:
        """Give what stays when the proven patches go."""
        for path, why in self.failed.items():
            yield Remain(self.models[path].id, path, 1, "the model YAML", why)
        for name, marker in self.traces.markers.items():
            its = [path for path in self.models if name in self.uses[path]]
            users = [self.models[path].id for path in its if path in self.failed]
            if name not in self.recorded and (users or not its):
                why = f"{users[0]} uses it" if users else "no model YAML that yolo-patcher made uses it"
                for path, line, what in self.traces.places(name):
                    yield Remain(users[0] if users else marker, path, line, what, why)


def _first_difference(planned: Snapshot, there: Snapshot) -> str | None:
    """Give the first file that differs between two stages, with its first line that does, or None."""
    paths = planned.overlay.keys() | there.overlay.keys()
    for path in sorted(paths, key=lambda path: (not path.endswith(".py"), path)):
        one, other = planned.read(path), there.read(path)
        if one != other:
            lines = [(content or b"").splitlines() for content in (one, other)]
            same = (number for number, (a, b) in enumerate(zip(*lines, strict=False)) if a != b)
            return f"{path}, line {next(same, min(map(len, lines))) + 1},"
    return None


def _only_class(planned: Planned, state: State, name: str, marker: str) -> Planned:
    """Give a plan without all but its first class, with the marker of a patch that brought it and was reverted since.

    Args:
        planned: the plan.
        state: what the checkout held before it.
        name: the class's name; when it is not the plan's first, nothing of the plan is left.
        marker: the name of the patch that its marker shall bear.
    """
    own = planned.plan.patch.id

    def renamed(content: bytes | None) -> bytes | None:
        return content and with_other_patch(content, own, marker)

    steps = tuple(
        replace(
            step, changes=tuple(FileChange(one.path, renamed(one.before), renamed(one.after)) for one in step.changes)
        )
        for step in planned.plan.steps[:1]
        if (step.kind, step.name) == ("class", name)
    )
    plan = replace(planned.plan, changes=tuple(change for step in steps for change in step.changes), steps=steps)
    state = replace(state, steps=(*state.steps, *map(step_record, steps)))
    return replace(planned, plan=plan, state=state)
