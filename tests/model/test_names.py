"""The names of generated YAMLs against each version's own rules for file, scale and task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Checkouts

from benchmarks.survey.names import KINDS, Name, ask, names, one_of_each_kind, wrong
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.recipe.catalogue import all_recipes

pytestmark = [pytest.mark.torch, pytest.mark.checkout, pytest.mark.slow]


def in_pairs(batches: Sequence[Sequence[Name]]) -> list[Name]:
    """Give names in which each model, each recipe and each kind of position meets each of the others."""
    kinds = len(KINDS)
    return [
        one
        for turn, batch in enumerate(batches)
        for recipe in range(len(batch) // kinds)
        for kind, one in enumerate(batch[recipe * kinds : (recipe + 1) * kinds])
        if (turn + recipe + kind) % kinds == 0
    ]


@pytest.mark.parametrize("name", ["ultralytics-8.0.0", "ultralytics-8.0.100", "ultralytics-8.4.190"])
def test_names_survive_the_checkouts_own_rules(name: str, fresh: Checkouts, tmp_path: Path) -> None:
    root, folder = fresh(name), tmp_path / "empty"
    folder.mkdir()
    batches = list(names(*recognise(Snapshot(root)), one_of_each_kind))
    everything = [one for batch in batches for one in batch]
    assert len(everything) == len(batches) * len(KINDS) * len(all_recipes()) > 500
    files: dict[str, set[str]] = {}
    for one in everything:
        files.setdefault(one.load, set()).add(one.path)
    assert not [load for load, paths in files.items() if len(paths) > 1]
    # The names of all models are there at once, so that none can be taken for another.
    asked = in_pairs(batches)
    assert len(asked) == len(batches) * len(all_recipes())
    (answers,) = ask(root, [asked], folder)
    assert not list(wrong(asked, answers))
