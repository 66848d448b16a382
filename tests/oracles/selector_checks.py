"""Check selectors, and the surgery that they lead to, against an oracle that shares no code with the product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from made_up import MADE_UP, levels
from stock_oracle import NEW, Stock, edges, expected, graph, meant, misnumbered, stock, taken_out
from synthetic import insert_rows, model_yaml

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.vocabulary import Vocabulary
from yolo_patcher.plan.places import Place, locate, moved
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.recipe.selector import parse_selector

Form = tuple[str, str, "int | str | None", "int | None", tuple[int, ...], str]
"""A selector's text, and its place, row or module, pick, levels and readers as the oracle takes them."""

LEVELS = range(1, 8)
_NAMED = re.compile(
    r"(?<!that )\b(?:(?:head|backbone|neck)\b|(?:after|before):[\w.\[\]-]*[\w\]])"
    r"(?::p\d(?:,?p?\d)*)?(?::(?:all|next|final))?"
)
WHO = ("", "all", "next", "final")


def forms(model: Stock) -> Iterator[Form]:
    """Give every form of selector, those that fit the model and those that do not."""
    level_lists = [(), *((one,) for one in LEVELS), *((one, one + 1) for one in LEVELS), (3, 4, 5)]
    for place in ("head", "backbone", "neck"):
        for wanted in level_lists:
            for who in WHO:
                yield place + _suffix(wanted) + _who(who), place, None, None, wanted, who
    for place in ("after", "before"):
        for row in range(model.final + 2):
            for who in WHO:
                yield f"{place}:{row}{_who(who)}", place, row, None, (), who
        for module in dict.fromkeys([*model.modules, "Upsample", "NoSuchModule"]):
            for wanted in level_lists:
                for who in WHO if wanted in ((), (4,), (3, 4)) else ("",):
                    yield f"{place}:{module}{_suffix(wanted)}{_who(who)}", place, module, None, wanted, who
            for pick in (0, -1, 1, 99):
                yield f"{place}:{module}[{pick}]", place, module, pick, (), ""
            for who in WHO:
                yield f"{place}:{module}[-1]:p4{_who(who)}", place, module, -1, (4,), who


def _who(who: str) -> str:
    return ":" * bool(who) + who


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
    selector, place, row, pick, wanted, who = form
    rows = meant(one.oracle, place, row, pick, wanted, who)
    if rows is None:
        with pytest.raises(PatcherError) as caught:
            one.located(selector)
        assert caught.value.kind == "usage", selector
        assert caught.value.path == one.model.path, selector
        check_help(one, caught.value)
        return False
    places = one.located(selector)
    assert [found.reads for found in places] == rows, selector
    assert {*moved(one.model, places)} == edges(one.oracle, rows, place, who), selector
    if places not in one.done:
        one.done.add(places)
        if place in ("head", "backbone", "neck") or len(one.done) % every == 0:
            check_surgery(one, places, place, who)
    return True


def check_surgery(one: Subject, places: Sequence[Place], place: str, who: str = "") -> None:
    """Check that modules in these places take over the edges that the selector means, and no other edge moves."""
    one.surgeries += 1
    patched = insert_rows(one.model, [NewRow(found, NEW, ()) for found in places])
    taken = edges(one.oracle, [found.reads for found in places], place, who)
    at_the_end = who == "final" or (place == "head" and not who)
    assert graph(patched) == expected(one.text, taken, at_the_end=at_the_end)
    wrong = misnumbered(one.text)
    assert len(misnumbered(patched)) <= len(wrong)
    assert taken_out(patched, wrong) == one.text


def check_help(one: Subject, error: PatcherError) -> None:
    """Take a refusal at its word: the positions that its help names must work."""
    named = re.findall(_NAMED, error.help)
    rows = re.findall(r"\b(\d+) [\w.]+", error.help.partition("Rows")[2].partition(".\n")[0])
    modules = re.findall(r"([\w.]+) \(\d+\)", error.help)
    assert all(map(one.fits, (name for name in named if name != "after:N"))), (error.message, error.help)
    assert all(one.fits(f"after:{row}") for row in rows), (error.message, error.help)
    assert named or rows or any(one.fits(f"after:{module}") for module in modules), (error.message, error.help)
