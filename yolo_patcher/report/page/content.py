"""What a report says, as values: one part for each patch that was verified."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from yolo_patcher import __version__
from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.patch import Asked
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.report.drawing.scene import Scene, make_scene
from yolo_patcher.runtime.verify.applied import AppliedModel
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.patches import Selected
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.variants import AS_APPLIED, Variants


@dataclass(frozen=True)
class Inserted:
    """One recipe of a patch.

    Attributes:
        asked: what was asked for.
        class_name: the class in the checkout.
        recipe: the recipe; None where it is not to be had, or in another version only.
    """

    asked: Asked
    class_name: str
    recipe: Recipe | None

    @property
    def changed(self) -> tuple[tuple[str, str, str], ...]:
        """The settings that are not the published ones: name, value, and the published value where it is known."""
        published = self.recipe.defaults if self.recipe else {}
        return tuple(
            (name, format_value(value), format_value(published.get(name, "")))
            for name, value in self.asked.settings.items()
            if published.get(name, False if name == "strict" else None) != value
        )

    @property
    def origin(self) -> str:
        """Where the paper appeared: `arXiv 1709.01507, CVPR 2018`."""
        paper = self.recipe.paper if self.recipe else None
        if paper is None:
            return ""
        where = " ".join(part for part in (paper.venue, str(paper.year or "")) if part)
        return ", ".join(part for part in (f"arXiv {paper.arxiv}" if paper.arxiv else "", where) if part)


@dataclass(frozen=True)
class Part:
    """What a report says of one patch.

    Attributes:
        record: the patch.
        inserted: its recipes.
        base_load: what the repository's users write to load the base.
        scene: the patched model's graph.
        answer: how the verification ended, with costs.
    """

    record: PatchRecord
    inserted: tuple[Inserted, ...]
    base_load: str
    scene: Scene
    answer: Verification

    @property
    def apply_command(self) -> str:
        """The command that makes the patch."""
        words = ["yolo-patcher", "apply"]
        words += [f"{one.asked.recipe}@{place}" for one in self.inserted for place in one.asked.positions]
        words += ["--repo", "PATH", "--model", self.record.patch.base]
        words += ["--scale", self.record.patch.scale] if self.record.patch.scale else []
        for one in self.inserted:
            words += [
                word for name, value, _ in one.changed for word in ("--set", f"{one.asked.recipe}.{name}={value}")
            ]
        return shlex.join(words)


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        dialect: the checkout's dialect.
        version: the checkout's own version; empty where it does not say.
        date: when it was made.
        command: the command that makes it again.
        parts: one for each patch.
        tool: the version of yolo-patcher.
    """

    dialect: str
    version: str
    date: datetime
    command: str
    parts: tuple[Part, ...]
    tool: str = __version__

    @property
    def title(self) -> str:
        """What the page is about."""
        return ", ".join(part.record.id for part in self.parts)

    @property
    def passed(self) -> bool:
        """Whether every patch passed."""
        return all(part.answer.status == "passed" for part in self.parts)


def make_part(
    checkout: Checkout,
    record: PatchRecord,
    applied: AppliedModel,
    recipes: Mapping[str, Recipe],
    answer: Verification,
) -> Part:
    """Collect what a report says of one patch.

    Args:
        checkout: the checkout.
        record: the patch.
        applied: the model that it made.
        recipes: the patch's recipes, as `recipes_of` gives them.
        answer: how the verification ended.
    """
    patch = record.patch
    title = f"{checkout.dialect.NAME} {checkout.site.version or ''}".rstrip()
    scene = make_scene(
        applied.model,
        applied.level,
        applied.width,
        (*patch.rows, *patch.changed_rows),
        scale=patch.scale,
        checkout=title,
    )
    inserted = tuple(Inserted(one, patch.classes_of(one), recipes.get(one.recipe)) for one in record.asked)
    return Part(record, inserted, checkout.load_name(patch.base, patch.scale), scene, answer)


def make_page(selected: Selected, answers: Sequence[Verification], command: str) -> Page:
    """Collect what a report says.

    Args:
        selected: the patches that were verified, with what was measured.
        answers: how the verification of each ended.
        command: the command that makes the report again.
    """
    checkout = selected.checkout
    every = zip(selected.records, selected.measured, answers, strict=True)
    parts = tuple(make_part(checkout, record, *measured, answer) for record, measured, answer in every)
    return Page(checkout.dialect.NAME, checkout.site.version or "", datetime.now(timezone.utc), command, parts)


def repeat_command(
    ids: Sequence[str], how: HowToVerify, seen: Verification, report: Path, variants: Variants = AS_APPLIED
) -> str:
    """Write the command that makes a report again.

    Args:
        ids: the patches that were named.
        how: how they were verified.
        seen: one of the verifications, which says on what kind of device it ran.
        report: the report's file.
        variants: the scales, and what was tried.
    """
    device = seen.device.split(":")[0] or how.device
    words = ["yolo-patcher", "verify", *ids, "--repo", "PATH", "--device", device]
    words += [word for text in variants.tries for word in ("--try", text)]
    words += ["--model", variants.model] if variants.model else []
    words += [word for name in variants.scales for word in ("--scale", name)]
    words += [word for name in how.optional for word in ("--check", name)]
    words += [] if how.sandbox else ["--no-sandbox"]
    return shlex.join([*words, *(["--imgsz", str(how.costs)] if how.costs else []), "--report", report.name])
