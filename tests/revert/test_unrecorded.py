"""Patches whose record is gone: what is proven comes out byte for byte, and the rest is refused and left alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkouts
from refusing import check_refused
from synthetic import FORMS, LAYOUTS, apply, commit_plan, contents, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.cli.main import run
from yolo_patcher.commit.state import State, holds, read_state
from yolo_patcher.commit.writer import commit
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.revert.held import Adopted
from yolo_patcher.revert.revert import plan_revert
from yolo_patcher.revert.status import patch_statuses
from yolo_patcher.revert.unrecorded.adopt import adopt
from yolo_patcher.revert.unrecorded.find import shows_unrecorded

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
BLOCK = "ultralytics/nn/modules/block.py"
SE = "ultralytics/nn/modules/se.py"
MODEL = "ultralytics/cfg/models/v8/yolov8-se-head.yaml"
BASE = "ultralytics/cfg/models/v8/yolov8.yaml"

Capture = pytest.CaptureFixture[str]

SETS = (
    ("se",),
    ("sae", "se@backbone"),
    ("se", "sae@backbone", "gam@neck"),
    ("se", "se@backbone", "sae@neck"),
    ("sae@after:6:next", "se@head:all", "se@head:final se@after:9:next"),
)


def applied(root: Path, *asked: str) -> list[str]:
    """Apply patches, each of which may have several recipes, and forget the record; give their ids."""
    made = [apply(root, *one.split()).patch.id for one in asked]
    shutil.rmtree(root / ".yolo-patcher")
    return made


def found(root: Path, more: Sequence[Path] = ()) -> Adopted:
    return adopt(open_checkout(root), more)


def take_out(root: Path, *ids: str, everything: bool = False) -> tuple[str, ...]:
    """Revert as the command does; give the notes."""
    snapshot = open_checkout(root).snapshot
    planned = plan_revert(snapshot, ids, everything, adopted=found(root))
    commit(snapshot.root, planned.transition(snapshot), "revert")
    return planned.notes


def check_proven(root: Path, ids: Sequence[str]) -> Adopted:
    """Check that these patches and no others are proven, and that nothing else is there."""
    adopted = found(root)
    assert adopted.remains == ()
    assert sorted(adopted.proven) == sorted(ids)
    statuses = patch_statuses(open_checkout(root).snapshot, adopted)
    assert {file.state for one in statuses for file in one.files} <= {"intact"}
    return adopted


def check_not_taken_out(root: Path, part: str, *ids: str) -> PatcherError:
    """Check that a revert of all, and of these, is refused, and that nothing is written."""
    errors = [
        check_refused(lambda: take_out(root, *ids), "refused", root=root),
        check_refused(lambda: take_out(root, everything=True), "refused", root=root),
    ]
    for error in errors:
        assert part in f"{error.message}\n{error.help}"
    return errors[-1]


def replaced(root: Path, path: str, old: bytes, new: bytes) -> None:
    content = (root / path).read_bytes()
    assert content.count(old) == 1, content
    (root / path).write_bytes(content.replace(old, new))


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"), form=("gbk-crlf-tabs",))
@pytest.mark.parametrize("form", ["plain", "bom-crlf-cookie", "tabs", "no-final-newline", "gbk-crlf-tabs"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_byte_comes_back(tmp_path: Path, layout: str, form: str) -> None:
    # Each form with another set of patches; all of both would be many.
    asked = SETS[(LAYOUTS.index(layout) + list(FORMS).index(form)) % len(SETS)]
    before = tree(write_checkout(tmp_path, layout, FORMS[form]))
    check_proven(tmp_path, applied(tmp_path, *asked))
    take_out(tmp_path, everything=True)
    assert tree(tmp_path, with_state=True) == before


@pytest.mark.slow
@pytest.mark.parametrize("asked", SETS[2:], ids=["three", "shared", "readers"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_by_one_in_any_order(tmp_path: Path, layout: str, asked: tuple[str, ...]) -> None:
    before = tree(write_checkout(tmp_path / "pristine", layout))
    for number, order in enumerate(permutations(range(3))):
        root = write_checkout(tmp_path / str(number), layout)
        ids = applied(root, *asked)
        for gone in range(1, 4):
            take_out(root, ids[order[gone - 1]])
            assert {one.id for one in read_state(open_checkout(root).snapshot).patches} == {
                ids[one] for one in order[gone:]
            }
            # What stays is recorded from now on, and is lost again.
            shutil.rmtree(root / ".yolo-patcher", ignore_errors=True)
            check_proven(root, [ids[one] for one in order[gone:]])
        assert tree(root) == before


@pytest.mark.quick(layout=("ultralytics-list",))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_class_that_bears_the_name_of_a_patch_that_is_gone(tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path, layout))
    first, second = apply(tmp_path, "se").patch.id, apply(tmp_path, "se@backbone").patch.id
    take_out(tmp_path, first)
    shutil.rmtree(tmp_path / ".yolo-patcher")
    assert any(first.encode() in content for content in contents(tmp_path).values())
    check_proven(tmp_path, [second])
    take_out(tmp_path, second)
    assert tree(tmp_path, with_state=True) == before


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_such_a_class_may_stand_before_those_of_other_patches(tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path, layout))
    first = apply(tmp_path, "se").patch.id
    others = [apply(tmp_path, *one).patch.id for one in (["sae@backbone"], ["se@neck", "gam"], ["se@backbone"])]
    take_out(tmp_path, first)
    shutil.rmtree(tmp_path / ".yolo-patcher")
    check_proven(tmp_path, others)
    take_out(tmp_path, others[1])
    shutil.rmtree(tmp_path / ".yolo-patcher")
    check_proven(tmp_path, [others[0], others[2]])
    take_out(tmp_path, everything=True)
    assert tree(tmp_path, with_state=True) == before


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_patch_of_two_recipes_with_settings(tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path, layout))
    request = Request.from_words(["sae@head:p4", "gam@backbone", "sae@after:C2f[-1]"], (), ["sae.reduction=8"])
    if layout.startswith("yolov5"):
        request = Request.from_words(["sae@head:p4", "gam@after:C3[0]"], (), ["sae.min_hidden=2", "sae.bias=true"])
    planned = planned_as(tmp_path, request)
    check_proven(tmp_path, [planned])
    take_out(tmp_path)
    assert tree(tmp_path, with_state=True) == before


def planned_as(root: Path, request: Request, more: Sequence[Path] = ()) -> str:
    """Apply a request and forget the record; give the id."""
    checkout = open_checkout(root)
    planned = plan_request(checkout, holds(checkout.snapshot), request, more)
    commit_plan(planned)
    shutil.rmtree(root / ".yolo-patcher")
    return planned.plan.patch.id


@pytest.mark.parametrize("scale", ["n", "s"])
def test_the_scale_is_found_that_the_defaults_were_adapted_to(tmp_path: Path, scale: str) -> None:
    before = tree(write_checkout(tmp_path))
    made = planned_as(tmp_path, Request.from_words(["sae"], scale=scale))
    adopted = check_proven(tmp_path, [made])
    assert adopted.state.patches[0].patch.scale == scale
    take_out(tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.quick(layout=("yolov5",))
@pytest.mark.parametrize(("model", "output"), [("yolov5m", None), ("yolov5s", "mine.yaml"), ("yolov5m", "other.yml")])
@pytest.mark.parametrize("layout", ["yolov5", "yolov5-package"])
def test_scales_in_files_of_their_own_and_a_name_of_the_users(
    tmp_path: Path, layout: str, model: str, output: str | None
) -> None:
    before = tree(write_checkout(tmp_path, layout))
    made = planned_as(tmp_path, Request.from_words(["se"], model=model, output=output))
    assert check_proven(tmp_path, [made]).state.patches[0].patch.base.endswith(f"{model}.yaml")
    take_out(tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("recipe", ["gam", "se"])
def test_a_model_on_top_of_a_generated_one(tmp_path: Path, recipe: str) -> None:
    before = tree(write_checkout(tmp_path))
    first = planned_as(tmp_path, Request.from_words(["se"]))
    second = planned_as(tmp_path, Request.from_words([f"{recipe}@backbone"], model=MODEL))
    adopted = check_proven(tmp_path, [first, second])
    assert adopted.proven == (first, second)
    assert set(adopted.state.patches[1].patch.classes.values()) >= {"SE"}
    take_out(tmp_path, everything=True)
    assert tree(tmp_path) == before


def test_a_base_that_sorts_behind_its_model(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    ids = [planned_as(tmp_path, Request.from_words([one])) for one in ("se", "se@backbone")]
    base = MODEL.replace("head", "backbone")
    ids.append(planned_as(tmp_path, Request.from_words(["se@neck"], model=base, output="a.yaml")))
    check_proven(tmp_path, ids)
    take_out(tmp_path, everything=True)
    assert tree(tmp_path) == before


@pytest.mark.quick(layout=("ultralytics-list",))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_class_with_another_name(tmp_path: Path, layout: str) -> None:
    write_checkout(tmp_path, layout)
    home = next(path for path in (BLOCK, "models/common.py", "yolov5/models/common.py", "ultralytics/nn/modules.py")
                if (tmp_path / path).exists())  # fmt: skip
    with (tmp_path / home).open("ab") as file:
        file.write(b"\n\nclass SE(nn.Module):\n    pass\n")
    if home == BLOCK:
        for path, old, new in ((INIT, rb"(from \.block import )(\(\n    )?", rb"\1\2SE, "),):
            content = (tmp_path / path).read_bytes()
            (tmp_path / path).write_bytes(re.sub(old, new, content))
    before = tree(tmp_path)
    ids = applied(tmp_path, "se", "sae@neck")
    adopted = check_proven(tmp_path, ids)
    assert adopted.state.patches[0].patch.classes == {"se": "SEAttention"}
    take_out(tmp_path, everything=True)
    assert tree(tmp_path) == before


@pytest.mark.slow
def test_a_class_of_the_checkouts_own_stays_imported(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    apply(tmp_path)
    text = (tmp_path / SE).read_text()
    take_out(tmp_path)
    with (tmp_path / BLOCK).open("a") as file:
        file.write("\n\n" + text[text.index("class SE") :])
    replaced(tmp_path, INIT, b"    C2f,\n)", b"    C2f,\n    SE,\n)")
    before = tree(tmp_path)
    (made,) = applied(tmp_path, "se")
    check_proven(tmp_path, [made])
    assert take_out(tmp_path) == (f"{TASKS} still imports SE; whether it did before can't be told.",)
    after = contents(tmp_path)
    assert after.pop(TASKS).replace(b"    SE,\n", b"") == before[TASKS][1]
    assert after == {path: content for path, (_, content) in before.items() if path != TASKS}


@pytest.mark.quick(ending=("", "\n\n"))
@pytest.mark.parametrize(
    ("ending", "kept"),
    [("", ""), ("\n", "\n"), ("\n\n", "\n"), ("\n\n\n", "\n"), ("\n" * 4, "\n" * 4), ("\n" * 6, "\n" * 6)],
)
def test_blank_lines_at_the_end_of_the_file_of_classes(tmp_path: Path, ending: str, kept: str) -> None:
    write_checkout(tmp_path, "yolov5")
    home = tmp_path / "models/common.py"
    body = home.read_text().rstrip("\n")
    home.write_text(body + ending)
    ids = applied(tmp_path, "se", "sae@neck")
    check_proven(tmp_path, ids)
    notes = take_out(tmp_path, everything=True)
    assert home.read_text() == body + kept
    # One newline is what nearly all files end with, so a guess is made for that one case, and said.
    assert bool(notes) == (kept == "\n")


@pytest.mark.quick(listed=("(C2f, C3, Concat, Conv, Detect, SPPF)",))
@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        ("(C2f, C3, Concat, Conv, Detect, SPPF)", None),
        ("C2f, C3, Concat, Conv, Detect, SPPF", None),
        ("(C2f, C3, Concat, Conv, Detect, SPPF,)", None),
        ("( C2f, C3, Concat, Conv, Detect, SPPF )", None),
        ("(C2f, C3, Concat, Conv, Detect, SPPF , )", None),
        ("C2f, C3, Concat, Conv, \\\n    Detect, SPPF", None),
        ("(\n    C2f, C3, Concat,\n    Conv, Detect, SPPF,\n)", None),
        ("(\n    C2f, C3, Concat,  # a\n    Conv, Detect, SPPF  # b\n)", None),
        ("(C2f,\n C3,\n Concat,\n Conv,\n Detect,\n SPPF)", None),
        ("(\n    C2f,\n    C3,\n    Concat,\n    Conv,\n    Detect,\n    SPPF  # last\n)", None),
        ("(\n    C2f,\n    C3,\n    Concat,\n    Conv,\n    Detect,\n    SPPF,  # last, of all\n)", None),
        ("(\n    C2f,\n    C3,\n    Concat,\n    Conv,\n    Detect,\n    SPPF,\n    # no more\n)", None),
        ("(\n    C2f,\n    C3,\n    Concat,\n    Conv,\n    Detect,\n    SPPF,  \n)", None),
        ("(C2f as C2f, C3, Concat, Conv, Detect, SPPF, make_anchors_of_a_very_long_name as an_even_longer_name)", None),
    ],
)
@pytest.mark.parametrize("asked", [("se", "sae gam")], ids=["three"])
def test_lists_of_every_shape(tmp_path: Path, listed: str, kept: None, asked: tuple[str, ...]) -> None:
    write_checkout(tmp_path)
    for path, names in ((TASKS, listed), (INIT, re.sub(r"\b(\w+)(?: as \w+)?\b(?=\s*[,)\\#]|\s*$)", r'"\1"', listed))):
        text = (tmp_path / path).read_text()
        pattern = r"(?<=ultralytics\.nn\.modules import )\([^)]*\)" if path == TASKS else r"(?<=__all__ = )\[[^]]*\]"
        if path == TASKS or "#" not in listed:
            (tmp_path / path).write_text(re.sub(pattern, lambda _, names=names: names, text))  # type: ignore[misc]
    before = tree(tmp_path)
    check_proven(tmp_path, applied(tmp_path, *asked))
    take_out(tmp_path, everything=True)
    assert tree(tmp_path) == before


def test_edits_elsewhere_are_kept(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    (made,) = applied(tmp_path, "se")
    for path in (TASKS, INIT, BLOCK):
        (tmp_path / path).write_bytes(b"# mine\n" + (tmp_path / path).read_bytes() + b"\n# mine too\n")
    replaced(
        tmp_path,
        TASKS,
        b"        elif m is Concat:\n",
        b"        elif m is nn.ReLU:\n            pass\n        elif m is Concat:\n",
    )
    check_proven(tmp_path, [made])
    take_out(tmp_path, made)
    after = contents(tmp_path)
    assert {path for path in before if after[path] != before[path][1]} == {TASKS, INIT, BLOCK}
    for path in (TASKS, INIT, BLOCK):
        text = after[path].replace(b"        elif m is nn.ReLU:\n            pass\n", b"")
        assert text == b"# mine\n" + before[path][1] + b"\n# mine too\n"


OTHER = "is not as yolo-patcher would write it"
ELSE = b"        else:\n            c2 = ch[f]\n"
MINE = b"        elif m is Mine:\n            c2 = 7\n"

Damage = Callable[[Path], object]
REFUSED: dict[str, tuple[str, Damage]] = {
    "class edited": ("se.py, line", lambda root: replaced(root, SE, b"nn.ReLU()", b"nn.SiLU()")),
    "class renamed": (OTHER, lambda root: replaced(root, SE, b"class SE(", b"class SEX(")),
    "comment in the class": ("se.py, line", lambda root: replaced(root, SE, b"    def f", b"    # a\n    def f")),
    "branch edited": ("tasks.py, line", lambda root: replaced(root, TASKS, b"args = [c2, *args]", b"args = [c2, c2]")),
    "branch moved": ("tasks.py, line", lambda root: replaced(root, TASKS, ELSE, MINE + ELSE)),
    "model edited": ("yolov8-se-head.yaml, line 3,", lambda root: replaced(root, MODEL, b"nc: 4 #", b"nc: 5 #")),
    "model renamed": ("renamed", lambda root: (root / MODEL).rename(root / MODEL.replace("se-head", "mine"))),
    "model moved": ("base", lambda root: (root / MODEL).rename(root / "ultralytics/cfg/yolov8-se-head.yaml")),
    "base gone": ("base", lambda root: (root / BASE).unlink()),
    "base edited": ("yolov8-se-head.yaml, line 3,", lambda root: replaced(root, BASE, b"nc: 4 #", b"nc: 5 #")),
    "class file gone": (OTHER, lambda root: (root / SE).unlink()),
    "list continued": ("near line 10, has SE where", lambda root: replaced(root, TASKS, b" SE,\n", b" SE,\n    A,\n")),
    "recipe unknown": ("no recipe 'nope'", lambda root: replaced(root, MODEL, b"apply se@head", b"apply nope@head")),
    "position unknown": ("request", lambda root: replaced(root, MODEL, b"apply se@head", b"apply se@tail")),
    "quote open": ("request", lambda root: replaced(root, MODEL, b"apply se@head", b"apply 'se@head")),
    "id edited": ("renamed", lambda root: replaced(root, MODEL, b"se-head-", b"se-head-0")),
    "model gone": ("no model YAML", lambda root: (root / MODEL).unlink()),
    "not YAML": ("line", lambda root: (root / MODEL).write_bytes((root / MODEL).read_bytes() + b"\n]{\n")),
}  # fmt: skip


@pytest.mark.quick(case=("class edited", "branch edited", "model edited", "base gone"))
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused(tmp_path: Path, case: str) -> None:
    write_checkout(tmp_path)
    (made,) = applied(tmp_path, "se")
    part, damage = REFUSED[case]
    damage(tmp_path)
    adopted = found(tmp_path)
    assert adopted.proven == ()
    assert part in "\n".join(one.why for one in adopted.remains)
    there = made.replace("se-head-", "se-head-0") if case == "id edited" else made
    error = check_not_taken_out(tmp_path, part, there)
    # Every place is named, by a line that exists and holds it.
    for one in adopted.remains:
        assert f"{one.path}:{one.line}: " in error.help
        assert one.line <= len((tmp_path / one.path).read_bytes().splitlines())
    for one in adopted.remains:
        if one.what.endswith(" SE") or " SE " in one.what:
            assert "SE" in (tmp_path / one.path).read_text().splitlines()[one.line - 1]
    places = {one.path for one in adopted.remains}
    assert {TASKS} <= places


@pytest.mark.slow
def test_what_is_edited_blocks_only_what_it_must(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    first = applied(tmp_path, "se")
    (second,) = applied(tmp_path, "se@backbone")
    with_both = tree(tmp_path)
    (third,) = applied(tmp_path, "sae")
    replaced(tmp_path, SE, b"nn.ReLU()", b"nn.SiLU()")
    adopted = found(tmp_path)
    # Neither the class can be proven nor a model of it: planned again, that would have a class with another name.
    assert set(adopted.proven) == {third}
    assert {one.id for one in adopted.remains} == {*first, second}
    check_not_taken_out(tmp_path, "can't be taken out", *first)
    assert take_out(tmp_path, third) == ()
    after = tree(tmp_path)
    assert after.pop(SE) != with_both.pop(SE)
    assert after == with_both


def test_the_class_of_a_copy_stays(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (made,) = applied(tmp_path, "se")
    copy = MODEL.replace("se-head", "mine")
    shutil.copy(tmp_path / MODEL, tmp_path / copy)
    before = tree(tmp_path)
    adopted = found(tmp_path)
    assert adopted.proven == (made,)
    assert adopted.remains[0].path == copy
    assert take_out(tmp_path, made) == (f"SE stays, because {copy} uses it.",)
    del before[MODEL]
    assert tree(tmp_path) == before


def test_a_copy_of_a_recorded_model_is_the_users_own(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path)
    copy = MODEL.replace("se-head", "mine")
    shutil.copy(tmp_path / MODEL, tmp_path / copy)
    assert found(tmp_path).remains == ()
    take_out(tmp_path, everything=True)
    after = tree(tmp_path)
    del after[copy]
    assert after == before


@pytest.mark.quick(layout=("ultralytics-list",), order=("lost first",), lost_first=(True,))
@pytest.mark.parametrize("layout", ["yolov5-list", "ultralytics-list"])
@pytest.mark.parametrize("lost_first", [True, False], ids=["below", "on top"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "apart"])
@pytest.mark.parametrize("order", ["lost first", "recorded first", "all"])
def test_beside_recorded_patches(tmp_path: Path, layout: str, lost_first: bool, shared: bool, order: str) -> None:
    root = tmp_path / "checkout"
    before = tree(write_checkout(root, layout))
    asked = ["se", "se@backbone" if shared else "sae@backbone"]
    if lost_first:
        (lost,) = applied(root, asked[0])
        recorded = apply(root, asked[1]).patch.id
    else:
        recorded = apply(root, asked[0]).patch.id
        shutil.copytree(root / ".yolo-patcher", tmp_path / "backup")
        lost = apply(root, asked[1]).patch.id
        shutil.rmtree(root / ".yolo-patcher")
        shutil.copytree(tmp_path / "backup", root / ".yolo-patcher")
    statuses = patch_statuses(open_checkout(root).snapshot, check_proven(root, [lost]))
    assert [(one.record.id, one.state) for one in statuses] == [(recorded, "intact"), (lost, "unrecorded")]
    if order == "all":
        take_out(root, everything=True)
    else:
        one, other = (lost, recorded) if order == "lost first" else (recorded, lost)
        take_out(root, one)
        check_proven(root, [])
        assert {status.state for status in patch_statuses(open_checkout(root).snapshot)} == {"intact"}
        take_out(root, other)
    assert tree(root, with_state=True) == before


def test_nothing_is_looked_for_without_a_sign(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    for one in ("", "se", "se@backbone", "gam"):
        if one:
            apply(tmp_path, one)
        checkout, package = open_checkout(tmp_path), open_checkout(tmp_path / "ultralytics")
        assert (checkout.package, package.package) == (None, "ultralytics")
        state = read_state(checkout.snapshot)
        assert not shows_unrecorded(checkout, state)
        assert not shows_unrecorded(package, state)
        assert found(tmp_path) == Adopted(state)
    assert shows_unrecorded(checkout, State())
    assert shows_unrecorded(package, State())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")
@pytest.mark.parametrize("layout", ["yolov5-list", "ultralytics-single", "ultralytics-list"])
def test_git_clean_and_a_fresh_clone(capsys: Capture, tmp_path: Path, layout: str) -> None:
    root, clone = tmp_path / "checkout", tmp_path / "clone"
    before = contents(write_checkout(root, layout))
    git(root, "init", "-q")
    ids = [apply(root, "sae").patch.id, apply(root, "se@backbone", "gam").patch.id]
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "patched")
    git(root, "clean", "-fdxq")
    assert not (root / ".yolo-patcher").exists()
    git(tmp_path, "clone", "-q", str(root), str(clone))
    for one in (root, clone):
        document = check_json(capsys, "status", one)
        assert [(each["id"], each["state"]) for each in document["patches"]] == [(each, "unrecorded") for each in ids]
        check_json(capsys, "revert", one, "--all")
        assert {path: content for path, content in contents(one).items() if not path.startswith(".git/")} == before
        assert check_json(capsys, "status", one)["patches"] == []


def git(root: Path, *words: str) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *words], cwd=root, check=True, env=environment, stdin=subprocess.DEVNULL, timeout=600)


def check_json(capsys: Capture, command: str, root: Path, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run([command, "--repo", str(root), "--json", *words]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_the_words_of_status_and_revert(capsys: Capture, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (made,) = applied(tmp_path, "se")
    assert run(["status", "--repo", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{made}: unrecorded" in out
    assert f"Its record is gone; `yolo-patcher revert {made}` still takes it out" in out
    replaced(tmp_path, SE, b"nn.ReLU()", b"nn.SiLU()")
    assert run(["status", "--repo", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{MODEL}:1: the model YAML of {made} can't be taken out with certainty: {SE}, line" in out
    assert next(one["path"] for one in check_json(capsys, "status", tmp_path)["remains"]) == MODEL
    for words in ([], [made], ["--all"]):
        assert run(["revert", "--repo", str(tmp_path), *words]) == 3
        err = capsys.readouterr().err
        assert "can't be taken out with certainty" in err
        assert f"{TASKS}:" in err
        assert "Traceback" not in err


def test_export_names_them_and_reapply_finds_all_in_place(capsys: Capture, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    ids = applied(tmp_path, "se", "sae@backbone")
    check_json(capsys, "status", tmp_path, "--export")
    before = tree(tmp_path)
    assert read_state(open_checkout(tmp_path).snapshot).patches == ()
    assert run(["reapply", "--repo", str(tmp_path), "--no-verify"]) == 0
    assert capsys.readouterr().out == f"{', '.join(ids)}: all in place; nothing to do.\n"
    assert tree(tmp_path) == before


def test_a_dry_run_writes_nothing(capsys: Capture, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (made,) = applied(tmp_path, "se")
    before = tree(tmp_path, with_state=True)
    document = check_json(capsys, "revert", tmp_path, "--dry-run")
    assert document["patches"] == [made]
    assert {one["path"]: one["action"] for one in document["files"]} == {
        TASKS: "modify", INIT: "modify", SE: "delete", MODEL: "delete",
    }  # fmt: skip
    assert tree(tmp_path, with_state=True) == before


@pytest.mark.checkout
@pytest.mark.parametrize(
    ("name", "layout"),
    [("ultralytics-8.4.190", "package"), ("ultralytics-8.0.0", "package"), ("yolov5-7.0.14", "original")],
)
def test_real_checkouts(fresh: Checkouts, name: str, layout: str) -> None:
    root = fresh(name, layout)
    before = tree(root)
    ids = applied(root, "sae", "se@backbone", "sae@neck gam@head:p5")
    check_proven(root, ids)
    take_out(root, ids[0])
    shutil.rmtree(root / ".yolo-patcher")
    check_proven(root, ids[1:])
    take_out(root, everything=True)
    assert tree(root, with_state=True) == before
