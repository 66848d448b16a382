"""What a patch costs: parameters, FLOPs, memory and latency, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb
from typing import Any


@dataclass(frozen=True)
class Amount:
    """A number of the base model and the same of the patched one."""

    base: int
    patched: int

    @property
    def added(self) -> int:
        """What the patch adds."""
        return self.patched - self.base

    def as_json(self) -> dict[str, object]:
        """Give the exact numbers."""
        return {"base": self.base, "patched": self.patched, "added": self.added}


@dataclass(frozen=True)
class Spread:
    """The median of repeated runs, and the quartiles between which half of them lie."""

    median: float
    q1: float
    q3: float

    def as_json(self) -> dict[str, object]:
        """Give the numbers as they were taken."""
        return {"median": self.median, "q1": self.q1, "q3": self.q3}


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one forward, of both models in turns.

    Attributes:
        pairs: the runs of each model.
        slower: in how many pairs the patched model took longer.
        base: the base model's time.
        patched: the patched model's time.
        added: the differences within each pair.
    """

    pairs: int
    slower: int
    base: Spread
    patched: Spread
    added: Spread

    @property
    def is_noise(self) -> bool:
        """Whether a sign test over the pairs can't tell the two models apart: p > 0.05, both ways."""
        one_way = max(self.slower, self.pairs - self.slower)
        return 2 * sum(comb(self.pairs, count) for count in range(one_way, self.pairs + 1)) > 0.05 * (1 << self.pairs)

    def as_json(self) -> dict[str, object]:
        """Give the numbers as they were taken."""
        return {
            "base": self.base.as_json(), "patched": self.patched.as_json(), "added": self.added.as_json(),
            "pairs": self.pairs, "slower": self.slower, "noise": self.is_noise,
        }  # fmt: skip


@dataclass(frozen=True)
class RowCost:
    """What one inserted row costs.

    Attributes:
        row: its number in the patched model.
        module: its class.
        recipe: its recipe's name.
        level: 3 for P3; None where it can't be told.
        channels: its channels; None where they can't be told.
        parameters: its parameters as counted.
        formula: the recipe's expression of their number; "" where the recipe is not to be had.
        expected: their number by that formula; None where there is no formula or no channels.
        flops: its FLOPs; None where they were not counted.
    """

    row: int
    module: str
    recipe: str
    level: int | None
    channels: int | None
    parameters: int
    formula: str = ""
    expected: int | None = None
    flops: int | None = None

    @property
    def equal(self) -> bool | None:
        """Whether the count is what the formula says; None where the formula says nothing."""
        return None if self.expected is None else self.expected == self.parameters

    def as_json(self) -> dict[str, object]:
        """Give the exact numbers."""
        return {
            "row": self.row, "module": self.module, "recipe": self.recipe, "level": self.level,
            "channels": self.channels, "parameters": self.parameters, "formula": self.formula or None,
            "parameters_by_formula": self.expected, "equal": self.equal, "flops": self.flops,
        }  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """What a patch costs, measured on one image size.

    Attributes:
        image: the shape of the image batch: 1, channels, height, width.
        seed: what all generators were seeded with.
        device_name: what the machine calls its GPU or its processor.
        threads: how many threads torch had on the CPU; None on a GPU.
        parameters: the numbers of parameters.
        flops: those of one forward, a multiplication and its addition counted as two; None where not to be had.
        inference_memory: the most bytes allocated at one time in one forward without gradients, beyond weights and
            image; None where not to be had.
        training_memory: the same of one forward and backward, beyond weights, gradients and images.
        training_batch: the number of images of that step.
        latency: the time of one forward; None where not to be had.
        row_flops: the FLOPs of each new row.
        missing: why a figure is None, by the figure's name.
        rows: what each new row costs, where the caller worked it out.
    """

    image: tuple[int, ...]
    seed: int
    device_name: str
    threads: int | None
    parameters: Amount
    flops: Amount | None
    inference_memory: Amount | None
    training_memory: Amount | None
    training_batch: int
    latency: Latency | None
    row_flops: Mapping[int, int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[RowCost, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give the `costs` object of the JSON contract: exact numbers, bytes, milliseconds."""
        training = self.training_memory and {**self.training_memory.as_json(), "batch": self.training_batch}
        return {
            "image": list(self.image),
            "seed": self.seed,
            "device_name": self.device_name,
            "threads": self.threads,
            "parameters": self.parameters.as_json(),
            "flops": self.flops and self.flops.as_json(),
            "memory_bytes": {
                "inference": self.inference_memory and self.inference_memory.as_json(),
                "training": training,
            },
            "latency_ms": self.latency and self.latency.as_json(),
            "rows": [row.as_json() for row in self.rows],
            "missing": dict(self.missing),
        }


def read_costs(event: Mapping[str, Any], parameters: Mapping[str, Any]) -> Costs:
    """Read the probe's answers: `costs`, and `params`."""
    flops, latency, training = event["flops"], event["latency"], event["training"]
    return Costs(
        image=tuple(event["image"]),
        seed=event["seed"],
        device_name=event["device_name"],
        threads=event["threads"],
        parameters=Amount(parameters["base"], parameters["patched"]),
        flops=_amount(flops),
        inference_memory=_amount(event["inference"]),
        training_memory=_amount(training),
        training_batch=training["batch"] if training else 0,
        latency=latency
        and Latency(
            latency["pairs"], latency["slower"], *(Spread(**latency[one]) for one in ("base", "patched", "added"))
        ),
        row_flops={int(row): count for row, count in flops["rows"].items()} if flops else {},
        missing=event["missing"],
    )


def _amount(found: Mapping[str, int] | None) -> Amount | None:
    return None if found is None else Amount(found["base"], found["patched"])
