"""What `check` and `doctor` give, and its JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yolo_patcher.check.finding import Finding as WiringFinding
from yolo_patcher.check.repair import meaning
from yolo_patcher.check.run import Checked
from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import Row
from yolo_patcher.report.html import paragraph, table
from yolo_patcher.runtime.doctor.findings import Finding
from yolo_patcher.runtime.doctor.run import Diagnosis
from yolo_patcher.runtime.doctor.target import Target


@dataclass(frozen=True)
class CheckedModel:
    """A model YAML that was checked.

    Attributes:
        checked: the model, what is wrong with it, and what its author most likely meant.
    """

    checked: Checked

    @property
    def path(self) -> str:
        """The file."""
        return self.checked.model.path

    @property
    def rows(self) -> tuple[Row, ...]:
        """The model's rows, as far as they could be read."""
        return self.checked.model.rows

    @property
    def findings(self) -> tuple[WiringFinding, ...]:
        """What is wrong, in the order of the lines."""
        return self.checked.findings

    def story(self) -> Iterator[str]:
        """Tell what happened, and what else should change that no finding is about; nothing where that is not known."""
        repair, rows = self.checked.repair, self.rows
        if repair is None:
            return
        yield repair.story()
        told = {finding.row for finding in self.findings}
        for index in sorted(set(repair.meant) - told):
            yield f"{self.path}:{rows[index].line}: {meaning(index, repair, rows)}"

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        repair, rows = self.checked.repair, self.rows
        meant: dict[str, object] | None = None
        if repair is not None:
            meant = {"inserted": repair.count, "at": list(repair.at), "changes": repair.changes(rows)}
        return {
            "model": self.path,
            "scale": self.checked.scale,
            "findings": [finding.as_json() for finding in self.findings],
            "repair": meant,
        }

    def _repr_html_(self) -> str:
        findings = [(f"{self.path}:{one.line}", one.code, one.message, one.fix) for one in self.findings]
        if not findings:
            return paragraph(f"{self.path}: {len(self.rows)} rows, nothing wrong")
        return table(("line", "code", "what is wrong", "what to do"), findings) + "".join(map(paragraph, self.story()))


@dataclass(frozen=True)
class Examination:
    """What Python would run for a checkout.

    Attributes:
        checkout: the checkout.
        target: it as Python's import should find it.
        diagnosis: the Python, its torch, and each way to start it.
        patches: the patches that the checkout holds.
        findings: what a user should know, failures first.
    """

    checkout: Checkout
    target: Target
    diagnosis: Diagnosis
    patches: tuple[PatchRecord, ...]
    findings: tuple[Finding, ...]

    @property
    def error(self) -> PatcherError | None:
        """One error of all findings that something else than the checkout would run; None where there is none."""
        failures = [one for one in self.findings if one.fails]
        if not failures:
            return None
        more = f" (and {len(failures) - 1} more of the kind)" if len(failures) > 1 else ""
        helps = dict.fromkeys(line for one in failures for line in one.help.splitlines())
        return PatcherError("checkout", failures[0].message + more, help="\n".join(helps))

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        wrong = self.error
        dialect = self.checkout.dialect.NAME
        return {
            **({} if wrong is None else {"error": wrong.as_json()}),
            "checkout": {"root": str(self.target.root), "dialect": dialect, "version": self.target.version},
            "patches": [{"id": one.id, "load": one.patch.load} for one in self.patches],
            "python": self.diagnosis.python,
            "torch": self.diagnosis.torch,
            "ways": [way.as_json() for way in self.diagnosis.ways],
            "findings": [one.as_json() for one in self.findings],
        }

    def _repr_html_(self) -> str:
        ways = [(way.status, way.label, way.module, way.location or "-") for way in self.diagnosis.ways]
        found = [("wrong" if one.fails else "note", one.message, one.help) for one in self.findings]
        tables = table(("", "started", "module", "imports"), ways)
        return tables + (table(("", "what", "what to do"), found) if found else "")
