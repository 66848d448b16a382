"""Run the probe in the user's Python and make results, or errors, of whatever comes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.python import user_python
from yolo_patcher.runtime.scratch import scratch
from yolo_patcher.runtime.verify.our_lines import Lines
from yolo_patcher.runtime.verify.process import Ending, Event, follow
from yolo_patcher.runtime.verify.results import Case, Verification
from yolo_patcher.runtime.verify.told import OTHER_PYTHON, Told, broken_before

PROBE = Path(__file__).with_name("probe")
FIRST_ANSWER = 60.0


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
    sandbox: bool = False,
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
        on_event: called with each event of the probe as it comes, its case counted as in `cases`.
        on_answer: called with the number of each case and its answer, as soon as it is there.
        our_lines: the lines that the patch put into files below `root`: they get no stand-ins for missing modules.
        seed: what all generators are seeded with.
        sandbox: whether the system shall keep the process from writing elsewhere and from the network, if it can.

    Raises:
        PatcherError: `usage` for a Python or a device that isn't there; `verify` for a Python that lacks torch, PyYAML
            or a module without which the base can't be built.
        BaseFailed: of kind `checkout`, when the base model of the only case fails in this tree. Then, and when
            `import_failed` is set on an answer, `check_base` on the unpatched tree tells whether the patch broke it.
    """
    done: list[Verification] = []
    while len(done) < len(cases):
        first = len(done)
        told = Told(root.resolve(), python or sys.executable)

        # A process counts its own cases from 0.
        def take(event: Event, first: int = first) -> None:
            if on_event is not None:
                number = event.get("case")
                on_event(event if number is None else {**event, "case": first + number})

        def hand_on(number: int, answer: Verification, first: int = first) -> None:
            if on_answer is not None:
                on_answer(first + number, answer)

        run = _Run(told, cases[first:], take, hand_on, alone=len(cases) == 1)
        done += run.verify(module, device, timeout, our_lines or {}, seed, sandbox)
    return tuple(done)


def check_base(
    root: Path, module: str, case: Case, *, python: str | None, device: str, timeout: float, sandbox: bool = False
) -> None:
    """Return when the base of `case` can be built from the unpatched tree `root`.

    Raises:
        BaseFailed: when it can't; that the checkout was broken before the patch is certain then.
        PatcherError: as `run_probe`.
    """
    only_base = replace(case, patched="", rows=(), checks=("import",))
    (answer,) = run_probe(root, module, [only_base], python=python, device=device, timeout=timeout, sandbox=sandbox)
    if answer.failures:
        raise broken_before(answer.failures[0].detail)


class _Run:
    """One process of the probe, whose answers are handed on as they come."""

    def __init__(
        self,
        told: Told,
        cases: Sequence[Case],
        on_event: Callable[[Event], None],
        on_answer: Callable[[int, Verification], None],
        alone: bool,
    ) -> None:
        self.told = told
        self.cases = cases
        self.on_event = on_event
        self.on_answer = on_answer
        self.alone = alone
        self.answered: set[int] = set()

    def verify(
        self, module: str, device: str, timeout: float, our: Mapping[str, Lines], seed: int, sandbox: bool
    ) -> list[Verification]:
        """Give the answers of the first cases, at least one: all of them unless the process ended before."""
        with scratch() as place:
            for name in ("home", "cwd"):
                (place / name).mkdir()
            request = {
                "root": str(self.told.root),
                "module": module,
                "seed": seed,
                "device": device,
                "sandbox": sandbox,
                "home": str(place / "home"),
                "our_lines": dict(our),
                "cases": [_as_request(case) for case in self.cases],
            }
            (place / "request.json").write_text(json.dumps(request), encoding="utf-8")
            answers = place / "answers.jsonl"
            command = [
                user_python(self.told.python, OTHER_PYTHON),
                str(PROBE),
                str(place / "request.json"),
                str(answers),
            ]
            try:
                ending = follow(
                    command,
                    answers,
                    cwd=place / "cwd",
                    first_timeout=min(FIRST_ANSWER, timeout),
                    timeout=timeout,
                    on_event=self._take,
                )
            except OSError as error:
                raise PatcherError(
                    "usage", f"{self.told.python} can't be run: {error.strerror}", help=OTHER_PYTHON
                ) from error
        self.told.refuse_environment(ending)
        found = self._answers(ending, timeout)
        for number, answer in enumerate(found):
            self._hand_on(number, answer)
        return found

    def _take(self, event: Event) -> None:
        self.told.events.append(event)
        self.on_event(event)
        if event["event"] == "case-end":
            number = event["case"]
            if not (self.alone and self.told.find("base-failed", number)):
                self._hand_on(number, self.told.ended(number, self.cases[number]))

    def _hand_on(self, number: int, answer: Verification) -> None:
        """Hand on the answer of a case of this process, once."""
        if number not in self.answered:
            self.answered.add(number)
            self.on_answer(number, answer)

    def _answers(self, ending: Ending, timeout: float) -> list[Verification]:
        failed = self.told.not_imported(self.cases, ending, timeout)
        if failed is not None:
            return failed
        answers: list[Verification] = []
        for number, case in enumerate(self.cases):
            if self.alone and (error := self.told.base_error(number)):
                raise error
            if self.told.find("case-end", number) is None:
                return [*answers, self.told.cut_off(number, case, ending, timeout, self.alone)]
            answers.append(replace(self.told.ended(number, case), output=ending.output))
        return answers


def _as_request(case: Case) -> dict[str, object]:
    rows = [
        {
            "from": list(row.sources), "module": row.module, "new": row.new, "level": row.level, "mixes": row.mixes,
            "settings": {name: [dict(one) for one in every] for name, every in row.settings.items()},
            "stands_for": row.stands_for, "keeps": row.keeps, "other_channels": row.other_channels,
        }
        for row in case.rows
    ]  # fmt: skip
    return {
        "base": case.base, "patched": case.patched, "final": case.final, "rows": rows, "checks": list(case.checks),
        "costs": case.costs, "base_levels": list(case.base_levels), "skip": list(case.skip),
        "moved": case.moved,
    }  # fmt: skip
