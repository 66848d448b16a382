"""Write `docs/architecture.svg`, and the table of packages in `docs/architecture.md`."""

from benchmarks.architecture.drawing import draw
from benchmarks.architecture.house import ROOT, read_house
from benchmarks.architecture.page import DRAWING, PAGE, with_table

if __name__ == "__main__":
    house = read_house()
    (ROOT / DRAWING).write_text(draw(house), encoding="utf-8")
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    (ROOT / PAGE).write_text(with_table(page, house), encoding="utf-8")
