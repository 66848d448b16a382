"""The command line: argv to options, and nothing else; each command's work is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yolo_patcher import __version__, api
from yolo_patcher.cli.completion import complete_patch, complete_position, complete_recipe
from yolo_patcher.cli.examples import examples
from yolo_patcher.cli.options import (
    Device,
    Force,
    Format,
    Json,
    Model,
    NoSandbox,
    Order,
    PatchIds,
    Python,
    Quiet,
    Recipes,
    Repo,
    Scale,
    Skip,
    Timeout,
    Trust,
    Verbose,
)
from yolo_patcher.cli.run import Outcome, run_command
from yolo_patcher.errors import PatcherError

if TYPE_CHECKING:
    from yolo_patcher.cli.screen import Screen

app = typer.Typer(
    name="yolo-patcher",
    help="Put an attention module into a checkout of a YOLO repository, prove that it works, and take it out again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Put an attention module into a checkout of a YOLO repository, prove that it works, and take it out again."""


@app.command(epilog=examples("apply"))
def apply(
    recipes: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE[@POSITION]...",
            help="What to insert, and where: se, se@head, se@head:reduction=8.",
            autocompletion=complete_recipe,
        ),
    ],
    repo: Repo = Path(),
    position: Annotated[
        list[str] | None,
        typer.Option("--position", "-p", help=f"{api.position_examples()} ...", autocompletion=complete_position),
    ] = None,
    model: Model = None,
    scale: Scale = None,
    recipe: Recipes = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A hyper-parameter: reduction=8.")] = None,
    output: Annotated[str | None, typer.Option("--output", help="The new model YAML's name.")] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", help="Pretrained weights to keep: makes a checkpoint that fits.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("-o", "--checkpoint", help="The file that takes it; else one beside the weights.")
    ] = None,
    trust: Trust = False,
    force: Force = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Verify and show the diff; write nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when something would change.")] = False,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Do not build and run the model first.")] = False,
    skip: Skip = None,
    device: Device = "auto",
    python: Python = None,
    timeout: Timeout = 300.0,
    no_sandbox: NoSandbox = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Put attention modules into a checkout: classes, parse_model branch, model YAML, smoke run."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.apply import ApplyOptions
        from yolo_patcher.cli.commands.apply import apply as command

        transfer = api.HowToTransfer(python, trust, force, sandbox=not no_sandbox)
        options = ApplyOptions(
            recipes,
            repo=repo,
            positions=position or (),
            model=model,
            scale=scale,
            settings=settings or (),
            output=output,
            dry_run=dry_run,
            check=check,
            verify=not no_verify,
            more=recipe or (),
            how=api.HowToVerify(python, device, timeout, skip=tuple(skip or ()), sandbox=not no_sandbox),
            weights=api.PretrainedWeights(weights, checkpoint, transfer) if weights else None,
        )
        return command(options, screen)

    if weights is None and (checkpoint or trust or force):
        raise PatcherError("usage", "-o, --trust and --force belong to --weights", help="Name the weights as well.")
    run_command("apply", as_json, verbose, work, quiet=quiet)


