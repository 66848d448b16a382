"""The product for scripts and notebooks: open, look, plan, verify, apply, and take out again.

```python
from yolo_patcher import api

proposal = api.plan("./ultralytics", "sae@head", model="yolo11n")   # nothing is written
print(proposal.diff)
api.apply(proposal)                                                  # verified first, then written, whole or not at all
api.revert("./ultralytics")
```

Every function takes a checkout as a path or as `open_checkout` gave it, and reads it anew, so that what was edited or
applied since is seen; an interrupted commit is finished first. Every error is a `PatcherError`, whose fields say what
is wrong, where, and what to do; nothing is written then. The command line calls these functions and prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    from rich.console import Console

    from yolo_patcher.checkout.checkout import Checkout
    from yolo_patcher.checkout.snapshot import Snapshot
    from yolo_patcher.commit.patch import FileChange
    from yolo_patcher.commit.state import PatchRecord, State
    from yolo_patcher.plan.planned import Planned
    from yolo_patcher.plan.request import Request
    from yolo_patcher.recipe.recipe import Recipe
    from yolo_patcher.report.checks import Progress
    from yolo_patcher.report.findings import CheckedModel, Examination
    from yolo_patcher.report.inspection import Inspection
    from yolo_patcher.report.patches import Reapplication, Reverted, Status, VerifiedPatches
    from yolo_patcher.report.proposal import Proposal, VerifyFailedError
    from yolo_patcher.report.recipe_list import Order
    from yolo_patcher.report.recipes import RecipeCosts
    from yolo_patcher.runtime.doctor.findings import Finding
    from yolo_patcher.runtime.verify.options import HowToVerify
    from yolo_patcher.runtime.verify.results import Verification
    from yolo_patcher.runtime.weights.carried import Carried
    from yolo_patcher.runtime.weights.transfer import HowToTransfer, PretrainedWeights

    Repo = str | Path | Checkout
    OnProgress = Callable[[Progress], None]

_VALUES = {
    "Checkout": "checkout.checkout",
    "FileChange": "commit.patch",
    "PatchRecord": "commit.state",
    "Request": "plan.request",
    "Recipe": "recipe.recipe",
    "Progress": "report.checks",
    "CheckedModel": "report.findings",
    "Examination": "report.findings",
    "Inspection": "report.inspection",
    "Reapplication": "report.patches",
    "RecipeCosts": "report.recipes",
    "Reverted": "report.patches",
    "Status": "report.patches",
    "VerifiedPatches": "report.patches",
    "Proposal": "report.proposal",
    "VerifyFailedError": "report.proposal",
    "Finding": "runtime.doctor.findings",
    "HowToVerify": "runtime.verify.options",
    "Verification": "runtime.verify.results",
    "Carried": "runtime.weights.carried",
    "HowToTransfer": "runtime.weights.transfer",
    "PretrainedWeights": "runtime.weights.transfer",
}
"""The types of what goes in and out; each is imported when it is asked for, since a start should cost little."""

__all__ = [
    "Carried", "CheckedModel", "Checkout", "Examination", "FileChange", "Finding", "HowToTransfer", "HowToVerify",
    "Inspection", "PatchRecord", "PatcherError", "PretrainedWeights", "Progress", "Proposal", "Reapplication",
    "Recipe", "Request", "Reverted", "Status", "Verification", "VerifiedPatches", "VerifyFailedError", "apply",
    "as_json", "check", "doctor", "inspect", "models", "open_checkout", "patch_ids", "plan", "plan_reapply",
    "position_examples", "position_texts", "positions", "print_value", "reapply", "recipes", "request", "revert",
    "selectors", "show", "status", "transfer", "try_weights", "verify", "verify_applied",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _VALUES:
        from importlib import import_module

        return getattr(import_module(f"yolo_patcher.{_VALUES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# The checkout, and what can be asked for.


def open_checkout(repo: Repo = ".", *, on_recovery: Callable[[str], None] | None = None) -> Checkout:
    """Open the checkout in which a folder lies, and finish what an interrupted commit left.

    Args:
        repo: the repository's root, its package's own folder, also in site-packages, or a folder in it: the checkout
            is looked for upward, as git does.
        on_recovery: called with one sentence when an interrupted commit was finished.

    Raises:
        PatcherError: `usage`, when there is no such folder; `checkout`, when it lies in no checkout; `refused`, when a
            file was changed since the interruption.
    """
    from yolo_patcher.checkout.checkout import Checkout, open_checkout
    from yolo_patcher.checkout.snapshot import Snapshot
    from yolo_patcher.commit.writer import recover

    checkout = Checkout(Snapshot(repo.root), repo.package) if isinstance(repo, Checkout) else open_checkout(Path(repo))
    said = recover(checkout.root)
    if said and on_recovery is not None:
        on_recovery(said)
    return checkout


def recipes(more: Sequence[str | Path] = ()) -> tuple[Recipe, ...]:
    """List the recipes, sorted by name; an edited recipe is read again.

    Args:
        more: recipe files, or folders of them, beside the catalogue.

    Raises:
        PatcherError: `recipe`, when one is not understood; `usage`, when a path does not exist.
    """
    from yolo_patcher.recipe.catalogue import all_recipes

    return all_recipes(_paths(more))


def recipe_names(more: Sequence[str | Path] = ()) -> tuple[str, ...]:
    """List the recipes' names, sorted; arguments and errors as for `recipes`."""
    from yolo_patcher.recipe.catalogue import recipe_names

    return recipe_names(_paths(more))


