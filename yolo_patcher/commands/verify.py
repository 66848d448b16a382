"""`verify`: run the checks again on what a checkout holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from yolo_patcher.checkout import Snapshot
from yolo_patcher.dialects import recognise
from yolo_patcher.errors import EXIT_CODES, PatcherError
from yolo_patcher.outcome import Outcome
from yolo_patcher.prove import verify_record
from yolo_patcher.recovered import open_recovered
from yolo_patcher.screen import Screen
from yolo_patcher.state import State, read_state
from yolo_patcher.transition import transition
from yolo_patcher.verification_view import progress_text, show_verification
from yolo_patcher.verify.options import HowToVerify
from yolo_patcher.verify.results import Verification


def verify(repo: Path, ids: Sequence[str], how: HowToVerify, screen: Screen) -> Outcome:
    """Verify applied patches: those named, or all.

    Raises:
        PatcherError: `usage`, when a patch is not there; `checkout` and `verify`, when no check could run.
    """
    opened = open_recovered(repo, screen)
    dialect, site = recognise(opened.snapshot, opened.package)
    state = read_state(site.snapshot)
    records = {one.id: one for one in state.patches}
    unknown = [one for one in ids if one not in records]
    if unknown:
        raise PatcherError(
            "usage",
            f"the checkout holds no patch {', '.join(unknown)}",
            help=f"It holds {', '.join(records) or 'none'}.",
        )
    answers: dict[str, Verification] = {}
    for name in ids or records:
        load = records[name].patch.load
        report = partial(_report, screen, load)
        try:
            answers[name] = verify_record(dialect, site, records[name], how, report)
        finally:
            screen.progress_done()
    _keep_parameters(site.snapshot, state, answers)
    failed = any(answer.status == "failed" for answer in answers.values())
    document: dict[str, object] = {
        "checkout": {"dialect": dialect.NAME, "version": site.version},
        "patches": [{"id": name, "verify": answer.as_json()} for name, answer in answers.items()],
    }
    return Outcome(document, lambda shown: _show(shown, answers), EXIT_CODES["verify"] if failed else 0)


def _keep_parameters(snapshot: Snapshot, state: State, answers: Mapping[str, Verification]) -> None:
    """Keep the parameters of the rows that were verified, for `inspect`."""
    from yolo_patcher.commit import commit

    found = {name: answer.row_params for name, answer in answers.items() if answer.status == "passed"}
    patches = tuple(replace(one, parameters=found.get(one.id, one.parameters)) for one in state.patches)
    if patches != state.patches:
        # A checkout that can't be written can be verified all the same.
        with suppress(PatcherError):
            commit(snapshot.root, transition(snapshot, (), replace(state, patches=patches)), "verify")


def _report(screen: Screen, load: str, event: Mapping[str, object]) -> None:
    screen.progress(progress_text(event, load))


def _show(screen: Screen, answers: dict[str, Verification]) -> None:
    if not answers:
        screen.line("The checkout holds no patch; nothing to verify.")
    for name, answer in answers.items():
        screen.line(name, "bold")
        show_verification(screen.out, answer)
        if screen.verbose:
            for check in answer.failures:
                screen.line(check.trace)