@app.command(epilog=examples("transfer"))
def transfer(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="The checkpoint: yolov8n.pt.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="The file that takes the new checkpoint.")],
    repo: Repo = Path(),
    patch: Annotated[
        str | None, typer.Option("--patch", help="The patch whose model it is for.", autocompletion=complete_patch)
    ] = None,
    model: Model = None,
    to_base: Annotated[bool, typer.Option("--to-base", help="Back to the model without the patch.")] = False,
    scale: Scale = None,
    trust: Trust = False,
    force: Force = False,
    python: Python = None,
    timeout: Timeout = 600.0,
    no_sandbox: NoSandbox = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Carry pretrained weights over to a patched model, or back: each tensor to the row that is its own."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.transfer import TransferOptions
        from yolo_patcher.cli.commands.transfer import transfer as command

        how = api.HowToTransfer(python, trust, force, timeout, sandbox=not no_sandbox)
        options = TransferOptions(
            weights, out=out, repo=repo, patch=patch, model=model, to_base=to_base, scale=scale, how=how
        )
        return command(options, screen)

    run_command("transfer", as_json, verbose, work, quiet=quiet)


@app.command(epilog=examples("revert"))
def revert(
    patch_ids: PatchIds = None,
    everything: Annotated[bool, typer.Option("--all", help="Every patch.")] = False,
    repo: Repo = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff; write nothing.")] = False,
    recipe: Recipes = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Take patches out again, byte for byte."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.revert import revert as command

        return command(repo, patch_ids or (), everything, dry_run, screen, recipe or ())

    run_command("revert", as_json, verbose, work, quiet=quiet)


@app.command(epilog=examples("status"))
def status(
    repo: Repo = Path(),
    export: Annotated[bool, typer.Option("--export", help="Write the patches to yolo-patcher.toml.")] = False,
    recipe: Recipes = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Tell what is applied, and whether its files are intact."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.status import status as command

        return command(repo, screen, export, recipe or ())

    run_command("status", as_json, verbose, work)


@app.command(epilog=examples("reapply"))
def reapply(
    repo: Repo = Path(),
    recipe: Recipes = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Verify and show the diff; write nothing.")] = False,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Do not build and run the models first.")] = False,
    skip: Skip = None,
    device: Device = "auto",
    python: Python = None,
    timeout: Timeout = 300.0,
    no_sandbox: NoSandbox = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Put the recorded patches on again: after an upgrade, or on a fresh clone with a yolo-patcher.toml."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.reapply import ReapplyOptions
        from yolo_patcher.cli.commands.reapply import reapply as command

        options = ReapplyOptions(
            repo,
            dry_run=dry_run,
            verify=not no_verify,
            more=recipe or (),
            how=api.HowToVerify(python, device, timeout, skip=tuple(skip or ()), sandbox=not no_sandbox),
        )
        return command(options, screen)

    run_command("reapply", as_json, verbose, work, quiet=quiet)


@app.command(epilog=examples("verify"))
def verify(
    patch_ids: PatchIds = None,
    repo: Repo = Path(),
    device: Device = "auto",
    python: Python = None,
    timeout: Timeout = 300.0,
    no_sandbox: NoSandbox = False,
    scale: Annotated[
        list[str] | None, typer.Option("--scale", help="Verify at this scale, n, s, m, l or x; may be given often.")
    ] = None,
    trying: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            metavar="RECIPE[@POSITION]",
            help="Verify this patch, and write nothing; may be given often.",
            autocompletion=complete_recipe,
        ),
    ] = None,
    model: Model = None,
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="NAME", help="Run an optional check as well, as export or full."),
    ] = None,
    skip: Skip = None,
    costs: Annotated[bool, typer.Option("--costs", help="Measure FLOPs, memory and latency as well.")] = False,
    imgsz: Annotated[
        int | None,
        typer.Option("--imgsz", min=32, max=8192, help="Side of the image to measure on; 640, classifiers 224."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page of all that: FILE.html, FILE.md or FILE.json.")
    ] = None,
    recipe: Recipes = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the checks again on what is applied, at several scales, or on what is only tried."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.verify import VerifyOptions
        from yolo_patcher.cli.commands.verify import verify as command

        measured = (imgsz or 0) if costs or imgsz or report else None
        options = VerifyOptions(
            repo,
            patch_ids or (),
            api.HowToVerify(
                python,
                device,
                timeout,
                measured,
                tuple(dict.fromkeys(check or ())),
                tuple(skip or ()),
                sandbox=not no_sandbox,
            ),
            scales=scale or (),
            tries=trying or (),
            model=model,
            report=report,
            more=recipe or (),
        )
        return command(options, screen)

    run_command("verify", as_json, verbose, work)


@app.command("list", epilog=examples("list"))
def list_(
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Only recipes with this tag or of this group; may be given often.")
    ] = None,
    sort: Annotated[Order, typer.Option("--sort", help="By what to sort; by name within each group.")] = Order.NAME,
    recipe: Recipes = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """List the recipes."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.catalogue import list_recipes

        return list_recipes(recipe or (), tag or (), sort.value)

    run_command("list", as_json, verbose, work)


@app.command(epilog=examples("show"))
def show(
    name: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name.", autocompletion=complete_recipe)],
    repo: Annotated[Path | None, typer.Option("--repo", help="A checkout, for the cost in one of its models.")] = None,
    model: Model = None,
    scale: Scale = None,
    recipe: Recipes = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show one recipe: paper, formula, hyper-parameters, cost."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.catalogue import show_costs, show_recipe

        if repo is None and model is None and scale is None:
            return show_recipe(name, recipe or ())
        return show_costs(name, repo or Path(), model, scale, screen, recipe or ())

    run_command("show", as_json, verbose, work)


@app.command(epilog=examples("inspect"))
def inspect(
    repo: Repo = Path(),
    model: Model = None,
    scale: Scale = None,
    form: Annotated[
        Format, typer.Option("--format", help="A table, or a drawing of the model's graph.")
    ] = Format.TABLE,
    every: Annotated[bool, typer.Option("--list", help="Name the models of the checkout instead.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show what a checkout is, and a model as a table of rows or as a drawing."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.inspect import inspect as command
        from yolo_patcher.cli.commands.inspect import list_models

        if every:
            if model is not None or scale is not None or form is not Format.TABLE:
                raise PatcherError("usage", "--list names all models, and shows none", help="Give nothing beside it.")
            return list_models(repo, screen)
        if as_json and form is not Format.TABLE:
            raise PatcherError(
                "usage", f"--json and --format {form.value} exclude each other", help="Give one of them."
            )
        return command(repo, model, scale, screen, form.value)

    run_command("inspect", as_json, verbose, work)


@app.command("check", epilog=examples("check"))
def check_(
    model: Annotated[str, typer.Argument(metavar="YAML", help="The model YAML: yolo11, yolov8s-seg.yaml, or a path.")],
    repo: Repo = Path(),
    scale: Scale = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Tell whether a model YAML is wired as its author meant; exit 1 when it is not."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.check import check as command

        return command(repo, model, scale, screen)

    run_command("check", as_json, verbose, work)


@app.command(epilog=examples("doctor"))
def doctor(repo: Repo = Path(), python: Python = None, as_json: Json = False, verbose: Verbose = False) -> None:
    """Tell which Python, torch and package will really run, and why it is not this checkout."""

    def work(screen: Screen) -> Outcome:
        from yolo_patcher.cli.commands.doctor import doctor as command

        return command(repo, python, screen)

    run_command("doctor", as_json, verbose, work)