def show(name: str, more: Sequence[str | Path] = ()) -> Recipe:
    """Give the recipe of a name, an alias or a path; arguments and errors as for `recipes`.

    Raises:
        PatcherError: `usage`, when there is none of that name.
    """
    from yolo_patcher.recipe.catalogue import find_recipe

    return find_recipe(name, _paths(more))


def listing(
    tags: Sequence[str] = (), order: str = "name", more: Sequence[str | Path] = ()
) -> Sequence[Mapping[str, Any]]:
    """List the recipes that have all tags in a few words, sorted: sooner than `recipes`, which reads them in full.

    Args:
        tags: their tags; a group and a form of identity count as tags.
        order: `name` (within each group), `params`, `flops`, `latency` or `year`.
        more: recipe files, or folders of them, beside the catalogue.

    Raises:
        PatcherError: `usage`, when there is no such order; otherwise as `recipes`.
    """
    from yolo_patcher.report.recipe_list import chosen, listing

    return chosen(listing(_paths(more)), tags, _order(order))


def _order(order: str) -> Order:
    from yolo_patcher.report.recipe_list import ORDERS

    known = next((one for one in ORDERS if one == order), None)
    if known is None:
        raise PatcherError("usage", f"recipes can't be sorted by '{order}'", help=f"There are: {', '.join(ORDERS)}.")
    return known


def print_listing(recipes: Sequence[Mapping[str, Any]], console: Console, order: str = "name") -> None:
    """Print what `listing` gave for people; `order` is that of the listing."""
    from yolo_patcher.report.recipe_list import render_list

    render_list([dict(one) for one in recipes], console, _order(order))


def costs(
    name: str,
    repo: Repo = ".",
    model: str | None = None,
    scale: str | None = None,
    more: Sequence[str | Path] = (),
) -> RecipeCosts:
    """Give a recipe with what it costs at each feature map that enters a model's final row.

    Arguments and errors as for `show` and `inspect`.
    """
    from yolo_patcher.report.recipe_costs import Place
    from yolo_patcher.report.recipes import costs_at

    recipe, seen = show(name, more), inspect(repo, model, scale)
    stem = Path(seen.chosen.model.path).stem
    label = f"{stem}, scale {seen.chosen.scale}" if seen.chosen.scale else stem
    rows = [(seen.level.get(row), seen.width.get(row)) for row in seen.positions.get("head", ())]
    return costs_at(recipe, [Place(label, level, width) for level, width in rows if level is not None and width])


def models(repo: Repo = ".") -> tuple[str, ...]:
    """List the model YAMLs of a checkout, as paths relative to it.

    Raises:
        PatcherError: `checkout`, when it is not understood.
    """
    from yolo_patcher.model.choose import model_paths

    return tuple(model_paths(open_checkout(repo).site))


