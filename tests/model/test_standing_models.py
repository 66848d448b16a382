"""Stock models in which every row's class is one that stands for the stock's: read, checked and built as those."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import PINNED
from conftest import Checkouts
from made_up import MADE_UP
from recorded import Made, built
from synthetic import BLOCK, PARSE_MODEL, model_yaml, parse_model_of

from yolo_patcher.check.run import all_findings, read_facts
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.parse_model import recognise_parse_model
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import decode_yaml, insert_at
from yolo_patcher.model.channels.rows import built_rows
from yolo_patcher.model.levels import levels_of, tell_levels
from yolo_patcher.model.modules import steps
from yolo_patcher.model.rows import ModelYaml, read_model_yaml
from yolo_patcher.model.scales import scales
from yolo_patcher.model.vocabulary import Vocabulary, vocabulary_of
from yolo_patcher.plan.code.stand_in import StandIn, add_stand_ins
from yolo_patcher.signature import Signature

_CLASS = "\n\nclass {name}({base}):\n    pass\n"
_MODULE = re.compile(r"(\[[^\[\]]*\]|-?\d+),\s*(\d+),\s*(['\"]?)([\w.]+)\3,")


def stock(root: Path) -> Iterator[tuple[str, str]]:
    """Give the path and the text of each model YAML of a checkout whose rows no other has."""
    seen: set[str] = set()
    for file in sorted(root.rglob("*.yaml")):
        text = file.read_bytes().decode()
        rows = "".join(line.partition("#")[0] for line in text[text.find("backbone:") :].split("\n"))
        if re.search("^backbone:", text, re.MULTILINE) and rows not in seen:
            seen.add(rows)
            yield file.relative_to(root).as_posix(), text


def variant(base: str) -> str:
    return f"{base.removeprefix('nn.')}_In"


def with_variants(site: Site, bases: list[str]) -> Site:
    """Give a checkout in which a class of no known source stands for each of some others."""
    found = site.parse_model
    wanted = [StandIn(variant(base), base, "yolo-patcher a-1", None) for base in bases]
    text = insert_at(found.source.text, add_stand_ins(found, wanted))
    for base in bases:
        # What a class makes of a map is not told where its parent is another file's object.
        text += _CLASS.format(name=variant(base), base="type(nn.Module())")
    return recognise(site.snapshot.changed({found.path: found.source.with_text(text).encode()}))[1]


def renamed(text: str, bases: list[str]) -> str:
    """Give a model whose rows name the variants."""

    def put(match: re.Match[str]) -> str:
        name = match[4].replace("torch.nn.", "nn.")
        return match[0].replace(match[4], variant(name)) if name in bases else match[0]

    return _MODULE.sub(put, text)


def read(path: str, text: str) -> ModelYaml:
    return read_model_yaml(decode_yaml(path, text.encode()))


def as_bases(made: list[Made], bases: list[str]) -> list[Made]:
    names = {variant(base): base.removeprefix("nn.") for base in bases}
    return [(names.get(name, name), *rest) for name, *rest in made]


@pytest.mark.checkout
@pytest.mark.parametrize("name", PINNED)
def test_a_class_that_stands_for_another_is_read_and_built_as_that(name: str, pristine: Checkouts) -> None:
    root = pristine(name)
    site = recognise(Snapshot(root))[1]
    models = [(path, text, read(path, text)) for path, text in stock(root)]
    finals = {model.final.module for _, _, model in models} | {"TorchVision"}
    bases = sorted({row.module for _, _, model in models for row in model.rows} - finals)
    bases = [base for base in bases if "." not in base or base.startswith("nn.")]
    standing = with_variants(site, bases)
    assert standing.parse_model.stands_for == {variant(base): base for base in bases}
    classes = {variant(base): base for base in bases}
    for path, text, model in models:
        other = renamed(text, bases)
        assert (other == text) == (not set(bases).intersection(row.module for row in model.rows)), path
        if other == text:
            continue
        again = read(path, other)
        scale = next(iter(scales(model)))
        size = scales(model)[scale]
        assert levels_of(standing, again, size, {}).level == levels_of(site, model, size, {}).level, path
        facts = [read_facts(one.source, vocabulary_of(where, {})) for one, where in ((again, standing), (model, site))]
        assert facts[0].width == facts[1].width, path
        found, before = (
            [re.sub(r"(?<=\W)(\w+)_In\b", r"\1", one.message).replace("nn.", "") for one in all_findings(fact)]
            for fact in facts
        )
        assert found == before, path
        both = [built(where.parse_model, one, classes, scale) for one, where in ((again, standing), (model, site))]
        assert as_bases(both[0], bases) == both[1], path


def test_what_a_class_takes_in_a_rows_stead_is_read_from_its_lines() -> None:
    """Without a word about the classes: their channels and repeats stand in `parse_model`."""
    found = parse_model_of(f"import torch.nn as nn\n{PARSE_MODEL}")
    wanted = [
        StandIn("SPDConv", "Conv", "a", Signature(channels="argument", level=1)),
        StandIn("RCSOSA", "C2f", "a", Signature(channels="argument", repeats="taken", least_repeats=2)),
        StandIn("CARAFE", "nn.Upsample", "a", Signature(level=-1)),
        StandIn("BiFPN", "Concat", "a", Signature("many", "first")),
    ]
    text = insert_at(found.source.text, add_stand_ins(found, wanted))
    parse_model = recognise_parse_model(found.source.with_text(text))
    named = BLOCK.replace("Conv, [64, 3, 2]", "SPDConv, [64, 3, 2]")
    for one in wanted[1:]:
        named = named.replace(f"{one.base},", f"{one.class_name},")
    model, size = model_yaml(named), scales(model_yaml(named))["s"]
    rows = built_rows(model, parse_model, size)
    assert [rows[number].args for number in (2, 3, 7, 8, 9)] == [(16, 32), (32, 32, 2), (48,), ([48, 32],), (48, 32, 2)]
    assert {rows[number].repeats for number in range(13)} == {1}
    assert [rows[number].width for number in (2, 3, 7, 8, 9)] == [32, 32, 48, 48, 32]
    # What the chain makes of a base in its stead is kept, for what a class of no known source does.
    base = rows[2].base
    assert base is not None
    assert (base.module, base.args) == ("Conv", (16, 32, 3, 2))
    told = Vocabulary(parse_model, frozenset(), False, {}, MADE_UP.classes)
    level = tell_levels(model, steps(model, told, size)).level
    assert [level[number] for number in range(13)] == [1, 2, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4]
