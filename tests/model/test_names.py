"""The names of generated YAMLs against each version's own rules for file, scale and task."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Checkouts

from benchmarks.survey.names import KINDS, ask, names, one_of_each_kind, wrong
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.recipe.catalogue import all_recipes

pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]


@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "ultralytics-8.0.100", "ultralytics-8.4.190"])
def test_names_survive_the_checkouts_own_rules(name: str, fresh: Checkouts, tmp_path: Path) -> None:
    root, folder = fresh(name), tmp_path / "empty"
    folder.mkdir()
    # All names of a version are there at once, so that one can't be taken for another.
    batches = list(names(*recognise(Snapshot(root)), one_of_each_kind))
    everything = [one for batch in batches for one in batch]
    assert len(everything) == len(batches) * len(KINDS) * len(all_recipes()) > 500
    (answers,) = ask(root, [everything], folder)
    assert not list(wrong(everything, answers))
