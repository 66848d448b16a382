"""One case of the benchmark: a module at a shape, beside its plain form and beside a copy of what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from benchmarks.modules.built import build, maps
from benchmarks.modules.plain import plain
from benchmarks.modules.timing import both, forward, peak, sample
from yolo_patcher.recipe.measured import Shape
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.report.recipe_costs import YOLOV8

BATCHES = (1, 16)
THREADS = (1, 2)
_MOVED = {False: 1.0, True: 2.5}
"""The least traffic in copies of a map: x is read, y written; with the backward, dy and x are read, dx written."""


@dataclass(frozen=True)
class Case:
    """What is timed: a module, a shape, images in a batch, threads, and whether the backward is timed as well."""

    recipe: Recipe
    shape: Shape
    batch: int
    threads: int
    backward: bool
    device: str

    @property
    def text(self) -> str:
        """It in words."""
        what = "forward and backward" if self.backward else "forward"
        size = f"{self.shape[0]} x {self.shape[1]} x {self.shape[1]}"
        return f"{self.recipe.name} {size}, batch {self.batch}, threads {self.threads}, {what}"


@dataclass(frozen=True)
class Result:
    """What a case took.

    Attributes:
        case: the case.
        seconds: the median of a call.
        copies: the same, over the time in which the bytes that must move are copied.
        memory: the peak in bytes, beyond what the inputs take.
        ratio: the time over that of the plain form; None where there is none.
        noise: the time of the plain form over that of another object of it.
        memory_ratio: the peak over that of the plain form.
    """

    case: Case
    seconds: float
    copies: float
    memory: int
    ratio: float | None = None
    noise: float | None = None
    memory_ratio: float | None = None


def cases(recipe: Recipe, *, quick: bool, device: str) -> Iterator[Case]:
    """Give the cases of a module: P3 to P5 of YOLOv8 n, s and m, or of n alone, but for what is refused."""
    shapes = [place.shape for place in (YOLOV8[:3] if quick else YOLOV8)]
    threads = THREADS[:1] if quick or device != "cpu" else THREADS
    for shape in dict.fromkeys(shapes):
        if recipe.channel_notes(shape[0], {}).refused:
            continue
        for batch in BATCHES:
            for number in threads:
                for backward in (False, True):
                    yield Case(recipe, shape, batch, number, backward, device)


def run(case: Case, rounds: int) -> Result:
    """Time a case."""
    before = torch.get_num_threads()
    torch.set_num_threads(case.threads)
    try:
        return _run(case, rounds)
    finally:
        torch.set_num_threads(before)


def _run(case: Case, rounds: int) -> Result:
    channels, side = case.shape
    x = maps(case.recipe, channels, side, case.batch, case.device)
    prepare = both if case.backward else forward
    modules = [build(case.recipe, channels), plain(case.recipe, channels), plain(case.recipe, channels)]
    calls = [prepare(module.to(case.device), x) for module in modules if module is not None]
    first = x if isinstance(x, list) else [x]

    def copy() -> object:
        return [one.clone() for one in first]

    taken = sample([*calls, copy], rounds, case.device)
    copies = taken.ratio(0, len(calls)) / _MOVED[case.backward]
    memory = peak(calls[0], case.device)
    if len(calls) == 1:
        return Result(case, taken.median(0), copies, memory)
    _check_same(case, modules[0], modules[1])
    return Result(
        case,
        taken.median(0),
        copies,
        memory,
        taken.ratio(0, 1),
        taken.ratio(1, 2),
        memory / max(1, peak(calls[1], case.device)),
    )


def _check_same(case: Case, module: torch.nn.Module, other: torch.nn.Module) -> None:
    """Check that what is compared has the same parameters, in number."""
    ours, theirs = (sum(one.numel() for one in each.parameters()) for each in (module, other))
    assert ours == theirs, f"{case.text}: {ours:,} parameters, and {theirs:,} in the plain form"