def positions(repo: Repo = ".", model: str | None = None, scale: str | None = None) -> Mapping[str, tuple[int, ...]]:
    """Give the rows that the named positions mean in a model; arguments and errors as for `inspect`."""
    return inspect(repo, model, scale).positions


def selectors(repo: Repo = ".", model: str | None = None, scale: str | None = None) -> Mapping[str, tuple[int, ...]]:
    """Give the selectors that fit a model, by who reads the module too, and the rows behind which each puts modules.

    Levels and indices, as in `head:p5` and `after:C2f[-1]`, choose among these; arguments and errors as for `inspect`.
    """
    return inspect(repo, model, scale).selectors


def position_texts(incomplete: str = "") -> tuple[str, ...]:
    """Give the positions that a text may become in any model, and how the others begin: `head`, `head:p3`, `after:` ...

    Args:
        incomplete: the text; of a whole position, as `after:6`, those are given that say who reads the module.
    """
    from yolo_patcher.recipe.selector import completed

    return tuple(completed(incomplete))


def position_examples() -> str:
    """Give a position of every form, without levels, as help shows them."""
    from yolo_patcher.recipe.selector import examples

    return ", ".join(examples())


def inspect(repo: Repo = ".", model: str | None = None, scale: str | None = None) -> Inspection:
    """Describe a checkout and one of its models: its rows with their levels and channels, and its drawing.

    Args:
        repo: the checkout.
        model: the model's name, as the repository's users say it, or its path; None for the default.
        scale: the scale's letter; None for the name's own, or the smallest.

    Raises:
        PatcherError: `checkout` and `model`, when they are not understood; `usage`, when there is no such model.
    """
    from yolo_patcher.report.inspection import inspect_model

    return inspect_model(open_checkout(repo), model, scale)


def check(repo: Repo, model: str, scale: str | None = None) -> CheckedModel:
    """Check whether a model YAML, whoever wrote it, is wired as its author meant.

    Args:
        repo: the checkout.
        model: the model's name, or a path, which may lead out of the checkout.
        scale: the scale at which channels are worked out; None for the name's own, or the smallest.

    Raises:
        PatcherError: `checkout`, when it is not understood; `usage`, when there is no such model; `model`, when the
            file is no YAML or no model at all.
    """
    from yolo_patcher.check.run import check_model
    from yolo_patcher.model.choose import find_source
    from yolo_patcher.model.vocabulary import vocabulary_of
    from yolo_patcher.recipe.catalogue import signatures
    from yolo_patcher.report.findings import CheckedModel

    site = open_checkout(repo).site
    source, its_scale = find_source(site, model, scale)
    return CheckedModel(check_model(source, vocabulary_of(site, signatures()), its_scale))


def doctor(repo: Repo = ".", python: str | None = None) -> Examination:
    """Tell which Python, torch and package will really run, and why it is not this checkout.

    Args:
        repo: the checkout.
        python: the Python that trains, a path or a name on PATH; None for the one that runs us.

    Raises:
        PatcherError: `checkout`, when it is not understood; `usage`, when there is no such folder or Python.
    """
    from yolo_patcher.commit.state import holds
    from yolo_patcher.report.findings import Examination
    from yolo_patcher.runtime.doctor.findings import Finding
    from yolo_patcher.runtime.doctor.run import examine
    from yolo_patcher.runtime.doctor.target import target_of

    checkout = open_checkout(repo)
    target = target_of(checkout.site)
    diagnosis = examine(target, python)
    patches: tuple[PatchRecord, ...] = ()
    findings = diagnosis.findings
    try:
        patches = holds(checkout.snapshot).patches
    except PatcherError as error:
        findings = (*findings, Finding("state", f"the patches can't be told: {error.message}", error.help))
    return Examination(checkout, target, diagnosis, patches, findings)


# Patches that go on.


