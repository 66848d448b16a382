"""Check selectors, and the surgery that they lead to, against an oracle that shares no code with the product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from made_up import MADE_UP, levels
from stock_oracle import NEW, Stock, expected, graph, meant, misnumbered, stock, taken_out
from synthetic import insert_rows, model_yaml

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.vocabulary import Vocabulary
from yolo_patcher.plan.places import Place, locate
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.recipe.selector import parse_selector

Form = tuple[str, str, "int | str | None", "int | None", tuple[int, ...]]
"""A selector's text, and its place, row or module, pick and levels as the oracle takes them."""

LEVELS = range(1, 8)


def forms(model: Stock) -> Iterator[Form]:
    """Give every form of selector, those that fit the model and those that do not."""
    level_lists = [(), *((one,) for one in LEVELS), *((one, one + 1) for one in LEVELS), (3, 4, 5)]
    for place in ("head", "backbone", "neck"):
        for wanted in level_lists:
            yield place + _suffix(wanted), place, None, None, wanted
    for place in ("after", "before"):
        for row in range(model.final + 2):
            yield f"{place}:{row}", place, row, None, ()
        for module in dict.fromkeys([*model.modules, "Upsample", "NoSuchModule"]):
            for wanted in level_lists:
                yield f"{place}:{module}{_suffix(wanted)}", place, module, None, wanted
            for pick in (0, -1, 1, 99):
                yield f"{place}:{module}[{pick}]", place, module, pick, ()
            yield f"{place}:{module}[-1]:p4", place, module, -1, (4,)


def _suffix(wanted: Sequence[int]) -> str:
    return ":" * bool(wanted) + ",".join(f"p{one}" for one in wanted)


@dataclass
class Subject:
    """A model under test, and what was found out about it so far."""

    text: str
    model: ModelYaml
    oracle: Stock
    level: Mapping[int, int | None]
    surgeries: int = 0
    done: set[tuple[Place, ...]] = field(default_factory=set)
    works: dict[str, bool] = field(default_factory=dict)

    def located(self, selector: str) -> tuple[Place, ...]:
        return locate(parse_selector(selector), self.model, self.level).places

    def fits(self, selector: str) -> bool:
        if selector not in self.works:
            try:
                self.works[selector] = bool(self.located(selector))
            except PatcherError:
                self.works[selector] = False
        return self.works[selector]


def subject(text: str, path: str = "m.yaml", known: Vocabulary = MADE_UP) -> Subject:
    model = model_yaml(text, path)
    return Subject(text, model, stock(text), levels(model, known))


def check(one: Subject, form: Form, every: int = 1) -> bool:
    """Check that a selector is planned as the oracle says, or refused with help that works; tell which.

    `every` is how many sets of places share one surgery, except those of head, backbone and neck.
    """
    selector, place, row, pick, wanted = form
    rows = meant(one.oracle, place, row, pick, wanted)
    if rows is None:
        with pytest.raises(PatcherError) as caught:
            one.located(selector)
        assert caught.value.kind == "usage", selector
        assert caught.value.path == one.model.path, selector
        check_help(one, caught.value)
        return False
    places = one.located(selector)
    assert [found.reads for found in places] == rows, selector
    assert {found.line for found in places} == {place != "head"}, selector
    if places not in one.done:
        one.done.add(places)
        if place in ("head", "backbone", "neck") or len(one.done) % every == 0:
            check_surgery(one, places)
    return True


def check_surgery(one: Subject, places: Sequence[Place]) -> None:
    one.surgeries += 1
    patched = insert_rows(one.model, [NewRow(found, NEW, ()) for found in places])
    assert graph(patched) == expected(one.text, [found.reads for found in places], line=places[0].line)
    wrong = misnumbered(one.text)
    assert len(misnumbered(patched)) <= len(wrong)
    assert taken_out(patched, wrong) == one.text


def check_help(one: Subject, error: PatcherError) -> None:
    """Take a refusal at its word: the positions that its help names must work."""
    named = re.findall(r"(?<!that )\b(?:head|backbone|neck|after:[\w.]*\w)", error.help)
    rows = re.findall(r"\b(\d+) [\w.]+", error.help.partition("Rows")[2].partition(".\n")[0])
    modules = re.findall(r"([\w.]+) \(\d+\)", error.help)
    assert all(map(one.fits, (name for name in named if name != "after:N"))), (error.message, error.help)
    assert all(one.fits(f"after:{row}") for row in rows), (error.message, error.help)
    assert named or rows or any(one.fits(f"after:{module}") for module in modules), (error.message, error.help)
