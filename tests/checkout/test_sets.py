"""The sets that the tests of `parse_model` name, wherever they are bound, and what can't be told of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from forked import check_applied_and_reverted, fork, rewritten
from synthetic import model_channels, parse_model_of

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.containers import Modules
from yolo_patcher.checkout.parse_model import ParseModel, recognise_parse_model
from yolo_patcher.model.choose import choose_model
from yolo_patcher.model.vocabulary import vocabulary_of

CHAIN = """\
{above}
def parse_model(d, ch{more}):
    {inside}
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        if {test}:
            c2 = args[0]
        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        else:
            c2 = ch[f]
        ch.append(c2)
    return ch
"""


def compared(test: str, above: str = "", inside: str = "pass", more: str = "") -> Modules:
    found = parse_model_of(CHAIN.format(test=test, above=above, inside=inside, more=more))
    return found.compared(found.chain.test)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("m is A", "A"),
        ("m == nn.A", "nn.A"),
        ("m in {A, nn.B}", "A nn.B"),
        ("m in (A, B)", "A B"),
        ("m in [A, B]", "A B"),
        ("m in frozenset({A, B})", "A B"),
        ("m in set()", ""),
        ("m in tuple([A]) + (B,)", "A B"),
        ("m in ((A, B) + GROUP + OTHER)", "A B C D E"),
        ("m in {A} | {B} | set(GROUP)", "A B C D"),
        ("m in (A, *GROUP, *OTHER)", "A C D E"),
        ("m in {*GROUP, A} - {D}", "C A"),
        ("m in {*GROUP} & {D, A}", "D"),
        ("m in GROUP", "C D"),
        ("m in frozenset(GROUP).union(OTHER, {A})", "C D E A"),
        ("m in {A: 1, **TABLE}", "A F"),
        ("m in TABLE.keys()", "F"),
        ("m in Groups.BOTH", "C D G"),
        ("m in " + " + ".join(f"(A{number},)" for number in range(1000)), " ".join(f"A{n}" for n in range(1000))),
    ],
)
@pytest.mark.parametrize("where", ["module", "function"])
def test_a_set_is_read_for_what_it_is(test: str, names: str, where: str) -> None:
    classes = "class Groups:\n    MORE = (G,)\n    BOTH = (*GROUP, *MORE)\n"
    groups = ("GROUP = (C, D)", "OTHER: tuple = (E,)", "TABLE = {F: 1}")
    if where == "module" or "Groups" in test:
        found = compared(test, "\n".join(groups) + f"\n{classes}")
    else:
        found = compared(test, inside="\n    ".join(groups))
    assert found == Modules(tuple(names.split()))


@pytest.mark.parametrize(
    ("test", "above", "inside", "more"),
    [
        ("m in {A} | GROUP", "", "pass", ""),
        ("m in GROUP", "from elsewhere import GROUP", "pass", ""),
        ("m in GROUP", "from elsewhere import *", "pass", ""),
        ("m in GROUP", "GROUP = (A,)", "pass", ", GROUP=()"),
        ("m in GROUP", "GROUP = made()", "pass", ""),
        ("m in GROUP", "GROUP = [A]\nGROUP.append(B)", "pass", ""),
        ("m in GROUP", "GROUP = (A,)\nGROUP += (B,)", "pass", ""),
        ("m in GROUP", "if old:\n    GROUP = (A,)\nelse:\n    GROUP = (B,)", "pass", ""),
        ("m in GROUP", "GROUP = (*GROUP, A)", "pass", ""),
        ("m in GROUP", "", "GROUP = {A}\n    if d:\n        GROUP |= {B}", ""),
        ("m in GROUP", "", "GROUP = {A}\n    GROUP.update({B})", ""),
        ("m in GROUP", "", "GROUP, other = {A}, {B}", ""),
        ("m in GROUP", "class GROUP:\n    pass", "pass", ""),
        ("m in Groups.BASE", "class Groups:\n    BASE = {A}\n\n\nGroups.BASE = {B}", "pass", ""),
        ("m in Groups.BASE", "class Groups(Above):\n    pass", "pass", ""),
        ("m in {A} - GROUP", "", "pass", ""),
        ("m in (GROUP if d else (A,))", "GROUP = (B,)", "pass", ""),
        ("m in {x for x in (A, B)}", "", "pass", ""),
        ("m in (A, made(B))", "", "pass", ""),
        ("m in " + " - ".join(["{A}"] * 1500), "", "pass", ""),
    ],
)
def test_what_cannot_be_told_is_told_as_that(test: str, above: str, inside: str, more: str) -> None:
    assert not compared(test, above, inside, more).complete


def test_a_name_is_that_of_the_class_that_parse_model_finds_by_it(tmp_path: Path) -> None:
    root = grouped(tmp_path, "GROUP = (Conv, Own)\n", "m in GROUP")
    groups = root / "models/groups.py"
    assert first_test(root) == Modules(("Conv",), complete=False)
    # The name that is no class of the other file is one here.
    groups.write_text(groups.read_text("utf-8").replace("import *", "import Conv, Concat as Own"), encoding="utf-8")
    assert first_test(root) == Modules(("Conv",), complete=False)
    groups.write_text(groups.read_text("utf-8").replace("Concat as Own", "Concat as Detect"), encoding="utf-8")
    groups.write_text(groups.read_text("utf-8").replace(", Own)", ", Detect)"), encoding="utf-8")
    assert first_test(root) == Modules(("Conv",), complete=False)
    groups.write_text(groups.read_text("utf-8").replace("Concat as Detect", "Detect"), encoding="utf-8")
    assert first_test(root) == Modules(("Conv", "Detect"))


def grouped(root: Path, groups: str, test: str, imports: str = "from models.groups import GROUP\n") -> Path:
    """Make a fork whose test for Conv names a group of another file."""
    fork(root, imports=f"from models.common import *\n{imports}\n")
    (root / "models/groups.py").write_text(f"from models.common import *\n\n{groups}", encoding="utf-8")
    return rewritten(root, "models/yolo.py", "m in [Conv]", test)


def first_test(root: Path) -> Modules:
    parse_model = open_checkout(root).site.parse_model
    return parse_model.compared(parse_model.chain.test)  # type: ignore[arg-type]


WAYS = {
    "imported": ("GROUP = (Conv,)\n", "m in GROUP", "from models.groups import GROUP\n"),
    "renamed": ("GROUP = (Conv,)\n", "m in BASE", "from models.groups import GROUP as BASE\n"),
    "by a star": ("GROUP = (Conv,)\n", "m in ((Detect,) + GROUP)", "from models.groups import *\n"),
    "of a file": ("GROUP = (Conv,)\n", "m in groups.GROUP", "from models import groups\n"),
    "of a file, renamed": ("GROUP = (Conv,)\n", "m in g.GROUP", "import models.groups as g\n"),
    "of a class": ("class Of:\n    GROUP = {Conv}\n", "m in Of.GROUP | {Detect}", "from models.groups import Of\n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_group_of_another_file_scales_its_rows_and_the_module_gets_a_branch(way: str, tmp_path: Path) -> None:
    root = grouped(tmp_path, *WAYS[way])
    site = open_checkout(root).site
    model = choose_model(site, "toy", None).model
    assert model_channels(model, site.parse_model)[:6] == [16, 32, 32, 32, 48, 16]
    vocabulary = vocabulary_of(site, {})
    assert (vocabulary.takes_channels("Conv"), vocabulary.falls_through("SE")) == (True, True)
    check_applied_and_reverted(root)


def test_rows_behind_a_set_that_cannot_be_told_have_no_channels(tmp_path: Path) -> None:
    root = grouped(tmp_path, "GROUP = made()\n", "m in GROUP")
    site = open_checkout(root).site
    model = choose_model(site, "toy", None).model
    assert model_channels(model, site.parse_model)[:6] == [None] * 6
    assert not vocabulary_of(site, {}).falls_through("Own")
    assert vocabulary_of(site, {}).branch("Own") is None


def test_a_text_among_the_modules_is_no_module() -> None:
    found: ParseModel = parse_model_of(CHAIN.format(test='m in ("A", B)', above="", inside="pass", more=""))
    assert found.module_names == ("B", "Concat")
    assert recognise_parse_model(found.source).names_all