def request(
    *wanted: str,
    positions: Sequence[str] = (),
    settings: Mapping[str, object] | Sequence[str] = (),
    model: str | None = None,
    scale: str | None = None,
    output: str | None = None,
    more: Sequence[str | Path] = (),
) -> Request:
    """Read what is asked for, without a look at any checkout.

    Args:
        wanted: `"sae"`, `"sae@head"`, `"gam@backbone:p4"` ...
        positions: where those go that name no position of their own.
        settings: hyper-parameters, `{"reduction": 8}` or `["reduction=8"]`; with several recipes `"sae.reduction"`.
        model: the base model's name or path; None for the default.
        scale: the scale; None for the name's own, or the smallest.
        output: the new model YAML's name; None to make one from the request.
        more: recipe files, or folders of them, beside the catalogue.

    Raises:
        PatcherError: `usage` and `recipe`, when something is not understood.
    """
    from yolo_patcher.plan.request import Request
    from yolo_patcher.recipe.expression import format_value

    pairs = settings
    if isinstance(settings, Mapping):
        pairs = [f"{name}={format_value(value)}" for name, value in settings.items()]
    return Request.from_words(wanted, positions, list(pairs), _paths(more), model=model, scale=scale, output=output)


def plan(
    repo: Repo,
    *wanted: str | Request,
    positions: Sequence[str] = (),
    settings: Mapping[str, object] | Sequence[str] = (),
    model: str | None = None,
    scale: str | None = None,
    output: str | None = None,
    more: Sequence[str | Path] = (),
) -> Proposal:
    """Plan a patch: every file's bytes before and after; nothing is written.

    Args:
        repo: the checkout.
        wanted: texts, as for `request`, which takes the other arguments; or one request that it gave.
        positions: as for `request`.
        settings: as for `request`.
        model: as for `request`.
        scale: as for `request`.
        output: as for `request`.
        more: as for `request`.

    Raises:
        PatcherError: `usage`, when a position fits nothing or a module can't take the channels there; `recipe`,
            `checkout` and `model`, when these are not understood; `refused`, when a file may not be written.
    """
    from yolo_patcher.commit.access import check_access
    from yolo_patcher.commit.state import holds
    from yolo_patcher.plan.planned import changes_to
    from yolo_patcher.plan.request import Request
    from yolo_patcher.report.proposal import Proposal

    asked, *rest = wanted or ("",)
    if not isinstance(asked, Request):
        texts = [asked, *rest]
        asked = request(
            *map(str, texts), positions=positions, settings=settings, model=model, scale=scale, output=output, more=more
        )
    checkout = open_checkout(repo)
    state = holds(checkout.snapshot)
    if state.patches:
        from yolo_patcher.revert.reapply import plan_or_again as plan_request
    else:
        from yolo_patcher.plan.planned import plan_request
    planned = plan_request(checkout, state, asked, _paths(more))
    changes = changes_to(checkout.snapshot, planned.after())
    check_access(checkout.root, changes)
    warnings = planned.plan.warnings + (_base_findings(planned) if changes else ())
    return Proposal(planned, changes, warnings)


def _base_findings(planned: Planned) -> tuple[str, ...]:
    """Warn of a base model that is mis-wired already: the patch keeps its wiring, and so its mistakes."""
    from yolo_patcher.check.run import findings_of
    from yolo_patcher.model.vocabulary import vocabulary_of
    from yolo_patcher.plan.planned import recorded_signatures
    from yolo_patcher.recipe.catalogue import signatures

    base, patch = planned.plan.base, planned.plan.patch
    known = {**signatures(), **recorded_signatures(planned.state)}
    findings = findings_of(base, vocabulary_of(planned.checkout.site, known), patch.scale)
    if not findings:
        return ()
    count = f"{len(findings)} things" if len(findings) > 1 else "something"
    return (
        f"the base model may be mis-wired, and the patch keeps its wiring: check finds {count}, first in line"
        f" {findings[0].line}: {findings[0].message}; see: yolo-patcher check {patch.base}",
    )


def verify(proposal: Proposal, how: HowToVerify | None = None, *, on_progress: OnProgress | None = None) -> Proposal:
    """Build the base and the patched model on a copy of the checkout, in the user's Python, and run every check.

    Args:
        proposal: what `plan` gave.
        how: which Python and device, how long; None for the defaults.
        on_progress: called as the verification goes on.

    Returns:
        The proposal, with how its verification ended.

    Raises:
        VerifyFailedError: a `PatcherError` of kind `verify` with the `verification`, when a check does not pass.
        PatcherError: `checkout`, when the model was broken before; `verify` and `usage`, when no check could run.
    """
    from yolo_patcher.report.proposal import VerifyFailedError

    verification = _verification(proposal.planned, how, on_progress)
    if verification.status == "failed":
        raise VerifyFailedError(proposal, verification)
    return replace(proposal, verification=verification, skipped=how.skip if how else ())


