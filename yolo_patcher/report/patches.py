"""What `status`, `revert`, `reapply` and `verify` give of patches that are there, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from yolo_patcher.checkout.checkout import Checkout
    from yolo_patcher.commit.patch import Asked, FileChange
    from yolo_patcher.commit.state import PatchRecord
    from yolo_patcher.plan.planned import Planned
    from yolo_patcher.report.html import Diff
    from yolo_patcher.revert.held import Remain
    from yolo_patcher.revert.revert import RevertPlan
    from yolo_patcher.revert.status import PatchStatus
    from yolo_patcher.runtime.verify.results import Verification


def module_texts(record: PatchRecord) -> tuple[str, ...]:
    """Give what a patch put where, with which hyper-parameters: `SE at head (reduction=16, min_hidden=1)`."""
    from yolo_patcher.recipe.expression import format_value

    def text(one: Asked) -> str:
        settings = ", ".join(f"{name}={format_value(value)}" for name, value in one.settings.items())
        where = f"{record.patch.classes_of(one)} at {', '.join(one.positions)}"
        return f"{where} ({settings})" if settings else where

    return tuple(map(text, record.asked))


@dataclass(frozen=True)
class Status:
    """What a checkout holds.

    Attributes:
        patches: the patches, in the order in which they were applied; those without a record come last.
        remains: what else patches left, which can't be taken out with certainty.
        export: the file that they were exported to; empty when they were not.
    """

    patches: tuple[PatchStatus, ...]
    remains: tuple[Remain, ...] = ()
    export: str = ""

    def modules(self, record: PatchRecord) -> tuple[str, ...]:
        """Give what one of the patches put where, with which hyper-parameters, in words."""
        return module_texts(record)

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        document: dict[str, object] = {"patches": [one.as_json() for one in self.patches]}
        if self.remains:
            document["remains"] = [one.as_json() for one in self.remains]
        if self.export:
            document["export"] = self.export
        return document

    def _repr_html_(self) -> str:
        from yolo_patcher.report.html import paragraph, table

        rows = [
            (
                one.record.id,
                one.state,
                "; ".join(module_texts(one.record)),
                one.record.patch.load,
                one.record.patch.base,
            )
            for one in self.patches
        ]
        rows += [(one.id, "remains", one.what, f"{one.path}:{one.line}", one.why) for one in self.remains]
        return (
            table(("patch", "state", "modules", "load", "base"), rows)
            if rows
            else paragraph("The checkout holds no patch.")
        )


@dataclass(frozen=True)
class Reverted:
    """A revert, planned or done.

    Attributes:
        plan: the patches that go, the files that change, and what stays.
        committed: whether it was written to the checkout.
    """

    plan: RevertPlan
    committed: bool

    @property
    def patches(self) -> tuple[PatchRecord, ...]:
        """The patches that go, the last applied first."""
        return self.plan.reverted

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """Every file that changes."""
        return self.plan.changes

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        return self.plan.notes

    @cached_property
    def diff(self) -> Diff:
        """The change as a unified diff."""
        from yolo_patcher.report.html import diff_of

        return diff_of(self.changes)

    def as_json(self, *, dry_run: bool = False) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        return {
            "dry_run": dry_run,
            "changed": bool(self.patches),
            "patches": [one.id for one in self.patches],
            "remaining": [one.id for one in self.plan.state.patches],
            "files": [change.as_json() for change in self.changes],
            "diff": str(self.diff),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        from yolo_patcher.report.html import heading, paragraph

        ids = ", ".join(one.id for one in self.patches) or "no patch"
        said = "".join(map(paragraph, self.notes))
        state = "reverted" if self.committed else "would go"
        return f"{heading(f'{ids}: {state}')}{said}{self.diff._repr_html_()}"


@dataclass(frozen=True)
class Reapplication:
    """Recorded patches planned again, each on top of the one before.

    Attributes:
        checkout: the checkout as it is on the disk.
        planned: the plans.
        changes: every file that differs from the disk's; empty when all is in place.
        notes: what the user should know.
        verifications: how the verification of each ended; skipped where it was not verified.
        committed: whether it was written to the checkout.
    """

    checkout: Checkout
    planned: tuple[Planned, ...]
    changes: tuple[FileChange, ...]
    notes: tuple[str, ...]
    verifications: tuple[Verification, ...]
    committed: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """The patches' names."""
        return tuple(one.plan.patch.id for one in self.planned)

    @cached_property
    def diff(self) -> Diff:
        """The change as a unified diff."""
        from yolo_patcher.report.html import diff_of

        return diff_of(self.changes)

    def as_json(self, *, dry_run: bool = False) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        return {
            "dry_run": dry_run,
            "changed": bool(self.changes),
            "checkout": self.planned[-1].checkout.as_json(),
            "patches": [
                {**one.plan.patch.as_json(), "settings": one.record.settings, "verify": answer.as_json()}
                for one, answer in zip(self.planned, self.verifications, strict=True)
            ],
            "files": [change.as_json() for change in self.changes],
            "diff": str(self.diff),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        from yolo_patcher.report.html import heading, paragraph

        state = "reapplied" if self.committed else "would change" if self.changes else "all in place"
        said = "".join(map(paragraph, self.notes))
        ids = ", ".join(self.ids)
        return f"{heading(f'{ids}: {state}')}{said}{self.diff._repr_html_() if self.changes else ''}"


@dataclass(frozen=True)
class VerifiedPatches:
    """Patches that were verified side by side.

    Attributes:
        checkout: the checkout with all of them.
        records: the patches, at the scales at which they were built.
        verifications: how the verification of each ended.
        report: the page that was written; None when none was asked for.
    """

    checkout: Checkout
    records: tuple[PatchRecord, ...]
    verifications: tuple[Verification, ...]
    report: Path | None = None

    @property
    def failed(self) -> Sequence[PatchRecord]:
        """The patches that did not pass."""
        pairs = zip(self.records, self.verifications, strict=True)
        return [one for one, answer in pairs if answer.status == "failed"]

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        return {
            "checkout": self.checkout.as_json(),
            "patches": [
                {"id": one.id, "scale": one.patch.scale, "load": one.patch.load, "verify": answer.as_json()}
                for one, answer in zip(self.records, self.verifications, strict=True)
            ],
            **({} if self.report is None else {"report": str(self.report)}),
        }

    def _repr_html_(self) -> str:
        from yolo_patcher.report.checks import verification_html
        from yolo_patcher.report.html import heading

        pairs = zip(self.records, self.verifications, strict=True)
        return "".join(heading(f"{one.id}: {one.patch.load}") + verification_html(answer) for one, answer in pairs)
