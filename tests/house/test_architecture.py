"""`docs/architecture.md` tells and shows the packages as they are."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.architecture.drawing import draw
from benchmarks.architecture.house import PACKAGE, ROOT, House, Package, read_house
from benchmarks.architecture.layout import arrows_of
from benchmarks.architecture.page import DRAWING, PAGE, with_table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def house() -> House:
    return read_house()


def test_the_page_is_not_stale(house: House) -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == with_table(page, house), "run `make docs`"
    assert all(f"| `{name}` |" in page for name in house.packages)


def test_the_drawing_is_not_stale(house: House) -> None:
    assert (ROOT / DRAWING).read_text(encoding="utf-8") == draw(house), "run `make docs`"


@pytest.mark.parametrize("page", [PAGE, Path("CONTRIBUTING.md")], ids=str)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`([\w./]+(?:\.py|\.yaml|\.md|/))`", (ROOT / page).read_text(encoding="utf-8"))
    there = [name for name in named if not re.search("NAME|TOPIC", name)]
    assert len(there) > 5
    for name in there:
        assert any((ROOT / folder / name).exists() for folder in ("", PACKAGE)), name


def house_of(*floors: str, **imports: str) -> House:
    """Make a house from floors of single letters, and what each imports."""
    return House({name: Package(name, "", "", tuple(imports.get(name, ""))) for name in "".join(floors)}, floors)


def check_arrows(house: House, *arrows: str) -> None:
    """Check which packages arrows join."""
    assert sorted(f"{arrow[0]}{arrow[-1]}" for arrow in arrows_of(house)) == sorted(arrows)


def test_an_arrow_that_others_imply_is_left_out() -> None:
    check_arrows(house_of("a", "b", "c", a="bc", b="c"), "ab", "bc")
    check_arrows(house_of("a", "b", "cd", a="bcd", b="c"), "ab", "ad", "bc")
    check_arrows(house_of("a", "b", a="", b="a"))


def test_an_arrow_passes_every_floor_on_its_way() -> None:
    (arrow,) = arrows_of(house_of("a", "b", "c", "d", a="d"))
    assert len(arrow) == 4
    assert not set(arrow[1:-1]) & set("abcd")


def test_no_box_of_the_drawing_covers_another_or_lies_outside(house: House) -> None:
    root = ElementTree.fromstring(draw(house))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = [
        tuple(float(box.get(side, 0)) for side in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if box.get("x")
    ]
    assert len(boxes) == len(house.packages)
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
