"""A hostile recipe as data: what a stranger gives, and the file, the line and the words with which it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CANARY = "canary"
SING = f"open('{CANARY}', 'w')"

RECIPE = """\
name: mine
version: 1
title: My gate
class: MyGate
template: mine.py
kind: channel gate
formula: y = x * sigmoid(W mean(x))
parameters: C * C + bias * C
aliases: [my-gate]
paper: {title: "A paper", arxiv: "1709.01507", year: 2018}
hyperparameters:
  bias: {type: bool, default: false, help: give the layer a bias}
  rate: {type: int, default: 4, min: 1, max: 64, help: a rate}
position: head
sizes: {h: "max(C // rate, 1)"}
channels:
  - {when: h < 999, warn: "{h} units at {C}"}
notes: [a note]
"""

TEMPLATE = '''\
"""My gate."""

from torch import nn


class MyGate(nn.Module):
    """My gate: y = x * sigmoid(W mean(x))."""

    def __init__(self, c1, bias=False, rate=4):
        super().__init__()
        self.fc = nn.Conv2d(c1, c1, 1, bias=bias)

    def forward(self, x):
        return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
'''


@dataclass(frozen=True)
class Case:
    """One recipe folder.

    Attributes:
        name: the case's name.
        part: words that the message must have.
        line: the line that the error must name.
        recipe: the content of `mine.yaml`.
        template: the content of `mine.py`.
        blamed: the file that the error must name.
        prepare: what else is done to the folder.
        limited: run in a process of its own, with little memory and time.
        given: what stands behind `--recipe`, inside the folder.
        asked: what is applied; a path is inside the folder.
    """

    name: str
    part: str
    line: int
    recipe: str | bytes = RECIPE
    template: str | bytes = TEMPLATE
    blamed: str = "mine.yaml"
    prepare: Callable[[Path], object] | None = None
    limited: bool = False
    given: str = "."
    asked: str = "mine"

    def write(self, folder: Path) -> None:
        """Write the folder."""
        for name, content in (("mine.yaml", self.recipe), ("mine.py", self.template)):
            # Surrogates stand for bytes that are no UTF-8.
            data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
            (folder / name).write_bytes(data)
        if self.prepare is not None:
            self.prepare(folder)


def in_recipe(name: str, before: str, after: str, line: int, part: str, *, limited: bool = False) -> Case:
    """Give a case of which one place in the recipe is hostile."""
    assert RECIPE.count(before) == 1, before
    return Case(name, part, line, recipe=RECIPE.replace(before, after), limited=limited)


def in_template(name: str, before: str, after: str, line: int, part: str, *, limited: bool = False) -> Case:
    """Give a case of which one place in the class's file is hostile."""
    assert TEMPLATE.count(before) == 1, before
    template = TEMPLATE.replace(before, after)
    return Case(name, part, line, template=template, blamed="mine.py", limited=limited)
