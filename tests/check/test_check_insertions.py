from __future__ import annotations

from collections import Counter

import pytest
from checking import GATE, VOCABULARY, check_fine, checked
from checkouts import ULTRALYTICS, YOLOV5
from conftest import Checkouts
from made_up import levels
from synthetic import BLOCK, FLOW, model_yaml

from benchmarks.survey.miswirings import FAMILIES, Stock, measure, stock_models
from yolo_patcher.check.run import all_findings, read_facts
from yolo_patcher.checkout.text import SourceText
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.vocabulary import Vocabulary
from yolo_patcher.plan.places import locate
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.plan.yaml_text import patched_model
from yolo_patcher.recipe.catalogue import find_recipe
from yolo_patcher.recipe.selector import parse_selector

TEXTS = {"block": BLOCK, "flow": FLOW, "crlf": BLOCK.replace("\n", "\r\n")}
POSITIONS = ("head", "head:p3", "head:p4", "head:p5", "backbone", "backbone:p3", "backbone:p4", "neck", "neck:p4")


def check_family(stock: Stock, family: str, module: str, figures: Counter[str]) -> None:
    """Damage a model in each way of a family; what changes it is found, and nothing else."""
    for damaged in FAMILIES[family](stock, module):
        remark = measure(damaged, figures, with_repair=False)
        assert remark is None, f"{stock.name} with rows {list(damaged.inserted)}: {remark}"


def generated(model: ModelYaml, module: str, known: Vocabulary = VOCABULARY) -> list[SourceText]:
    """Give the YAMLs that surgery makes of a model, with a module at every named position that it has."""
    sources = []
    for position in POSITIONS:
        try:
            places = locate(parse_selector(position), model, levels(model, known)).places
        except PatcherError:
            continue
        sources.append(patched_model(model, [NewRow(place, module, ()) for place in places]).source)
    return sources


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    "family", ["one row", "two rows", "two rows apart", "final row moved alone", "final row forgotten"]
)
def test_damage_is_found_and_nothing_else(text: str, family: str) -> None:
    figures: Counter[str] = Counter()
    check_family(Stock("made up", model_yaml(text), VOCABULARY), family, GATE, figures)
    assert figures["detected"] == figures["changed"] >= 8


@pytest.mark.quick(family=("two rows",))
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("family", ["one row", "two rows"])
def test_what_the_author_meant(text: str, family: str) -> None:
    figures: Counter[str] = Counter()
    for damaged in FAMILIES[family](Stock("made up", model_yaml(text), VOCABULARY), GATE):
        measure(damaged, figures, with_repair=True)
    assert figures["repaired"] == figures["detected"] == figures["changed"] >= 8
    assert figures["repaired partly or wrong"] == 0


def test_the_story_of_an_insertion() -> None:
    text = BLOCK.replace("(P3/8-small)\n", "(P3/8-small)\n  - [-1, 1, Gate, []]\n")
    found = checked(text)
    assert found.repair is not None
    assert found.repair.meant == {14: (9, 13)}
    assert found.repair.story() == "It looks as if 1 row was inserted at row 10, and indices behind were not moved."
    assert {one.fix for one in found.findings} == {"Row 14 reads 12, its author most likely meant 13."}


def test_rows_that_were_taken_out() -> None:
    text = BLOCK.replace("  - [-1, 1, SPPF, [128, 5]] # 6\n", "")
    found = checked(text)
    assert found.repair is not None
    assert found.repair.count == -1
    assert found.repair.meant == {10: (-1, 5), 12: (8, 11)}
    assert "1 row was taken out" in found.repair.story()


def test_one_index_that_was_forgotten() -> None:
    found = checked(BLOCK.replace("[[9, 12], 1, Detect", "[[8, 12], 1, Detect"))
    assert found.repair is not None
    assert (found.repair.count, found.repair.at) == (0, ())
    assert found.repair.meant == {13: (9, 12)}
    assert "forgotten" in found.repair.story()


def test_no_meaning_is_made_up() -> None:
    text = BLOCK.replace("[[-1, 3], 1, Concat", "[[-1, 0], 1, Concat").replace("[9, 12]", "[7, 10]")
    found = checked(text)
    assert found.findings
    assert found.repair is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_nothing_is_wrong_with_what_surgery_makes(text: str) -> None:
    sources = generated(model_yaml(text), GATE)
    assert len(sources) >= 6
    for source in sources:
        check_fine(source.text)


# The versions between have nearly the same models; `benchmarks.survey.miswirings` tries them all.
DAMAGED = {"ultralytics-8.0.100", "ultralytics-8.4.190", *YOLOV5}


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("name", [*ULTRALYTICS, *YOLOV5])
def test_real_models(name: str, pristine: Checkouts) -> None:
    module = find_recipe("se").class_name
    figures: Counter[str] = Counter()
    seen = set()
    for one in stock_models([pristine(name)], module):
        assert all_findings(read_facts(one.model.source, one.vocabulary)) == []
        graph = tuple((row.written, row.module, str(row.args)) for row in one.model.rows)
        if graph in seen:
            continue
        seen.add(graph)
        for source in generated(one.model, module, one.vocabulary):
            assert all_findings(read_facts(source, one.vocabulary)) == []
        if name in DAMAGED:
            check_family(one, "one row", module, figures)
            check_family(one, "two rows", module, figures)
    assert figures["detected"] == figures["changed"] >= (80 if name in DAMAGED else 0)
    assert figures["false alarms"] == 0
