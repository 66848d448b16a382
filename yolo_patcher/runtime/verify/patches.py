"""Verify patches that a checkout holds, or that are only tried, side by side; keep what was counted in their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.patch_ids import whole_ids
from yolo_patcher.commit.state import PatchRecord, State, read_state
from yolo_patcher.commit.transition import transition
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.runtime.verify.applied import AppliedModel, applied_model
from yolo_patcher.runtime.verify.cases import verify_records
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.row_costs import recipes_of, with_row_costs
from yolo_patcher.runtime.verify.variants import Variants, at_scales, tried


@dataclass(frozen=True)
class Selected:
    """The patches to verify.

    Attributes:
        checkout: the checkout with all of them.
        records: the patches, at the scales at which they are built.
        mixing: the classes whose recipes say that they mix the positions of a map.
        measured: for each of them the model that it made and its recipes; empty where no costs are measured.
    """

    checkout: Checkout
    records: tuple[PatchRecord, ...]
    mixing: frozenset[str]
    measured: tuple[tuple[AppliedModel, Mapping[str, Recipe]], ...]


def select(
    checkout: Checkout, ids: Sequence[str], variants: Variants, how: HowToVerify, more: tuple[Path, ...]
) -> Selected:
    """Choose the patches that are named, or all; with some to try, these and the patches that are named.

    Raises:
        PatcherError: `usage`, when a patch or a scale is not there; as planning does, for what is tried.
    """
    if variants.model is not None and not variants.tries:
        raise PatcherError(
            "usage",
            "--model names the base of what is only tried",
            help="Name with --try what to insert; without it, what is applied is verified on its own base.",
        )
    state = read_state(checkout.snapshot)
    records = () if variants.tries and not ids else _named(state, ids)
    if variants.tries:
        checkout, new = tried(checkout, state, variants.tries, variants.model, more)
        records += tuple(one for one in new if one not in records)
    records = at_scales(checkout, records, variants.scales)
    recipes = [recipes_of(one, more) for one in records]
    mixing = frozenset(
        class_name
        for record, its in zip(records, recipes, strict=True)
        for class_name, names in record.patch.recipes_of_classes.items()
        if any(name in its and its[name].mixes_positions for name in names)
    )
    if how.costs is None:
        return Selected(checkout, records, mixing, ())
    applied = [applied_model(checkout.site, one) for one in records]
    return Selected(checkout, records, mixing, tuple(zip(applied, recipes, strict=True)))


def verify_selected(
    selected: Selected,
    how: HowToVerify,
    on_event: Callable[[str, Mapping[str, object]], None],
    on_verified: Callable[[PatchRecord, Verification], None],
) -> tuple[Verification, ...]:
    """Verify patches on one staged copy and in one process.

    Args:
        selected: the patches.
        how: how to verify.
        on_event: called with what loads a model, and with each event of its verification.
        on_verified: called with each patch and how it ended, as soon as it is known.

    Raises:
        PatcherError: `checkout` and `verify`, when no check could run.
    """
    records, answers = selected.records, list[Verification]()

    def take(number: int, answer: Verification) -> None:
        answers.append(
            with_row_costs(answer, records[number], *selected.measured[number]) if selected.measured else answer
        )
        on_verified(records[number], answers[number])

    def progress(event: Mapping[str, object]) -> None:
        number = event.get("case")
        on_event(records[number].patch.load if isinstance(number, int) and number < len(records) else "", event)

    if records:
        verify_records(selected.checkout, records, how, progress, take, selected.mixing)
    return tuple(answers)


def keep_parameters(checkout: Checkout, records: Sequence[PatchRecord], answers: Sequence[Verification]) -> None:
    """Keep the parameters of the rows that were verified, for `inspect`."""
    from yolo_patcher.commit.writer import commit

    state = read_state(checkout.snapshot)
    counted = {
        (one.id, one.patch.scale): answer.row_params
        for one, answer in zip(records, answers, strict=True)
        if answer.status == "passed"
    }
    patches = tuple(
        replace(one, parameters=counted.get((one.id, one.patch.scale), one.parameters)) for one in state.patches
    )
    if patches != state.patches:
        # A checkout that can't be written can be verified all the same.
        with suppress(PatcherError):
            commit(checkout.root, transition(checkout.snapshot, (), replace(state, patches=patches)), "verify")


def _named(state: State, ids: Sequence[str]) -> tuple[PatchRecord, ...]:
    records = {one.id: one for one in state.patches}
    return tuple(records[name] for name in whole_ids(list(records), ids) or records)
