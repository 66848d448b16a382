"""`docs/api.md` and the notebook do what they say."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Checkouts

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]


@pytest.fixture
def workplace(fresh: Checkouts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a checkout in `./ultralytics`, and stay there."""
    fresh("ultralytics-8.4.190").rename(tmp_path / "ultralytics")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Give each block of Python with what is said to be printed by it."""
    for match in re.finditer(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", text, re.DOTALL):
        yield match[1], match[2] or ""


def test_every_block_of_the_page_prints_what_stands_below_it(workplace: Path) -> None:
    names: dict[str, object] = {}
    pairs = list(blocks(PAGE.read_text("utf-8")))
    assert len(pairs) > 6
    for code, printed in pairs:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(PAGE), "exec"), names)
        assert out.getvalue() == printed, code


def test_the_notebook_runs_and_its_values_show_themselves(workplace: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(workplace)}}).execute()
    shown = [
        set(output["data"])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output["output_type"] == "execute_result"
    ]
    assert len(shown) == sum(cell.cell_type == "code" for cell in notebook.cells)
    assert all(kinds & {"text/html", "image/svg+xml"} for kinds in shown)
    assert any("image/svg+xml" in kinds for kinds in shown)
