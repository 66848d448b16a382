"""`apply`: plan, verify on a staged copy, commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.cli.text import files

if TYPE_CHECKING:
    from yolo_patcher.api import FileChange, HowToVerify, PretrainedWeights, Proposal


@dataclass(frozen=True)
class ApplyOptions:
    """The options of `apply`, as the contract names them."""

    recipes: Sequence[str]
    repo: Path = Path()
    positions: Sequence[str] = ()
    model: str | None = None
    scale: str | None = None
    settings: Sequence[str] = ()
    output: str | None = None
    dry_run: bool = False
    check: bool = False
    verify: bool = True
    more: Sequence[Path] = ()
    how: HowToVerify | None = None
    weights: PretrainedWeights | None = None


def apply(options: ApplyOptions, screen: Screen) -> Outcome:
    """Put recipes into a checkout.

    Raises:
        PatcherError: of every kind that the steps raise; the checkout is then as it was.
    """
    request = api.request(
        *options.recipes,
        positions=options.positions,
        settings=options.settings,
        model=options.model,
        scale=options.scale,
        output=options.output,
        more=options.more,
    )
    for words in _repeated(options):
        screen.remark(f"{words} is named more than once, and goes in once.")
    proposal = api.plan(open_recovered(options.repo, screen), request, more=options.more)
    tell(screen, proposal)
    shown_only = options.dry_run or options.check
    if proposal.changes and options.verify and not options.check:
        with screen.progressing():
            proposal = api.verify(proposal, options.how, on_progress=lambda step: screen.progress(str(step)))
    if options.weights is not None:
        screen.progress(f"Carrying {options.weights.file.name} over")
    if not shown_only:
        proposal = api.apply(proposal, verified=False, weights=options.weights)
    elif options.weights is not None and not options.check:
        proposal = api.try_weights(proposal, options.weights)
    return Outcome(
        proposal.as_json(dry_run=shown_only),
        lambda shown: _show(shown, proposal, shown_only),
        1 if options.check and proposal.changes else 0,
        f"Applied {proposal.patch.id}" if proposal.committed else "",
        (lambda: proposal.diff) if options.dry_run else None,
    )


def _repeated(options: ApplyOptions) -> list[str]:
    """Give what several of the recipes' words ask for alike, however they spell it."""
    if len(options.recipes) < 2:
        return []
    asked = [
        api.request(word, positions=() if "@" in word else options.positions, more=options.more).words()
        for word in options.recipes
    ]
    return [words for words in dict.fromkeys(asked) if asked.count(words) > 1]


def tell(screen: Screen, proposal: Proposal) -> None:
    """Show what a plan remarks."""
    for note in proposal.notes:
        screen.remark(note)
    for warning in proposal.warnings:
        screen.warn(warning)


def _show(screen: Screen, proposal: Proposal, shown_only: bool) -> None:
    patch, verified = proposal.patch, proposal.verification.status != "skipped"
    if not proposal.changes:
        screen.line(f"{patch.id} is already applied; nothing to do. Train with {patch.load}.")
        _show_weights(screen, proposal, shown_only)
        return
    if shown_only:
        screen.diff(proposal.diff)
        if verified:
            api.print_value(proposal.verification, screen.err)
        _show_weights(screen, proposal, shown_only)
        screen.remark(f"{patch.id}: {files(len(proposal.changes))} would change; nothing was written.")
        return
    for change in proposal.changes:
        _show_change(screen, proposal, change)
    if verified:
        api.print_value(proposal.verification, screen.out)
    else:
        screen.warn("the patch was not verified.")
    screen.line(f"Applied {patch.id}.", "bold green")
    _show_weights(screen, proposal, shown_only)
    loading = proposal.verification.loading
    if loading and proposal.carried is None and loading["by_name"] < loading["kept"]:
        screen.line(
            f"Pretrained weights: {loading['by_name']} of {loading['tensors']} tensors would load by name;"
            f" yolo-patcher transfer WEIGHTS -o OUT keeps {loading['kept']}."
        )
    screen.line(f"Train it with {patch.load}; take it out with: yolo-patcher revert {patch.id}")


def _show_weights(screen: Screen, proposal: Proposal, shown_only: bool) -> None:
    """Show what became of the pretrained weights, and the line that trains with them."""
    if proposal.carried is None:
        return
    api.print_value(proposal.carried, screen.err if shown_only else screen.out)
    if shown_only:
        return
    name = proposal.checkpoint
    screen.line(f"wrote {name}; revert leaves it. Train from it with:", "green")
    ultralytics = proposal.checkout.dialect.NAME.startswith("ultralytics")
    line = (
        f"yolo train model={name} data=DATA.yaml"
        if ultralytics
        else (f"python train.py --weights {name} --cfg {proposal.patch.load} --data DATA.yaml")
    )
    screen.line(f"  {line}")


def _show_change(screen: Screen, proposal: Proposal, change: FileChange) -> None:
    """Show the edits of a file, of the new model YAML against its base."""
    added, removed = proposal.count_lines(change)
    sign = {"create": "A", "modify": "M", "delete": "D"}[change.action]
    screen.line(f"{sign} {change.path}  +{added}" + (f" -{removed}" if removed else ""), "bold")
    if change.path == proposal.patch.model or change.action == "modify" or screen.verbose:
        screen.diff(proposal.hunks(change))
