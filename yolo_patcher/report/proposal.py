"""What `plan`, `verify` and `apply` give: the intended change, how its verification ended, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.diff import count_lines, hunks, split_lines
from yolo_patcher.commit.patch import FileChange, Patch
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import Planned
from yolo_patcher.report.checks import verification_html
from yolo_patcher.report.html import Diff, diff_of, heading, paragraph
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.weights.carried import Carried


@dataclass(frozen=True)
class Proposal:
    """The whole intended change of one `apply`, before or after it was verified and committed.

    Attributes:
        planned: the plan, the checkout that it was made on, and what the checkout holds after it.
        changes: every file that differs from the disk's; empty when the patch is applied already.
        warnings: what may not do what the user hopes.
        verification: how its verification ended; skipped until it was verified.
        skipped: the checks that were left out of it by request.
        committed: whether it was written to the checkout.
        carried: what came of the pretrained weights that were to be carried over; None where none were.
        checkpoint: the file that holds them, or would; empty where none were.
    """

    planned: Planned
    changes: tuple[FileChange, ...]
    warnings: tuple[str, ...] = ()
    verification: Verification = field(default_factory=Verification.skipped)
    skipped: tuple[str, ...] = ()
    committed: bool = False
    carried: Carried | None = None
    checkpoint: str = ""

    @property
    def patch(self) -> Patch:
        """What it does: its id, its rows, its models."""
        return self.planned.plan.patch

    @property
    def checkout(self) -> Checkout:
        """The checkout that it was planned on."""
        return self.planned.checkout

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: adapted defaults, a renamed class, what was chosen for them."""
        return self.planned.plan.notes

    @property
    def verified(self) -> Planned:
        """The plan, with what its verification says in its record."""
        return self.planned.verified(self.verification.row_params, self.skipped)

    @cached_property
    def diff(self) -> Diff:
        """The change as a unified diff that `git apply` takes."""
        return diff_of(self.changes)

    def count_lines(self, change: FileChange) -> tuple[int, int]:
        """Give the number of lines that a change adds and removes."""
        return count_lines(change)

    def hunks(self, change: FileChange) -> Diff:
        """Give what changes in a file, without the names of files; of the new model YAML, against its base."""
        if change.path == self.patch.model:
            change = FileChange(change.path, self.planned.plan.base.source.encode(), change.after)
        old, new = ((content or b"").decode("utf-8", "surrogateescape") for content in (change.before, change.after))
        return Diff("".join(hunks(split_lines(old), split_lines(new))))

    def as_json(self, *, dry_run: bool = False) -> dict[str, object]:
        """Give it as the JSON contract shows it.

        Args:
            dry_run: whether it was never meant to be written.
        """
        return {
            "dry_run": dry_run,
            "changed": bool(self.changes),
            "checkout": self.checkout.as_json(),
            "patch": {**self.patch.as_json(), "settings": self.planned.record.settings},
            "files": [change.as_json() for change in self.changes],
            "diff": str(self.diff),
            "verify": self.verification.as_json(),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "weights": self.carried and {"out": self.checkpoint, "transfer": self.carried.as_json()},
        }

    def _repr_html_(self) -> str:
        said = "".join(map(paragraph, (*self.notes, *(f"Warning: {one}" for one in self.warnings))))
        checks = "" if self.verification.status == "skipped" else verification_html(self.verification)
        state = "applied" if self.committed else "planned" if self.changes else "applied already"
        return f"{heading(f'{self.patch.id}: {state}')}{said}{checks}{self.diff._repr_html_() if self.changes else ''}"


class VerifyFailedError(PatcherError):
    """A patch that does not pass its checks; nothing was written.

    Attributes:
        verification: how it ended.
    """

    def __init__(self, proposal: Proposal, verification: Verification) -> None:
        patch = proposal.patch
        failed = ", ".join(f"{check.name}: {check.detail}" for check in verification.failures)
        super().__init__(
            "verify",
            f"{patch.load} does not pass: {failed}",
            help="Nothing was written. -v shows the traceback; --no-verify applies it all the same.",
            document={
                "checkout": proposal.checkout.as_json(),
                "patch": patch.as_json(),
                "verify": verification.as_json(),
            },
        )
        self.verification = verification
