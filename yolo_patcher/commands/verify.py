"""`verify`: run the checks again on what a checkout holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from yolo_patcher.checkout import Snapshot
from yolo_patcher.dialects import recognise
from yolo_patcher.errors import EXIT_CODES, PatcherError
from yolo_patcher.inserted_costs import recipes_of, with_row_costs
from yolo_patcher.outcome import Outcome
from yolo_patcher.prove import verify_record
from yolo_patcher.recovered import open_recovered
from yolo_patcher.screen import Screen
from yolo_patcher.state import State, read_state
from yolo_patcher.transition import transition
from yolo_patcher.verification_report.content import Page, make_part, repeat_command
from yolo_patcher.verification_report.render import FORMATS
from yolo_patcher.verification_report.target import check_target, write_report
from yolo_patcher.verification_view import progress_text, show_verification
from yolo_patcher.verify.options import HowToVerify
from yolo_patcher.verify.results import OPTIONAL, Verification


def verify(
    repo: Path,
    ids: Sequence[str],
    how: HowToVerify,
    screen: Screen,
    report: Path | None = None,
    more: tuple[Path, ...] = (),
) -> Outcome:
    """Verify applied patches: those named, or all.

    Args:
        repo: the checkout.
        ids: the patches.
        how: how to verify.
        screen: where remarks go.
        report: the file of a report to write.
        more: recipes beside the catalogue, for their formulas and papers.

    Raises:
        PatcherError: `usage`, when a patch or an optional check is not there; `checkout` and `verify`, when no check
            could run; for the report as `check_target` and `write_report`.
    """
    unknown = [one for one in how.optional if one not in OPTIONAL]
    if unknown:
        raise PatcherError(
            "usage",
            f"there is no optional check {', '.join(unknown)}",
            help=f"It is one of: {', '.join(OPTIONAL)}; the others always run.",
        )
    if report is not None:
        check_target(report)
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
    if report is not None and not records:
        raise PatcherError("usage", "the checkout holds no patch to report on", help="Apply one first.")
    recipes = {} if how.costs is None else {name: recipes_of(records[name], more) for name in ids or records}
    answers: dict[str, Verification] = {}
    for name in ids or records:
        load = records[name].patch.load
        try:
            answer = verify_record(dialect, site, records[name], how, partial(_progress, screen, load))
        finally:
            screen.progress_done()
        answers[name] = with_row_costs(answer, records[name], site, recipes.get(name, {}))
    _keep_parameters(site.snapshot, state, answers)
    if report is not None:
        parts = [make_part(dialect, site, records[name], recipes[name], answers[name]) for name in answers]
        command = repeat_command(ids, how, next(iter(answers.values())), report)
        page = Page(dialect.NAME, site.version or "", datetime.now(timezone.utc), command, tuple(parts))
        write_report(report, FORMATS[report.suffix.lower()](page))
    failed = any(answer.status == "failed" for answer in answers.values())
    document: dict[str, object] = {
        "checkout": {"dialect": dialect.NAME, "version": site.version},
        "patches": [{"id": name, "verify": answer.as_json()} for name, answer in answers.items()],
        **({} if report is None else {"report": str(report)}),
    }
    return Outcome(document, lambda shown: _show(shown, answers, report), EXIT_CODES["verify"] if failed else 0)


def _keep_parameters(snapshot: Snapshot, state: State, answers: Mapping[str, Verification]) -> None:
    """Keep the parameters of the rows that were verified, for `inspect`."""
    from yolo_patcher.commit import commit

    found = {name: answer.row_params for name, answer in answers.items() if answer.status == "passed"}
    patches = tuple(replace(one, parameters=found.get(one.id, one.parameters)) for one in state.patches)
    if patches != state.patches:
        # A checkout that can't be written can be verified all the same.
        with suppress(PatcherError):
            commit(snapshot.root, transition(snapshot, (), replace(state, patches=patches)), "verify")


def _progress(screen: Screen, load: str, event: Mapping[str, object]) -> None:
    screen.progress(progress_text(event, load))


def _show(screen: Screen, answers: dict[str, Verification], report: Path | None) -> None:
    if not answers:
        screen.line("The checkout holds no patch; nothing to verify.")
    for name, answer in answers.items():
        screen.line(name, "bold")
        show_verification(screen.out, answer)
        if screen.verbose:
            for check in answer.failures:
                screen.line(check.trace)
    if report is not None:
        screen.line(f"Report: {report}")
