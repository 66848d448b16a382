"""`transfer`: a checkpoint for another model of the same base, with every tensor on its own row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_patcher import api
from yolo_patcher.cli.run import Outcome, open_recovered
from yolo_patcher.cli.screen import Screen

if TYPE_CHECKING:
    from yolo_patcher.api import HowToTransfer


@dataclass(frozen=True)
class TransferOptions:
    """The options of `transfer`; their meaning is that of `api.transfer`."""

    weights: Path
    out: Path
    repo: Path
    patch: str | None
    model: str | None
    to_base: bool
    scale: str | None
    how: HowToTransfer


def transfer(options: TransferOptions, screen: Screen) -> Outcome:
    """Carry a checkpoint over; errors as for `api.transfer`."""
    checkout = open_recovered(options.repo, screen)
    with screen.progressing(f"Reading {options.weights.name}"):
        carried = api.transfer(
            options.weights,
            options.out,
            checkout,
            patch=options.patch,
            model=options.model,
            to_base=options.to_base,
            scale=options.scale,
            how=options.how,
            on_event=lambda event: _show_step(screen, event),
        )
    document = {
        "changed": True,
        "weights": str(options.weights),
        "out": str(options.out),
        "transfer": carried.as_json(),
    }

    def show(shown: Screen) -> None:
        api.print_value(carried, shown.out)
        shown.line(f"wrote {options.out} ({carried.size / 1e6:.1f} MB)", "green")

    return Outcome(document, show, done=f"wrote {options.out}")


def _show_step(screen: Screen, event: Mapping[str, object]) -> None:
    if event["event"] == "start":
        screen.progress(f"{str(event['check']).capitalize()} ...")
