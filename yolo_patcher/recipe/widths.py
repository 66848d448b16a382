"""The numbers that a module is built with in front of its hyper-parameters: channels, the output's, and repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yolo_patcher.signature import Signature


@dataclass(frozen=True)
class Widths:
    """What a module is built for.

    Attributes:
        inputs: the channels of each input.
        out: the channels of the output.
        repeats: how often it repeats what it repeats.
    """

    inputs: tuple[int, ...]
    out: int
    repeats: int

    def numbers(self, signature: Signature) -> dict[str, int]:
        """Give what the names of a signature stand for in a recipe's expressions."""
        inputs = self.inputs
        values = {
            "C": inputs[0],
            "L": inputs[-1],
            "S": sum(inputs),
            "N": len(inputs),
            "C2": self.out,
            "R": self.repeats,
        }
        return {name: values[name] for name in signature.numbers}

    def arguments(self, signature: Signature) -> tuple[object, ...]:
        """Give the constructor's arguments in front of the hyper-parameters."""
        channels: object = list(self.inputs) if signature.inputs == "many" else self.inputs[0]
        out = (self.out,) if signature.channels == "argument" else ()
        return (channels, *out, *((self.repeats,) if signature.repeats == "taken" else ()))


def widths_of(
    signature: Signature, channels: int | Sequence[int], channels_out: int | None = None, repeats: int | None = None
) -> Widths:
    """Give what a module of a signature is built for.

    Args:
        signature: what the module takes and gives.
        channels: those of its input, or of each of several; a number alone stands for two inputs of that width where
            the module takes several.
        channels_out: those of its output where a row says so; as the first input's when left out.
        repeats: the row's, after depth scaling; the fewest that the module takes when left out.
    """
    several = signature.inputs == "many"
    inputs = ((channels,) * (2 if several else 1)) if isinstance(channels, int) else tuple(channels)
    out = inputs[0]
    if signature.channels == "sum":
        out = sum(inputs)
    elif signature.channels == "argument" and channels_out is not None:
        out = channels_out
    return Widths(inputs, out, max(repeats or 1, signature.least_repeats))
