"""What import-linter can't say: no two modules import each other, and no file of the program is out of its sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

import yolo_patcher

PACKAGE = Path(yolo_patcher.__file__).parent
PROBES = {PACKAGE / "runtime/verify/probe", PACKAGE / "runtime/weights/probe"}
Imports = Mapping[str, Iterable[str]]


def circle(imports: Imports) -> list[str]:
    """Give modules of which each imports the next, the first again as the last; none where there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def imports_of(package: str) -> Imports:
    """Give what each module imports when it runs, in functions too; an import for a type checker is none."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(imports_of("yolo_patcher")) == []


CALLER = "from circular_package import {other}\n"
IN_FUNCTION = "def work():\n    from circular_package.{other} import work\n"
FOR_TYPES = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from circular_package.{other} import work\n"


@pytest.mark.parametrize(
    ("first", "second", "caught"),
    [
        (CALLER, CALLER, True),
        (CALLER, IN_FUNCTION, True),
        (IN_FUNCTION, IN_FUNCTION, True),
        (CALLER, FOR_TYPES, False),
        (CALLER, "", False),
    ],
    ids=["both", "in a function", "both in functions", "for types only", "one way"],
)
def test_a_circle_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, caught: bool
) -> None:
    (tmp_path / "circular_package").mkdir()
    (tmp_path / "circular_package/__init__.py").touch()
    (tmp_path / "circular_package/first.py").write_text(first.format(other="second"))
    (tmp_path / "circular_package/second.py").write_text(second.format(other="first"))
    monkeypatch.syspath_prepend(tmp_path)
    assert bool(circle(imports_of("circular_package"))) == caught


def test_every_folder_but_the_probe_is_a_package_that_import_linter_sees() -> None:
    folders = {file.parent for file in PACKAGE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == PROBES
