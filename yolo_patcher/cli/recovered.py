"""Open a checkout for a command: first finish what an interrupted one left."""

from __future__ import annotations

from pathlib import Path

from yolo_patcher.checkout.root import Opened, open_checkout
from yolo_patcher.cli.screen import Screen
from yolo_patcher.commit.writer import recover


def open_recovered(repo: Path, screen: Screen) -> Opened:
    """Open the folder that `--repo` names, and say in one line when an interrupted commit was finished.

    Raises:
        PatcherError: as `open_checkout` and `recover`.
    """
    opened = open_checkout(repo)
    said = recover(opened.snapshot.root)
    if said:
        screen.recovered = said
        screen.remark(said, "yellow")
    return opened
