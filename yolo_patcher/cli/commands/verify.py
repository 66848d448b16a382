"""`verify`: run the checks again on what a checkout holds."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.state import PatchRecord, State, read_state
from yolo_patcher.commit.transition import transition
from yolo_patcher.errors import EXIT_CODES, PatcherError
from yolo_patcher.report.checks import progress_text, show_verification
from yolo_patcher.report.page.content import Page, make_part, repeat_command
from yolo_patcher.report.page.render import FORMATS
from yolo_patcher.report.page.target import check_target, write_report
from yolo_patcher.runtime.verify.applied import applied_model
from yolo_patcher.runtime.verify.cases import verify_records
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import OPTIONAL, Verification
from yolo_patcher.runtime.verify.row_costs import recipes_of, with_row_costs
from yolo_patcher.runtime.verify.variants import AS_APPLIED, Variants, at_scales, tried


def verify(
    repo: Path,
    ids: Sequence[str],
    how: HowToVerify,
    screen: Screen,
    report: Path | None = None,
    more: tuple[Path, ...] = (),
    variants: Variants = AS_APPLIED,
) -> Outcome:
    """Verify applied patches, those named or all; with some to try, these and the patches that are named.

    Args:
        repo: the checkout.
        ids: the patches.
        how: how to verify.
        screen: where remarks go.
        report: the file of a report to write.
        more: recipes beside the catalogue, for their formulas and papers.
        variants: at which scales, and what is tried beside what is applied.

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
    if variants.model is not None and not variants.tries:
        raise PatcherError(
            "usage",
            "--model names the base of what is only tried",
            help="Name with --try what to insert; without it, what is applied is verified on its own base.",
        )
    if report is not None:
        check_target(report)
    opened = open_recovered(repo, screen)
    snapshot, state = opened.snapshot, read_state(opened.snapshot)
    records = () if variants.tries and not ids else _chosen(state, ids)
    if variants.tries:
        snapshot, new = tried(snapshot, opened.package, state, variants.tries, variants.model, more)
        records += tuple(one for one in new if one not in records)
    dialect, site = recognise(snapshot, opened.package)
    records = at_scales(dialect, site, records, variants.scales)
    if report is not None and not records:
        raise PatcherError("usage", "the checkout holds no patch to report on", help="Apply one first.")
    measured = [] if how.costs is None else [(applied_model(site, one), recipes_of(one, more)) for one in records]
    answers: list[Verification] = []

    def take(number: int, answer: Verification) -> None:
        answers.append(with_row_costs(answer, records[number], *measured[number]) if measured else answer)
        screen.progress_done()
        if not screen.quiet:
            _show(screen, records[number], answers[number])

    def progress(event: Mapping[str, object]) -> None:
        number = event.get("case")
        load = records[number].patch.load if isinstance(number, int) and number < len(records) else ""
        screen.progress(progress_text(event, load))

    try:
        if records:
            verify_records(dialect, site, records, how, progress, take)
    finally:
        screen.progress_done()
    if not variants.tries:
        _keep_parameters(snapshot, state, records, answers)
    if report is not None:
        every = zip(records, measured, answers, strict=True)
        parts = [make_part(dialect, site, one, *its, answer) for one, its, answer in every]
        command = repeat_command(ids, how, answers[0], report, variants)
        page = Page(dialect.NAME, site.version or "", datetime.now(timezone.utc), command, tuple(parts))
        write_report(report, FORMATS[report.suffix.lower()](page))
    document: dict[str, object] = {
        "checkout": {"dialect": dialect.NAME, "version": site.version},
        "patches": [
            {"id": one.id, "scale": one.patch.scale, "load": one.patch.load, "verify": answer.as_json()}
            for one, answer in zip(records, answers, strict=True)
        ],
        **({} if report is None else {"report": str(report)}),
    }
    failed = any(answer.status == "failed" for answer in answers)
    return Outcome(
        document, lambda shown: _close(shown, records, answers, report), EXIT_CODES["verify"] if failed else 0
    )


def _chosen(state: State, ids: Sequence[str]) -> tuple[PatchRecord, ...]:
    records = {one.id: one for one in state.patches}
    unknown = [one for one in ids if one not in records]
    if unknown:
        raise PatcherError(
            "usage",
            f"the checkout holds no patch {', '.join(unknown)}",
            help=f"It holds {', '.join(records) or 'none'}.",
        )
    return tuple(records[name] for name in ids or records)


def _keep_parameters(
    snapshot: Snapshot, state: State, records: Sequence[PatchRecord], answers: Sequence[Verification]
) -> None:
    """Keep the parameters of the rows that were verified, for `inspect`."""
    from yolo_patcher.commit.writer import commit

    found = {
        (one.id, one.patch.scale): answer.row_params
        for one, answer in zip(records, answers, strict=True)
        if answer.status == "passed"
    }
    patches = tuple(
        replace(one, parameters=found.get((one.id, one.patch.scale), one.parameters)) for one in state.patches
    )
    if patches != state.patches:
        # A checkout that can't be written can be verified all the same.
        with suppress(PatcherError):
            commit(snapshot.root, transition(snapshot, (), replace(state, patches=patches)), "verify")


def _show(screen: Screen, record: PatchRecord, answer: Verification) -> None:
    screen.line(f"{record.id}: {record.patch.load}", "bold")
    sys.stdout.flush()
    show_verification(screen.out, answer)
    if screen.verbose:
        for check in answer.failures:
            screen.line(check.trace)


def _close(
    screen: Screen, records: Sequence[PatchRecord], answers: Sequence[Verification], report: Path | None
) -> None:
    """Say what the single results, which were shown as they came, come to."""
    if not answers:
        screen.line("The checkout holds no patch; nothing to verify.")
    if len(answers) > 1:
        failed = [one.patch.load for one, answer in zip(records, answers, strict=True) if answer.status == "failed"]
        screen.line(f"{len(answers)} verified, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}", "bold")
    if report is not None:
        screen.line(f"Report: {report}")