def _verification(planned: Planned, how: HowToVerify | None, on_progress: OnProgress | None) -> Verification:
    from yolo_patcher.report.checks import Progress, progress_of
    from yolo_patcher.runtime.verify.cases import verify_plan
    from yolo_patcher.runtime.verify.options import HowToVerify

    load, say = planned.plan.patch.load, on_progress or (lambda _: None)
    say(Progress(load, "staging a copy of the checkout"))
    record = planned.state.find(planned.plan.patch.id)
    return verify_plan(
        planned.checkout.site,
        planned.plan,
        how or HowToVerify(),
        lambda event: say(progress_of(event, load)),
        record.asked if record else (),
    )


def apply(
    proposal: Proposal,
    *,
    verified: bool = True,
    how: HowToVerify | None = None,
    on_progress: OnProgress | None = None,
    weights: PretrainedWeights | None = None,
) -> Proposal:
    """Write a plan to its checkout, all of it or nothing.

    Args:
        proposal: what `plan` or `verify` gave; one that was not verified yet is verified first.
        verified: False to write it without that.
        how: as for `verify`.
        on_progress: as for `verify`.
        weights: pretrained weights to carry over to the patched model, which is done before anything is written.

    Raises:
        PatcherError: as `verify` and `transfer`; `refused`, when a file has changed since it was planned; `io`, when
            writing failed. The checkout is then as it was, and there is no new checkpoint.
    """
    if verified and proposal.changes and not proposal.committed and proposal.verification.status == "skipped":
        proposal = verify(proposal, how, on_progress=on_progress)
    if weights is None:
        return _commit(proposal)
    from yolo_patcher.runtime.weights.transfer import put_beside

    with (
        _carried(proposal, weights) as (proposal, made),
        put_beside(made, Path(proposal.checkpoint), weights.how.force) as finish,
    ):
        committed = _commit(proposal)
        finish()
    return committed


def _commit(proposal: Proposal) -> Proposal:
    from yolo_patcher.commit.writer import commit
    from yolo_patcher.plan.planned import way_to

    if proposal.committed or not proposal.changes:
        return proposal
    snapshot = proposal.checkout.snapshot
    commit(snapshot.root, way_to(snapshot, proposal.changes, [proposal.verified]), "apply")
    return replace(proposal, committed=True)


def try_weights(proposal: Proposal, weights: PretrainedWeights) -> Proposal:
    """Carry pretrained weights over to a planned model, and keep nothing of it but what came of it.

    Args:
        proposal: what `plan` or `verify` gave.
        weights: the weights.

    Raises:
        PatcherError: as for `transfer`.
    """
    with _carried(proposal, weights) as (proposal, _):
        return proposal


@contextmanager
def _carried(proposal: Proposal, weights: PretrainedWeights) -> Iterator[tuple[Proposal, Path]]:
    """Give a proposal with what came of carrying weights over, and the new checkpoint as long as the block."""
    from yolo_patcher.runtime.weights.transfer import carried_over, check_files

    planned, out = proposal.planned, weights.out_for(proposal.patch)
    check_files(weights.file, out, weights.how.force)
    patches = [one.patch for one in planned.state.patches]
    scale = proposal.patch.scale or None
    with carried_over(planned.after(), patches, proposal.patch.model, weights.file, weights.how, scale=scale) as found:
        carried, made = found
        yield replace(proposal, carried=carried, checkpoint=str(out)), made


# Patches that are there.


def status(repo: Repo = ".", *, export: bool = False, more: Sequence[str | Path] = ()) -> Status:
    """Tell what is applied to a checkout, and whether its files are as the patches left them.

    Args:
        repo: the checkout, which need not be recognised.
        export: write the patches to `yolo-patcher.toml` as well.
        more: recipes beside the catalogue, for patches without a record.

    Raises:
        PatcherError: `usage`, when there is no such folder, or nothing to export; `refused`, when the state is damaged
            or another checkout's.
    """
    from yolo_patcher.report.patches import Status
    from yolo_patcher.revert.status import patch_statuses
    from yolo_patcher.revert.unrecorded.adopt import adopt

    checkout = open_checkout(repo)
    snapshot = checkout.snapshot
    adopted = adopt(checkout, _paths(more))
    statuses = patch_statuses(snapshot, adopted)
    return Status(statuses, adopted.remains, _export(snapshot, adopted.state) if export else "")


