"""Which rows of models are the same row, through patches on patches."""

from __future__ import annotations

import pytest

from yolo_patcher.commit.patch import Patch, StandIn
from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.weights.lineage import family_of, members


def patch(name: str, base: str, *rows: int, stand_ins: tuple[StandIn, ...] = ()) -> Patch:
    return Patch(name, ("se",), ("head",), rows, base, f"{name}.yaml", f"{name}.yaml", "", {}, stand_ins)


FIRST, SECOND, OTHER = (
    patch("first", "base.yaml", 1),
    patch("second", "first.yaml", 0, 3),
    patch("other", "base.yaml", 3),
)
STRANGER = patch("stranger", "elsewhere.yaml", 0)
PATCHES = [SECOND, FIRST, OTHER, STRANGER]


@pytest.mark.parametrize("path", ["base.yaml", "first.yaml", "second.yaml", "other.yaml"])
def test_a_family_begins_with_its_base_and_holds_no_stranger(path: str) -> None:
    assert members(path, PATCHES) == ("base.yaml", "first.yaml", "other.yaml", "second.yaml")
    assert members("elsewhere.yaml", PATCHES) == ("elsewhere.yaml", "stranger.yaml")


def test_rows_keep_what_they_are_through_patches_on_patches() -> None:
    rows = {"base.yaml": 3, "first.yaml": 4, "second.yaml": 6, "other.yaml": 4}
    base = ("base.yaml:0", "base.yaml:1", "base.yaml:2")
    assert family_of("second.yaml", PATCHES, rows).origins == {
        "base.yaml": base,
        "first.yaml": (base[0], "first:1", *base[1:]),
        "other.yaml": (*base, "other:3"),
        "second.yaml": ("second:0", base[0], "first:1", "second:3", *base[1:]),
    }


def test_a_variant_is_its_row_and_another_module_is_not() -> None:
    inside, replaced = (StandIn(place, "C2f", place, ("se",), (row,)) for row, place in ((0, "inside"), (2, "replace")))
    one = patch("one", "base.yaml", stand_ins=(inside, replaced))
    origins = family_of("one.yaml", [one], {"base.yaml": 3, "one.yaml": 3}).origins["one.yaml"]
    assert origins == ("base.yaml:0", "base.yaml:1", "one:2")


def test_a_model_that_was_edited_counts_only_where_it_is_needed() -> None:
    rows = {"base.yaml": 3, "first.yaml": 4, "second.yaml": 6, "other.yaml": 9}
    assert "other.yaml" not in family_of("second.yaml", PATCHES, rows).origins
    with pytest.raises(PatcherError, match="no longer has the rows that other made"):
        family_of("other.yaml", PATCHES, rows)
    with pytest.raises(PatcherError, match="no longer has the rows that first made"):
        family_of("second.yaml", PATCHES, {**rows, "first.yaml": 5})
