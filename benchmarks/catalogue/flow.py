"""What a module does with a map, recorded while it runs: layers, operations, parameters, and what flows between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from unittest import mock

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from benchmarks.catalogue.layer_text import layer_text, operation_text
from benchmarks.modules.built import build, maps
from yolo_patcher.recipe.recipe import Recipe

Kind = Literal["input", "output", "layer", "parameter", "join", "shape", "operation"]
SHAPES = ((256, 20), (64, 20), (128, 20), (512, 20))
"""The shapes at which a module is recorded: the first whose channels it takes."""
_JOINS = {
    "add": "+",
    "sub": "−",
    "mul": "×",
    "div": "÷",
    "matmul": "matmul",
    "bmm": "matmul",
    "cat": "cat",
    "einsum": "einsum",
}
_SHAPE = frozenset(
    [
        "view",
        "reshape",
        "permute",
        "transpose",
        "flatten",
        "unflatten",
        "unsqueeze",
        "squeeze",
        "expand",
        "expand_as",
        "repeat",
        "contiguous",
        "chunk",
        "split",
        "getitem",
        "unbind",
        "movedim",
        "narrow",
        "t",
        "detach",
        "clone",
        "view_as",
        "stack",
    ]
)


@dataclass(frozen=True)
class Step:
    """A layer, an operation, a parameter, or the map that comes in or goes out.

    Attributes:
        kind: what it is.
        text: what it is called.
        shape: what comes out, without the batch; of several outputs the first's.
        reads: the steps that it reads, by their place.
    """

    kind: Kind
    text: str
    shape: tuple[int, ...]
    reads: tuple[int, ...] = ()


@dataclass
class _Recording:
    names: dict[int, str]
    steps: list[Step] = field(default_factory=list)
    made: dict[int, int] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    inside: int = 0

    def add(self, kind: Kind, text: str, given: Any, taken: Iterable[Any] = ()) -> None:
        """Record a step, by what it took and what it gave."""
        outputs = list(_tensors(given))
        if not outputs:
            return
        reads = tuple(dict.fromkeys(self._place(one) for one in _tensors(taken)))
        self.steps.append(Step(kind, text, tuple(outputs[0].shape[1:]), reads))
        for one in outputs:
            self.kept.append(one)  # so that no later tensor has its id
            self.made[id(one)] = len(self.steps) - 1

    def _place(self, tensor: Any) -> int:
        if id(tensor) not in self.made:
            known = self.names.get(id(tensor))
            self.steps.append(Step("parameter", known or "constant", tuple(tensor.shape)))
            self.kept.append(tensor)
            self.made[id(tensor)] = len(self.steps) - 1
        return self.made[id(tensor)]


class _Operations(TorchFunctionMode):
    def __init__(self, recording: _Recording) -> None:
        super().__init__()
        self.recording = recording

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        if not self.recording.inside:
            name = getattr(func, "__name__", "").strip("_")
            name = name.removeprefix("r") if name in ("radd", "rmul", "rsub", "rdiv", "rtruediv") else name
            name = {"truediv": "div", "iadd": "add", "imul": "mul", "concat": "cat", "neg": "neg"}.get(name, name)
            kind: Kind = "join" if name in _JOINS else "shape" if name in _SHAPE else "operation"
            text = _JOINS.get(name) or operation_text(name, args, kwargs or {})
            self.recording.add(kind, text, given, (args, kwargs))
        return given


def record(recipe: Recipe) -> tuple[Step, ...]:
    """Record one forward of a fresh module at its defaults, steps of mere form joined."""
    channels, side = next(one for one in SHAPES if not recipe.channel_notes(one[0], {}).refused)
    return recorded(build(recipe, channels), maps(recipe, channels, side))


def recorded(module: Any, inputs: Any) -> tuple[Step, ...]:
    """Record one forward of a module, in evaluation mode, of a map or a list of maps."""
    module = module.eval()
    recording = _Recording({id(one): name for name, one in [*module.named_parameters(), *module.named_buffers()]})
    several = isinstance(inputs, list)
    for number, one in enumerate(inputs if several else [inputs]):
        recording.add("input", f"x{number + 1}" if several else "x", one)
    with torch.no_grad(), _layers(recording), _Operations(recording):
        given = module(inputs)
    recording.add("output", "y", given, [given])
    return _joined(_reached(recording.steps))


@contextmanager
def _layers(recording: _Recording) -> Iterator[None]:
    """Record each layer of torch's as one step, whatever it calls."""
    call: Any = nn.Module.__call__

    def recorded(layer: Any, *args: Any, **kwargs: Any) -> Any:
        own = type(layer).__module__.startswith("torch.nn") and not isinstance(layer, nn.Sequential)
        if not own or recording.inside:
            return call(layer, *args, **kwargs)
        recording.inside += 1
        try:
            given = call(layer, *args, **kwargs)
        finally:
            recording.inside -= 1
        if not isinstance(layer, nn.Identity):
            recording.add("layer", layer_text(layer), given, (args, kwargs))
        return given

    with mock.patch.object(nn.Module, "__call__", recorded):
        yield


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one)


def _reached(steps: list[Step]) -> list[Step]:
    """Leave out what the output does not come from."""
    needed = {len(steps) - 1}
    for place in range(len(steps) - 1, -1, -1):
        if place in needed:
            needed.update(steps[place].reads)
    needed |= {place for place, step in enumerate(steps) if step.kind == "input"}
    return _kept(steps, sorted(needed))


def _kept(steps: list[Step], places: list[int]) -> list[Step]:
    new = {place: number for number, place in enumerate(places)}
    return [replace(steps[place], reads=tuple(new[one] for one in steps[place].reads)) for place in places]


def _joined(steps: list[Step]) -> tuple[Step, ...]:
    """Make one step of steps of mere form that follow each other and are read by nothing else."""
    readers = [sum(place in step.reads for step in steps) for place in range(len(steps))]
    steps = list(steps)
    gone = set()
    for place, step in enumerate(steps):
        if step.kind != "shape" or len(step.reads) != 1:
            continue
        before = step.reads[0]
        if steps[before].kind == "shape" and readers[before] == 1:
            texts = dict.fromkeys([*steps[before].text.split(", "), *step.text.split(", ")])
            steps[place] = replace(step, reads=steps[before].reads, text=", ".join(texts))
            gone.add(before)
    return tuple(_kept(steps, [place for place in range(len(steps)) if place not in gone]))