def _export(snapshot: Snapshot, state: State) -> str:
    """Write the patches of a state to `yolo-patcher.toml`, and give its path."""
    from yolo_patcher.commit.state import read_state
    from yolo_patcher.commit.transition import transition
    from yolo_patcher.commit.writer import commit
    from yolo_patcher.revert.export import EXPORT_PATH, export_change

    change = export_change(snapshot, state.patches)
    if change.before != change.after:
        commit(snapshot.root, transition(snapshot, [change], read_state(snapshot)), "status --export")
    return EXPORT_PATH


def patch_ids(repo: Repo = ".") -> tuple[str, ...]:
    """Give the ids of the recorded patches, in the order in which they were applied.

    Raises:
        PatcherError: `refused`, when the state is damaged.
    """
    from yolo_patcher.commit.state import read_state

    return tuple(one.id for one in read_state(open_checkout(repo).snapshot).patches)


def transfer(
    weights: str | Path,
    out: str | Path,
    repo: Repo = ".",
    *,
    patch: str | None = None,
    model: str | None = None,
    to_base: bool = False,
    scale: str | None = None,
    how: HowToTransfer | None = None,
    on_event: Callable[[dict[str, object]], None] | None = None,
) -> Carried:
    """Carry a checkpoint over to a patched model, or back: each tensor to the row that is its own.

    Args:
        weights: the checkpoint, of the base or of another patch of it.
        out: the file that takes the new one.
        repo: the checkout.
        patch: the id of the patch whose model it is for; None for the only one.
        model: the model YAML that it is for, instead of a patch.
        to_base: carry it back to the model that no patch made.
        scale: the scale of the models, where the checkpoint does not say it.
        how: which Python, and what it may do; None for the defaults.
        on_event: called as the work goes on.

    Raises:
        PatcherError: `usage`, when the checkpoint is none, or of no model of the patch; `refused`, when a file of
            the new one's name is there; `io`, when it can't be written; `checkout`, when a model can't be built.
    """
    from yolo_patcher.commit.state import read_state
    from yolo_patcher.runtime.weights.target import target_model
    from yolo_patcher.runtime.weights.transfer import HowToTransfer, carried_over, check_files, put_beside

    how, weights, out = how or HowToTransfer(), Path(weights), Path(out)
    check_files(weights, out, how.force)
    checkout = open_checkout(repo)
    patches = [one.patch for one in read_state(checkout.snapshot).patches]
    path = target_model(checkout.site, patches, patch=patch, model=model, to_base=to_base)
    with (
        carried_over(checkout, patches, path, weights, how, scale=scale, on_event=on_event) as (carried, made),
        put_beside(made, out, how.force) as finish,
    ):
        finish()
    return carried


def revert(
    repo: Repo = ".",
    *ids: str,
    everything: bool = False,
    dry_run: bool = False,
    more: Sequence[str | Path] = (),
) -> Reverted:
    """Take patches out of a checkout: those named, all, or the only one; edits made since are kept.

    Args:
        repo: the checkout, which need not be recognised.
        ids: the patches.
        everything: take out all of them.
        dry_run: write nothing.
        more: recipes beside the catalogue, for patches without a record.

    Raises:
        PatcherError: `usage`, when there is no such patch; `refused` or `conflict`, when an edit stands where the patch
            does, or a patch without a record can't be taken out with certainty. Nothing was changed then.
    """
    from yolo_patcher.commit.access import check_access
    from yolo_patcher.report.patches import Reverted
    from yolo_patcher.revert.revert import plan_revert
    from yolo_patcher.revert.unrecorded.adopt import adopt

    checkout = open_checkout(repo)
    snapshot = checkout.snapshot
    adopted = adopt(checkout, _paths(more))
    try:
        planned = plan_revert(snapshot, ids, everything, adopted=adopted)
    except PatcherError as error:
        if error.kind != "conflict":
            raise
        from yolo_patcher.revert.reformatted import plan_reformatted

        second = plan_reformatted(checkout, ids, everything, adopted, _paths(more))
        if second is None:
            raise
        planned = second
    check_access(snapshot.root, planned.changes)
    written = bool(planned.reverted) and not dry_run
    if written:
        from yolo_patcher.commit.writer import commit

        commit(snapshot.root, planned.transition(snapshot), "revert")
    return Reverted(planned, written)


