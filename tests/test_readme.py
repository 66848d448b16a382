"""What the README says about adding a recipe, done as it says, on a real checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import Checkouts

from yolo_patcher.cli.main import run

README = Path(__file__).parents[1] / "README.md"


def code_after(heading: str) -> str:
    """Give the code block behind a line of the README."""
    match = re.search(rf"{re.escape(heading)}\n\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert match, heading
    return match[1]


@pytest.mark.checkout
@pytest.mark.torch
@pytest.mark.slow
def test_the_recipe_of_the_readme_applies(fresh: Checkouts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("mine.yaml", "mine.py"):
        folder = "recipes" if name.endswith(".yaml") else "templates"
        (tmp_path / name).write_text(code_after(f"`{folder}/{name}`:"), encoding="utf-8")
    repo = str(fresh("ultralytics-8.4.190"))
    arguments = ["apply", "mine", "--recipe", str(tmp_path), "--repo", repo, "--device", "cpu", "--json"]
    assert run([*arguments, "--set", "bias=true"]) == 0
    document = json.loads(capsys.readouterr().out)
    widths = (64, 128, 256)
    assert document["verify"]["params"]["added"] == sum(width * width + width for width in widths)


def test_the_two_commands_come_first() -> None:
    text = README.read_text("utf-8")
    assert re.search(r"```sh\nmake demo .*\nmake test .*\n```", text)
    assert text.index("make demo") < text.index("## Use")
