"""What one process of the probe has told, and the results and errors that this comes to."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.costs import read_costs
from yolo_patcher.runtime.verify.process import Ending, Event
from yolo_patcher.runtime.verify.results import Case, Check, Verification

_LEFT_OUT = "left out by request"
OTHER_PYTHON = "Pass --python with the Python that you train with, or --no-verify."


class BaseFailed(PatcherError):
    """The base model failed in the tree that was verified: by itself, or by what the patch did to its files."""


def broken_before(detail: str) -> BaseFailed:
    """Give the error for a checkout that fails without the patch as well."""
    return BaseFailed(
        "checkout",
        f"the model was broken before the patch: {detail}",
        help="Make the unpatched model load in this Python first, or pass --no-verify.",
    )


@dataclass(frozen=True)
class Told:
    """The events of one process, in their order.

    Attributes:
        root: the staged tree, to which places are relative.
        python: the Python, as the user named it.
        events: the events so far.
        other: what to do about a Python that can't do it.
    """

    root: Path
    python: str
    events: list[Event] = field(default_factory=list)
    other: str = OTHER_PYTHON

    def find(self, kind: str, number: int | None = None) -> Event | None:
        """Give the first event of a kind, of a case when one is named."""
        return next(
            (one for one in self.events if one["event"] == kind and (number is None or one["case"] == number)), None
        )

    def refuse_environment(self, ending: Ending) -> None:
        """Raise when the Python or the device is not one that can verify anything."""
        if self.find("hello") is None:
            how = "gave no answer in time" if ending.timed_out else f"ended with status {ending.status}"
            last = ending.output.strip().splitlines()[-1:] or ["it said nothing"]
            message = f"{self.python} is not a Python (3.6 or newer): it {how}"
            raise PatcherError("usage", message, help=f"{self.other}\nIts last line: {last[0][:200]}")
        if event := self.find("no-torch"):
            message = f"torch in {self.python} can't be imported: {event['detail']}"
            raise PatcherError("verify", f"{self.python} has no torch" if event["absent"] else message, help=self.other)
        if self.find("no-yaml"):
            message = f"{self.python} has no PyYAML, which the checkout reads its models with"
            raise PatcherError("verify", message, help=f"{self.python} -m pip install pyyaml")
        if event := self.find("no-cuda"):
            message = f"there is no {event['device']} for torch {event['torch']} in {self.python}"
            found = f"it sees {event['found']} CUDA devices"
            if event["built_for"] is None:
                found = "that torch is built without CUDA"
            raise PatcherError("usage", message, help=f"{found}; pass --device cpu, or another --python")

    def base_error(self, number: int) -> PatcherError | None:
        """Give the error for a case whose base could not be built, None where it could."""
        event = self.find("base-failed", number)
        if event is None:
            return None
        detail = event["detail"]
        if event["missing"]:
            return PatcherError(
                "verify", f"the unpatched model can't be built in {self.python}: {detail}", help=OTHER_PYTHON
            )
        if event["memory"]:
            return PatcherError(
                "verify",
                f"the unpatched model can't be built: {detail}",
                help="Pass --no-verify to apply it all the same.",
            )
        stubbed = self._stubbed()
        lacking = f" (this Python lacks {', '.join(stubbed)})" if stubbed else ""
        return broken_before(detail + lacking)

    def ended(self, number: int, case: Case) -> Verification:
        """Give the answer of a case that came to its end."""
        return self._answer(number, case, self._checks(number), "")

    def not_imported(self, cases: Sequence[Case], ending: Ending, timeout: float) -> list[Verification] | None:
        """Give the answers where the checkout could not be imported; None where it could.

        Raises:
            PatcherError: `verify`, when the process ended while torch was being imported.
        """
        imported = self.find("imported")
        if imported is not None and not imported["failure"]:
            return None
        failure = (imported or {}).get("failure") or {"detail": self._end(ending, timeout), "trace": ""}
        if imported is None and self.find("environment") is None:
            raise PatcherError("verify", f"torch in {self.python} {failure['detail']}", help=OTHER_PYTHON)
        seconds = imported["seconds"] if imported else 0.0
        check = Check("import", "failed", seconds, failure["detail"], failure["trace"])
        return [self._answer(number, case, [check], ending.output) for number, case in enumerate(cases)]

    def cut_off(self, number: int, case: Case, ending: Ending, timeout: float, alone: bool) -> Verification:
        """Give the answer of the case during which the process ended.

        Raises:
            BaseFailed: when the base of the only case was being built.
        """
        running, detail = self._running(), self._end(ending, timeout)
        if running == "build of the base":
            error = broken_before(f"it {detail}")
            if alone:
                raise error
            running, detail = "build", error.message
        seconds = timeout if ending.timed_out else 0.0
        check = Check(running, "failed", seconds, detail, ending.output[-8000:])
        return self._answer(number, case, [*self._checks(number), check], ending.output)

    def _checks(self, number: int) -> list[Check]:
        if error := self.base_error(number):
            return [Check("build", "failed", 0.0, error.message)]
        return [
            Check(event["name"], event["status"], event["seconds"], event["detail"], event["trace"])
            for event in self.events
            if event["event"] == "check" and event["case"] == number
        ]

    def _running(self) -> str:
        """Give the check that had begun last, which is the one that never ended."""
        return next((str(event["check"]) for event in reversed(self.events) if event["event"] == "start"), "import")

    def _end(self, ending: Ending, timeout: float) -> str:
        """Say how the process ended without having finished."""
        during = f" while running '{self._running()}'"
        if ending.timed_out:
            frames = re.findall(r'File "([^"]+)", line (\d+)', ending.output)
            own = [f"{Path(f).relative_to(self.root)}:{n}" for f, n in frames if Path(f).is_relative_to(self.root)]
            return f"hung: no end after {timeout:g} s{during}" + (f" at {own[0]}" if own else "")
        if ending.status == -signal.SIGKILL:
            return f"was killed{during}, most likely because memory ran out"
        if ending.status < 0:
            return f"crashed with {signal.Signals(-ending.status).name}{during}"
        return f"ended with status {ending.status}{during}"

    def _sandbox(self) -> dict[str, object] | None:
        event = self.find("sandbox")
        return None if event is None else {name: value for name, value in event.items() if name != "event"}

    def _stubbed(self) -> tuple[str, ...]:
        return tuple(next((event["stubbed"] for event in reversed(self.events) if "stubbed" in event), ()))

    def _answer(self, number: int, case: Case, checks: list[Check], output: str) -> Verification:
        answered = {check.name for check in checks}
        checks = checks + [
            Check(name, "skipped", 0.0, _LEFT_OUT if name in case.skip else "not run, because of the failure before")
            for name in case.checks
            if name not in answered and case.patched
        ]
        environment = self.find("environment") or {"device": "", "torch": ""}
        hello = self.find("hello") or {"python": ""}
        facts, costs = self.find("params", number), self.find("costs", number)
        return Verification(
            status="failed" if any(check.status == "failed" for check in checks) else "passed",
            device=environment["device"],
            python=hello["python"],
            torch=environment["torch"],
            stubbed=self._stubbed(),
            params=facts and {name: facts[name] for name in ("base", "patched", "added")},
            checks=tuple(checks),
            new_params={int(row): count for row, count in facts["new"].items()} if facts else {},
            row_params=tuple(facts["rows"]) if facts else (),
            shapes=tuple(facts["shapes"]) if facts else (),
            loading=facts and facts["loading"],
            output=output,
            sandbox=self._sandbox(),
            costs=read_costs(costs, facts) if costs and facts else None,
        )
