"""Seconds of a forward, or of a forward and backward, of several modules in turn, and the bytes that one needs."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Call = Callable[[], object]
FEWEST = 5
LEAST = 2e-3
"""The seconds that a sample lasts at least: a call is repeated until it does."""


@dataclass(frozen=True)
class Sampled:
    """The seconds of calls that were timed in turn, a list for each, all of one length."""

    seconds: tuple[tuple[float, ...], ...]

    def median(self, call: int) -> float:
        """Give the median of a call."""
        return statistics.median(self.seconds[call])

    def ratio(self, call: int, reference: int) -> float:
        """Give the median of the ratios within each turn."""
        pairs = zip(self.seconds[call], self.seconds[reference], strict=True)
        return statistics.median(one / other for one, other in pairs)


def forward(module: Any, x: Any) -> Call:
    """Give a call that runs a forward in evaluation mode."""
    module = module.eval()

    def call() -> object:
        with torch.no_grad():
            return module(x)

    return call


def both(module: Any, x: Any) -> Call:
    """Give a call that runs a forward in training mode and the backward of all that it gives."""
    module = module.train()
    moved = [one.detach().requires_grad_() for one in (x if isinstance(x, list) else [x])]
    given = module(moved if isinstance(x, list) else moved[0])
    gradient = torch.ones_like(given)
    parameters = [one for one in module.parameters() if one.requires_grad]

    def call() -> object:
        y = module(moved if isinstance(x, list) else moved[0])
        return torch.autograd.grad(y, [*moved, *parameters], gradient, allow_unused=True)

    return call


def sample(calls: Sequence[Call], rounds: int, device: str, budget: float = 6.0) -> Sampled:
    """Time calls in turn; each round begins with another of them, so that none always follows the same.

    Args:
        calls: the calls.
        rounds: how often each is timed.
        device: where they run.
        budget: the seconds after which fewer rounds will do, five at least.
    """
    repeats = max(1, *(int(LEAST / max(elapsed(call, 1, device), 1e-7)) for call in calls))
    begun = time.perf_counter()
    taken: list[list[float]] = [[] for _ in calls]
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            if turn >= FEWEST and time.perf_counter() - begun > budget:
                break
            for place in range(len(calls)):
                which = (turn + place) % len(calls)
                taken[which].append(elapsed(calls[which], repeats, device) / repeats)
    finally:
        gc.enable()
    return Sampled(tuple(map(tuple, taken)))


def elapsed(call: Call, repeats: int, device: str) -> float:
    """Give the seconds that a call takes, repeated; on CUDA by its events."""
    if device.startswith("cuda"):
        event: Any = torch.cuda.Event
        start, end = event(enable_timing=True), event(enable_timing=True)
        torch.cuda.synchronize()
        start.record()
        for _ in range(repeats):
            call()
        end.record()
        torch.cuda.synchronize()
        return float(start.elapsed_time(end)) / 1000
    begun = time.perf_counter()
    for _ in range(repeats):
        call()
    return time.perf_counter() - begun


def peak(call: Call, device: str) -> int:
    """Give the most bytes that a call had allocated at one time, beyond what was there before it."""
    call()
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return int(torch.cuda.max_memory_allocated() - before)
    with torch.autograd.profiler.profile(profile_memory=True) as record:
        call()
    results: Any = record.kineto_results
    changes = sorted((one.start_ns(), one.nbytes()) for one in results.events() if one.name() == "[memory]")
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most