def plan_reapply(repo: Repo = ".", *, more: Sequence[str | Path] = ()) -> Reapplication:
    """Plan the patches of a checkout's state, and those of its `yolo-patcher.toml`, again; nothing is written.

    Args:
        repo: the checkout.
        more: recipes beside the catalogue.

    Raises:
        PatcherError: `usage`, when none is recorded; `conflict`, when an edit stands where a patch does; as `plan`.
    """
    from yolo_patcher.commit.access import check_access
    from yolo_patcher.plan.planned import changes_to
    from yolo_patcher.report.patches import Reapplication
    from yolo_patcher.revert.export import EXPORT_PATH
    from yolo_patcher.revert.reapply import plan_reapply
    from yolo_patcher.runtime.verify.results import Verification

    checkout = open_checkout(repo)
    done = plan_reapply(checkout, _paths(more))
    if not done.planned:
        raise PatcherError(
            "usage",
            "no patch is recorded for this checkout",
            help=f"There is no patch in .yolo-patcher and no {EXPORT_PATH}; `yolo-patcher apply` puts one on.",
        )
    changes = changes_to(checkout.snapshot, done.planned[-1].after())
    check_access(checkout.root, changes)
    return Reapplication(checkout, done.planned, changes, done.notes, (Verification.skipped(),) * len(done.planned))


def reapply(
    reapplication: Reapplication,
    *,
    verified: bool = True,
    how: HowToVerify | None = None,
    dry_run: bool = False,
    on_patch: Callable[[Proposal], None] | None = None,
    on_progress: OnProgress | None = None,
) -> Reapplication:
    """Put recorded patches on again: after an upgrade, or on a fresh clone with a `yolo-patcher.toml`.

    Args:
        reapplication: what `plan_reapply` gave.
        verified: False to write it without building and running the models first.
        how: as for `verify`.
        dry_run: verify, and write nothing.
        on_patch: called with each patch before it is verified.
        on_progress: as for `verify`.

    Raises:
        PatcherError: as `verify` and `apply`.
    """
    from yolo_patcher.commit.state import read_state
    from yolo_patcher.commit.writer import commit
    from yolo_patcher.plan.planned import way_to
    from yolo_patcher.report.proposal import Proposal
    from yolo_patcher.runtime.verify.options import HowToVerify

    changes, planned = reapplication.changes, reapplication.planned
    if not changes:
        return reapplication
    answers = list(reapplication.verifications)
    left_out = {one.id: one.skipped for one in read_state(reapplication.checkout.snapshot).patches}
    for number, one in enumerate(planned if verified else ()):
        proposal = Proposal(one, one.plan.changes, one.plan.warnings)
        if on_patch is not None:
            on_patch(proposal)
        patch_id, its = one.plan.patch.id, how or HowToVerify()
        # What was left out when the patch was applied is left out again.
        its = replace(its, skip=tuple(dict.fromkeys((*its.skip, *left_out.get(patch_id, ())))))
        answers[number] = verify(proposal, its, on_progress=on_progress).verification
        counted, skipped = answers[number].row_params, its.skip
        planned = tuple(each.verified(counted, skipped, patch_id) for each in planned)
    if not dry_run:
        snapshot = reapplication.checkout.snapshot
        commit(snapshot.root, way_to(snapshot, changes, planned), "reapply")
    return replace(reapplication, planned=planned, verifications=tuple(answers), committed=not dry_run)


