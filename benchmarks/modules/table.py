"""The results as the section of `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log

from benchmarks.modules.measure import Result

TITLE = "## Modules"
_HEAD = """{title}

`make bench-modules`: each module beside its plain form (`benchmarks/plain`), float32, in turn, at P3 to P5 of YOLOv8;
{machine}. Ratios are geometric means over shapes, batches of 1 and 16, and threads; behind ± is how far two objects of
the plain form are apart, within which nothing is told. `memory` is the peak with the backward, over the plain form's.
`copies` is the time over that of copying the bytes that must move.

| module | forward | forward and backward | memory | copies | copies with backward |
|---|---|---|---|---|---|
"""


def section(results: Sequence[Result], machine: str) -> str:
    """Give the section: a line for each module, then the mean of those that have a plain form."""
    names = list(dict.fromkeys(result.case.recipe.name for result in results))
    lines = [line(name, [one for one in results if one.case.recipe.name == name]) for name in names]
    if len(names) > 1:
        lines.append(line("all", results))
    return _HEAD.format(title=TITLE, machine=machine) + "\n".join(lines) + "\n"


def line(name: str, results: Sequence[Result]) -> str:
    """Give a module's line."""
    halves = [[one for one in results if one.case.backward is backward] for backward in (False, True)]
    ratios = [_ratio(half) for half in halves]
    memory = _mean(halves[1], lambda one: one.memory_ratio)
    copies = [_mean(half, lambda one: one.copies) for half in halves]
    return f"| {name} | {ratios[0]} | {ratios[1]} | {memory} | {copies[0]} | {copies[1]} |"


def _ratio(results: Sequence[Result]) -> str:
    if all(one.ratio is None for one in results):
        return "-"
    # Either object may have been the faster one: what counts is how far apart the two are.
    noise = geometric([exp(abs(log(one.noise))) for one in results if one.noise is not None])
    return f"{_mean(results, lambda one: one.ratio)} ± {noise - 1:.2f}"


def _mean(results: Sequence[Result], value: Callable[[Result], float | None]) -> str:
    values = [found for found in map(value, results) if found is not None]
    return f"{geometric(values):.2f}" if values else "-"


def geometric(values: Sequence[float]) -> float:
    """Give the geometric mean."""
    return exp(sum(map(log, values)) / len(values))


def with_section(page: str, text: str) -> str:
    """Put the section into the page, in the place of the former one, or at its end."""
    before, found, after = page.partition(f"{TITLE}\n")
    if not found:
        return f"{page.rstrip()}\n\n{text}"
    _, heading, rest = after.partition("\n## ")
    return before + text + (f"\n## {rest}" if heading else "")
