"""Patches to verify side by side: at several scales, and some that are only tried and never written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.patch import digest
from yolo_patcher.commit.state import PatchRecord, State, blob_path
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.planned import plan_request, way_to
from yolo_patcher.plan.request import Request
from yolo_patcher.runtime.verify.applied import applied_yaml


@dataclass(frozen=True)
class Variants:
    """What is verified instead of each applied patch at its own scale.

    Attributes:
        scales: the scales at which each patch is built; none for its own.
        tries: `RECIPE@POSITION` texts to plan and verify, none of which is written.
        model: the base model of those.
    """

    scales: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()
    model: str | None = None


AS_APPLIED = Variants()


def at_scales(checkout: Checkout, records: Sequence[PatchRecord], wanted: Sequence[str]) -> tuple[PatchRecord, ...]:
    """Give every patch at every scale; neighbours share their base.

    Args:
        checkout: the checkout, which holds the patches.
        records: the patches.
        wanted: the scales; none for each patch's own.

    Raises:
        PatcherError: `usage`, when a model has no such scale.
    """
    if not wanted:
        return tuple(records)
    found = []
    for scale in dict.fromkeys(wanted):
        for one in records:
            known = [name for name in scales(applied_yaml(checkout.site, one)) if name]
            if scale not in known:
                there = f"It has {', '.join(known)}." if known else "Each of its scales is a model of its own."
                raise PatcherError("usage", f"{one.patch.model} has no scale '{scale}'", help=there)
            load = checkout.load_name(one.patch.model, scale)
            found.append(replace(one, patch=replace(one.patch, scale=scale, load=load)))
    return tuple(found)


def tried(
    checkout: Checkout,
    state: State,
    texts: Sequence[str],
    model: str | None,
    more: tuple[Path, ...],
) -> tuple[Checkout, tuple[PatchRecord, ...]]:
    """Plan `RECIPE@POSITION` texts, each a patch of its own on top of the one before.

    Args:
        checkout: the checkout.
        state: what the checkout holds.
        texts: the patches to try.
        model: the base model's name or path; None for the default.
        more: recipes beside the catalogue.

    Returns:
        The checkout as it would be with all of them, and the patches.

    Raises:
        PatcherError: as planning does.
    """
    now, names = checkout, []
    for text in texts:
        planned = plan_request(now, state, Request.from_words([text], more=more, model=model), more)
        way = way_to(now.snapshot, planned.plan.changes, [planned])
        contents = [*way.keep, *(side for one in way.changes for side in (one.before, one.after))]
        blobs = {blob_path(digest(content) or ""): content for content in contents if content is not None}
        now = now.changed({**{one.path: one.after for one in way.changes}, **blobs})
        state = planned.state
        names.append(planned.plan.patch.id)
    records = tuple(one for one in state.patches if one.id in names)
    return now, records