def verify_applied(
    repo: Repo = ".",
    *ids: str,
    how: HowToVerify | None = None,
    scales: Sequence[str] = (),
    tries: Sequence[str] = (),
    model: str | None = None,
    report: str | Path | None = None,
    more: Sequence[str | Path] = (),
    on_progress: OnProgress | None = None,
    on_verified: Callable[[PatchRecord, Verification], None] | None = None,
) -> VerifiedPatches:
    """Run the checks again on what is applied, at several scales, or on what is only tried and never written.

    Args:
        repo: the checkout.
        ids: the patches; none for all of them, or for none but those to try.
        how: which Python and device, how long, which costs and optional checks; None for the defaults.
        scales: the scales at which each patch is built; none for its own.
        tries: `RECIPE@POSITION` texts to plan and verify beside.
        model: the base model of those.
        report: the file of a page to write: `.html`, `.md` or `.json`.
        more: recipes beside the catalogue.
        on_progress: called as the verification goes on.
        on_verified: called with each patch and how it ended, as soon as it is known.

    Raises:
        PatcherError: `usage`, when a patch, a scale or an optional check is not there; `checkout` and `verify`, when no
            check could run; `refused` and `io`, when the page can't be written. That a patch fails is no error.
    """
    from yolo_patcher.report.checks import progress_of
    from yolo_patcher.report.page.target import check_target
    from yolo_patcher.report.patches import VerifiedPatches
    from yolo_patcher.runtime.verify.options import HowToVerify
    from yolo_patcher.runtime.verify.patches import keep_parameters, select, verify_selected
    from yolo_patcher.runtime.verify.variants import Variants

    how, file = (how or HowToVerify()).refuse_unknown(), None if report is None else Path(report)
    variants = Variants(tuple(scales), tuple(tries), model)
    if file is not None:
        check_target(file)
    selected = select(open_checkout(repo), ids, variants, how, _paths(more))
    checkout, records = selected.checkout, selected.records
    if file is not None and not records:
        raise PatcherError("usage", "the checkout holds no patch to report on", help="Apply one first.")
    say, ended = on_progress or (lambda _: None), on_verified or (lambda *_: None)
    answers = verify_selected(selected, how, lambda load, event: say(progress_of(event, load)), ended)
    if not tries:
        keep_parameters(checkout, records, answers)
    if file is not None:
        from yolo_patcher.report.page.content import make_page, repeat_command
        from yolo_patcher.report.page.render import FORMATS
        from yolo_patcher.report.page.target import write_report

        page = make_page(selected, answers, repeat_command(ids, how, answers[0], file, variants))
        write_report(file, FORMATS[file.suffix.lower()](page))
    return VerifiedPatches(checkout, records, answers, file)


# Values as text.


def as_json(value: Recipe | Sequence[Recipe]) -> object:
    """Give one recipe, or several in a few words, as the JSON output shows them; other values have `as_json()`."""
    from yolo_patcher.recipe.recipe import Recipe
    from yolo_patcher.report.recipe_list import list_document
    from yolo_patcher.report.recipes import show_document

    return show_document(value) if isinstance(value, Recipe) else list_document(value)


def print_value(
    value: Verification | VerifiedPatches | Carried | Recipe | RecipeCosts | Sequence[Recipe], console: Console
) -> None:
    """Print verifications, a transfer, a recipe, or a list of recipes for people, with tables that fit the terminal.

    Args:
        value: what to print.
        console: a console of `rich`.
    """
    from yolo_patcher.recipe.recipe import Recipe
    from yolo_patcher.report.patches import VerifiedPatches
    from yolo_patcher.report.recipe_list import list_document, render_list
    from yolo_patcher.report.recipes import RecipeCosts, render_show
    from yolo_patcher.runtime.weights.carried import Carried

    if isinstance(value, VerifiedPatches):
        from yolo_patcher.report.trials import show_trials

        show_trials(console, value.records, value.verifications)
    elif isinstance(value, Carried):
        from yolo_patcher.report.weights import render_carried

        render_carried(value, console)
    elif isinstance(value, Recipe):
        render_show(value, console)
    elif isinstance(value, RecipeCosts):
        render_show(value.recipe, console, value.costs)
    elif isinstance(value, Sequence):
        render_list(list_document(value), console)
    else:
        from yolo_patcher.report.checks import show_verification

        show_verification(console, value)


def _paths(more: Sequence[str | Path]) -> tuple[Path, ...]:
    return tuple(map(Path, more))
