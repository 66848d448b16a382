"""A checkpoint that tries to run code runs none, and what it names is said."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import check_error, check_json
from conftest import Checkouts

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.checkout]


class Runs:
    """What a pickle becomes that calls a function with arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def hostile(marker: Path) -> list[Any]:
    """Give contents of checkpoints that would write a file."""
    line = f"open({str(marker)!r}, 'w')"
    return [
        Runs(os.system, f"touch {marker}"),
        Runs(eval, line),
        Runs(exec, line),
        Runs(getattr, "word", "upper"),
        Runs(subprocess.Popen, ["touch", str(marker)]),
        Runs(torch.hub.download_url_to_file, "file:///etc/hostname", str(marker)),
        Runs(torch.load, str(marker)),
        Runs(argparse.FileType("w"), str(marker)),
        Runs(torch.nn.Linear, 3, 4),
    ]


@pytest.mark.parametrize(("number", "zipped"), [(number, number % 2 == 0) for number in range(9)] + [(0, False)])
def test_no_code_of_a_checkpoint_runs(
    fresh: Checkouts, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, zipped: bool
) -> None:
    root, marker, weights = fresh("ultralytics-8.3.200"), tmp_path / "written", tmp_path / "weights.pt"
    check_json(capsys, "apply", "sae", "--repo", root, "--no-verify")
    content = {"model": hostile(marker)[number], "weight": torch.ones(2)}
    torch.save(content, weights, _use_new_zipfile_serialization=zipped)
    error = check_error(
        capsys, 2, "usage", "which no checkpoint of this repository needs",
        "transfer", weights, "--repo", root, "-o", tmp_path / "out.pt",
    )  # fmt: skip
    assert "--trust" in error["help"]
    assert not marker.exists()
    assert not (tmp_path / "out.pt").exists()
