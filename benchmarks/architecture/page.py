"""The table of packages in `docs/architecture.md`; everything else on that page is written by hand."""

from __future__ import annotations

from pathlib import Path

from benchmarks.architecture.house import House

PAGE = Path("docs/architecture.md")
DRAWING = Path("docs/architecture.svg")
BEGIN = "<!-- packages: written by `make docs` -->\n"
END = "<!-- end of packages -->\n"


def with_table(page: str, house: House) -> str:
    """Give the page with the table as it is today, from the ground up."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table(house) + END + after


def table(house: House) -> str:
    """Give the table."""
    lines = ["| floor | package | subject | may be imported |\n", "|---|---|---|---|\n"]
    for number, names in enumerate(reversed(house.floors), start=1):
        for name in names:
            package = house.packages[name]
            uses = package.uses.removeprefix("Others use ") or "all of it"
            lines.append(f"| {number} | `{name}` | {package.subject} | {uses} |\n")
    return "".join(lines)
