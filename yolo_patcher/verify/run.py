"""Run the probe in the user's Python and make results, or errors, of whatever comes of it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.verify.costs import read_costs
from yolo_patcher.verify.our_lines import Lines
from yolo_patcher.verify.process import Ending, Event, follow
from yolo_patcher.verify.results import Case, Check, Verification

PROBE = Path(__file__).with_name("probe")
FIRST_ANSWER = 60.0
OTHER_PYTHON = "Pass --python with the Python that you train with, or --no-verify."


class BaseFailed(PatcherError):
    """The base model failed in the tree that was verified: by itself, or by what the patch did to its files."""


def run_probe(
    root: Path,
    module: str,
    cases: Sequence[Case],
    *,
    python: str | None,
    device: str,
    timeout: float,
    on_event: Callable[[Event], None] | None = None,
    on_answer: Callable[[int, Verification], None] | None = None,
    our_lines: Mapping[str, Lines] | None = None,
    seed: int = 0,
) -> tuple[Verification, ...]:
    """Verify every case on the staged tree `root`; the answers are in the order of `cases`.

    The cases share one process, which imports torch and the checkout once. A case that hangs or crashes fails at the
    check that was running, and the cases after it are still run; so are those after a case whose base fails.

    Args:
        root: the staged tree, which is what gets imported.
        module: the module that holds parse_model, dotted.
        cases: what to verify.
        python: the Python to run, a path or a name on PATH; None is the one that runs us.
        device: auto, cpu, cuda or cuda:N.
        timeout: seconds for importing torch, for importing the checkout, and for each case.
        on_event: called with each event of the probe as it comes, for showing progress.
        on_answer: called with the number of each case and its answer, as soon as it is there.
        our_lines: the lines that the patch put into files below `root`: they get no stand-ins for missing modules.
        seed: what all generators are seeded with.

    Raises:
        PatcherError: `usage` for a Python or a device that isn't there; `verify` for a Python that lacks torch, PyYAML
            or a module without which the base can't be built.
        BaseFailed: of kind `checkout`, when the base model of the only case fails in this tree. Then, and when
            `import_failed` is set on an answer, `check_base` on the unpatched tree tells whether the patch broke it.
    """
    done: list[Verification] = []
    while len(done) < len(cases):
        run = _Run(root.resolve(), python, on_event, len(done), on_answer)
        run.alone = len(cases) == 1
        answers = run.verify(module, cases[len(done) :], device, timeout, our_lines or {}, seed)
        for number, answer in enumerate(answers):
            run.tell(number, answer)
        done += answers
    return tuple(done)


def check_base(root: Path, module: str, case: Case, *, python: str | None, device: str, timeout: float) -> None:
    """Return when the base of `case` can be built from the unpatched tree `root`.

    Raises:
        BaseFailed: when it can't; that the checkout was broken before the patch is certain then.
        PatcherError: as `run_probe`.
    """
    only_base = replace(case, patched="", rows=(), checks=("import",))
    (answer,) = run_probe(root, module, [only_base], python=python, device=device, timeout=timeout)
    if answer.failures:
        raise _broken_before(answer.failures[0].detail)


def _broken_before(detail: str) -> BaseFailed:
    return BaseFailed(
        "checkout",
        f"the model was broken before the patch: {detail}",
        help="Make the unpatched model load in this Python first, or pass --no-verify.",
    )


class _Run:
    """One process of the probe, and what it answered."""

    def __init__(
        self,
        root: Path,
        python: str | None,
        on_event: Callable[[Event], None] | None,
        first: int,
        on_answer: Callable[[int, Verification], None] | None,
    ) -> None:
        self.root = root
        self.python = python or sys.executable
        self.on_event = on_event
        self.first = first
        self.alone = True
        self.on_answer = on_answer
        self.cases: Sequence[Case] = ()
        self.told: set[int] = set()
        self.events: list[Event] = []

    def verify(
        self, module: str, cases: Sequence[Case], device: str, timeout: float, our: Mapping[str, Lines], seed: int
    ) -> list[Verification]:
        """Give the answers of the first cases, at least one: all of them unless the process ended before."""
        self.cases = cases
        with tempfile.TemporaryDirectory(prefix="yolo-patcher-") as folder:
            # ultralytics takes a digit and one of n, s, m, l, x in a name for the scale of a model.
            place = Path(folder) / "".join(secrets.choice("abcdefgh") for _ in range(8))
            for name in ("home", "cwd"):
                (place / name).mkdir(parents=True)
            request = {
                "root": str(self.root),
                "module": module,
                "seed": seed,
                "device": device,
                "home": str(place / "home"),
                "our_lines": dict(our),
                "cases": [_as_request(case) for case in cases],
            }
            (place / "request.json").write_text(json.dumps(request), encoding="utf-8")
            answers = place / "answers.jsonl"
            command = [_executable(self.python), str(PROBE), str(place / "request.json"), str(answers)]
            try:
                first = min(FIRST_ANSWER, timeout)
                ending = follow(
                    command,
                    answers,
                    cwd=place / "cwd",
                    first_timeout=first,
                    timeout=timeout,
                    on_event=self._take,
                )
            except OSError as error:
                raise PatcherError(
                    "usage", f"{self.python} can't be run: {error.strerror}", help=OTHER_PYTHON
                ) from error
        self._refuse_environment(ending)
        return self._answers(cases, ending, timeout)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(event)
        if event["event"] == "case-end":
            number = event["case"]
            if not (self.alone and self._base_event(number)):
                self.tell(number, self._verification(number, self.cases[number], self._checks(number), ""))

    def tell(self, number: int, answer: Verification) -> None:
        """Hand on the answer of a case of this process, once."""
        if self.on_answer is not None and number not in self.told:
            self.told.add(number)
            self.on_answer(self.first + number, answer)

    def _base_event(self, number: int) -> Event | None:
        return next((e for e in self.events if e["event"] == "base-failed" and e["case"] == number), None)

    def _checks(self, number: int) -> list[Check]:
        if event := self._base_event(number):
            return [Check("build", "failed", 0.0, self._base_error(event).message)]
        return [
            Check(event["name"], event["status"], event["seconds"], event["detail"], event["trace"])
            for event in self.events
            if event["event"] == "check" and event["case"] == number
        ]

    def _find(self, kind: str) -> Event | None:
        return next((event for event in self.events if event["event"] == kind), None)

    def _refuse_environment(self, ending: Ending) -> None:
        """Raise when the Python or the device is not one that can verify anything."""
        if self._find("hello") is None:
            how = "gave no answer in time" if ending.timed_out else f"ended with status {ending.status}"
            last = ending.output.strip().splitlines()[-1:] or ["it said nothing"]
            message = f"{self.python} is not a Python (3.6 or newer): it {how}"
            raise PatcherError("usage", message, help=f"{OTHER_PYTHON}\nIts last line: {last[0][:200]}")
        if event := self._find("no-torch"):
            if event["absent"]:
                raise PatcherError(
                    "verify",
                    f"{self.python} has no torch",
                    help=OTHER_PYTHON,
                )
            raise PatcherError(
                "verify", f"torch in {self.python} can't be imported: {event['detail']}", help=OTHER_PYTHON
            )
        if self._find("no-yaml"):
            message = f"{self.python} has no PyYAML, which the checkout reads its models with"
            raise PatcherError("verify", message, help=f"{self.python} -m pip install pyyaml")
        if event := self._find("no-cuda"):
            message = f"there is no {event['device']} for torch {event['torch']} in {self.python}"
            found = f"it sees {event['found']} CUDA devices"
            if event["built_for"] is None:
                found = "that torch is built without CUDA"
            raise PatcherError("usage", message, help=f"{found}; pass --device cpu, or another --python")

    def _answers(self, cases: Sequence[Case], ending: Ending, timeout: float) -> list[Verification]:
        imported = self._find("imported")
        if imported is None or imported["failure"]:
            failure = (imported or {}).get("failure") or {"detail": self._end(ending, timeout), "trace": ""}
            if imported is None and self._find("environment") is None:
                raise PatcherError("verify", f"torch in {self.python} {failure['detail']}", help=OTHER_PYTHON)
            seconds = imported["seconds"] if imported else 0.0
            check = Check("import", "failed", seconds, failure["detail"], failure["trace"])
            return [self._verification(number, case, [check], ending.output) for number, case in enumerate(cases)]
        answers: list[Verification] = []
        for number, case in enumerate(cases):
            if self.alone and (event := self._base_event(number)):
                raise self._base_error(event)
            checks = self._checks(number)
            ended = any(event["event"] == "case-end" and event["case"] == number for event in self.events)
            if not ended:
                running = self._running()
                detail = self._end(ending, timeout)
                if running == "build of the base":
                    if self.alone:
                        raise _broken_before(f"it {detail}")
                    running, detail = "build", _broken_before(f"it {detail}").message
                checks.append(
                    Check(running, "failed", timeout if ending.timed_out else 0.0, detail, ending.output[-8000:])
                )
            answers.append(self._verification(number, case, checks, ending.output))
            if not ended:
                break
        return answers

    def _base_error(self, event: Event) -> PatcherError:
        detail = event["detail"]
        if event["missing"]:
            return PatcherError(
                "verify", f"the unpatched model can't be built in {self.python}: {detail}", help=OTHER_PYTHON
            )
        if detail.startswith("out of memory"):
            return PatcherError(
                "verify",
                f"the unpatched model can't be built: {detail}",
                help="Pass --no-verify to apply it all the same.",
            )
        stubbed = self._stubbed()
        lacking = f" (this Python lacks {', '.join(stubbed)})" if stubbed else ""
        return _broken_before(detail + lacking)

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

    def _stubbed(self) -> tuple[str, ...]:
        return tuple(next((event["stubbed"] for event in reversed(self.events) if "stubbed" in event), ()))

    def _verification(self, number: int, case: Case, checks: list[Check], output: str) -> Verification:
        answered = {check.name for check in checks}
        checks = checks + [
            Check(name, "skipped", 0.0, "not run, because of the failure before")
            for name in case.checks
            if name not in answered and case.patched
        ]
        environment = self._find("environment") or {"device": "", "torch": ""}
        hello = self._find("hello") or {"python": ""}
        facts = next((e for e in self.events if e["event"] == "params" and e["case"] == number), None)
        costs = next((e for e in self.events if e["event"] == "costs" and e["case"] == number), None)
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
            output=output,
            costs=read_costs(costs, facts) if costs and facts else None,
        )


def _as_request(case: Case) -> dict[str, object]:
    rows = [{"from": list(row.sources), "module": row.module, "new": row.new} for row in case.rows]
    checks = list(case.checks)
    return {
        "base": case.base, "patched": case.patched, "final": case.final, "rows": rows, "checks": checks,
        "costs": case.costs,
    }  # fmt: skip


def _executable(python: str) -> str:
    found = shutil.which(python)
    if found is None:
        path = Path(python)
        why = "is no executable file" if path.exists() else "does not exist"
        raise PatcherError("usage", f"the Python {python} {why}", help=OTHER_PYTHON)
    # Never resolved: a virtual environment's Python is a link, and what it links to knows nothing of it.
    return str(Path(found).absolute())
