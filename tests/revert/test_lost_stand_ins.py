"""Patches whose classes stand for others: their lines come out whole, whatever became of the file, or nothing does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path

import pytest
from synthetic import FORMS, LAYOUTS, apply, contents, revert, tree, write_checkout

from yolo_patcher import api
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.marker import stand_in_markers
from yolo_patcher.cli.main import run
from yolo_patcher.commit.state import read_state
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.status import patch_statuses
from yolo_patcher.revert.unrecorded.adopt import adopt

# A variant of a block, with the module in it; then a class with a branch; then it again, and a class in a row's stead.
ASKED = ("sae@inside:3:end", "gam@head", "se@replace:5 gam@backbone")


def asked(root: Path, *patches: str) -> list[str]:
    return [apply(root, *one.split()).patch.id for one in patches]


def parse_model_file(root: Path) -> Path:
    return open_checkout(root).root / open_checkout(root).site.parse_model.path


def stand_in_lines(path: Path) -> list[int]:
    """Give the numbers, from 0, of the lines by which classes stand for others."""
    lines = path.read_bytes().splitlines()
    return [number for number, line in enumerate(lines) if re.search(rb"\b(is|repeats)_\w+.*# yolo-patcher", line)]


def without_lines(path: Path, gone: tuple[int, ...]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for number, line in enumerate(lines) if number not in gone))


def check_out_or_refused(root: Path, before: dict[str, bytes], undo: Callable[[], object]) -> bool:
    """Check that an undoing leaves what was there before the patch, or nothing changed; tell which."""
    there = tree(root, with_state=True)
    code = 0
    try:
        undo()
    except PatcherError as error:
        code = error.code
    assert code in (0, 3)
    assert contents(root) == before if code == 0 else tree(root, with_state=True) == there
    return code == 0


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_patches_go_in_any_order(tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path / "pristine", layout))
    for number, order in enumerate(permutations(range(3))):
        root = write_checkout(tmp_path / str(number), layout)
        ids = asked(root, *ASKED)
        for one in order:
            revert(root, ids[one])
        assert tree(root) == before


@pytest.mark.quick(form=("gbk-crlf-tabs",))
@pytest.mark.parametrize("form", FORMS)
def test_every_byte_comes_back(tmp_path: Path, form: str) -> None:
    before = tree(write_checkout(tmp_path, "ultralytics-tuple", FORMS[form]))
    asked(tmp_path, *ASKED)
    path = parse_model_file(tmp_path)
    newline = FORMS[form].newline.encode()
    assert len(stand_in_lines(path)) == 6
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(newline)
    revert(tmp_path, everything=True)
    assert tree(tmp_path) == before


@pytest.mark.quick(layout=("yolov5-list", "ultralytics-single"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_a_record(tmp_path: Path, layout: str) -> None:
    pristine = tree(write_checkout(tmp_path / "pristine", layout))
    for number, order in enumerate([(0, 1, 2), (2, 1, 0)]):
        root = write_checkout(tmp_path / str(number), layout)
        ids = asked(root, *ASKED)
        for gone in range(3):
            shutil.rmtree(root / ".yolo-patcher", ignore_errors=True)
            adopted = adopt(open_checkout(root), ())
            assert adopted.remains == ()
            assert set(adopted.proven) == {ids[one] for one in order[gone:]}
            api.revert(root, ids[order[gone]])
        assert tree(root) == pristine


def test_a_class_that_another_patch_uses_stays_until_that_goes(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    first, second = asked(tmp_path, "se@replace:3", "se@replace:5")
    path = parse_model_file(tmp_path)
    assert list(stand_in_markers(path.read_bytes())) == ["SE"]
    api.revert(tmp_path, first)
    assert len(stand_in_lines(path)) == 3
    shutil.rmtree(tmp_path / ".yolo-patcher")
    adopted = adopt(open_checkout(tmp_path), ())
    assert (adopted.remains, adopted.proven) == ((), (second,))
    api.revert(tmp_path, second)
    assert tree(tmp_path) == before


@pytest.mark.quick(count=(1, 2))
@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_lines_that_are_gone_lead_to_nothing_or_to_all(tmp_path: Path, count: int, recorded: bool) -> None:
    """Of the six lines of two patches, any that a user took out by hand."""
    pristine = contents(write_checkout(tmp_path / "pristine"))
    patched = write_checkout(tmp_path / "patched")
    ids = asked(patched, ASKED[0], ASKED[2])
    outcomes = set()
    for number, gone in enumerate(combinations(stand_in_lines(parse_model_file(patched)), count)):
        root = Path(shutil.copytree(patched, tmp_path / str(number)))
        without_lines(root / parse_model_file(patched).relative_to(patched), gone)
        assert {one.state for one in patch_statuses(open_checkout(root).snapshot)} != {"intact"}
        if not recorded:
            shutil.rmtree(root / ".yolo-patcher")
        outcomes.add(check_out_or_refused(root, pristine, lambda root=root: api.revert(root, *ids)))  # type: ignore[misc]
    assert False in outcomes or count == 5


def test_a_patch_whose_lines_are_not_whole_is_put_back_whole_by_the_same_request(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    asked(tmp_path, ASKED[0])
    path = parse_model_file(tmp_path)
    whole = contents(tmp_path)
    without_lines(path, tuple(stand_in_lines(path)[-1:]))
    assert run(["apply", ASKED[0], "--repo", str(tmp_path), "--no-verify", "--json"]) == 0
    assert contents(tmp_path) == whole


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"        m, n, args, c2 = (SE,", b"        # restored\n        m, n, args, c2 = (SE,"),
        (b"        is_SE = m is SE", b"        k = n\n        is_SE = m is SE"),
        (b"            c2 = ch[f]\n\n", b"            c2 = ch[f]\n        print(c2)\n\n"),
        (b"        if m in ", b"        # the chain\n        if m in "),
        (b"        row = m(*args)\n", b"        row = m(*args)  # made\n        row.x = 1\n"),
    ],
)
def test_edits_around_stay(tmp_path: Path, old: bytes, new: bytes) -> None:
    write_checkout(tmp_path)
    plain = contents(tmp_path)
    asked(tmp_path, "se@replace:3", "gam@head")
    path = parse_model_file(tmp_path)
    name = path.relative_to(tmp_path).as_posix()
    assert path.read_bytes().count(old) == 1
    path.write_bytes(path.read_bytes().replace(old, new))
    api.revert(tmp_path, everything=True)
    now = contents(tmp_path)
    assert {one: text for one, text in now.items() if one != name} == {
        one: text for one, text in plain.items() if one != name
    }
    added = set(now[name].splitlines()) - set(plain[name].splitlines())
    assert added
    assert added <= set(new.splitlines()) | {b"        row = m(*args)  # made"}
    assert not re.search(rb"yolo-patcher|\bis_SE\b|\bSE\b|GAM", now[name])


@pytest.mark.parametrize("width", ["60", "120"])
@pytest.mark.parametrize("layout", ["yolov5", "ultralytics-list"])
def test_formatted_files(tmp_path: Path, layout: str, width: str) -> None:
    root, bare = write_checkout(tmp_path / "a", layout), write_checkout(tmp_path / "b", layout)
    asked(root, *ASKED)
    for each in (root, bare):
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", "--line-length", width, str(each)]
        subprocess.run(command, check=True)
    formatted = open_checkout(root).site.parse_model
    assert len(formatted.stands_for) == 2
    api.revert(root, everything=True)
    path = parse_model_file(bare).relative_to(bare)
    assert (root / path).read_bytes().replace(b" ", b"") == (bare / path).read_bytes().replace(b" ", b"")
    assert read_state(open_checkout(root).snapshot).patches == ()


def test_a_class_keeps_the_name_that_an_earlier_patch_left_it(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    first, second = asked(tmp_path, "se@replace:3", "se@head")
    revert(tmp_path, first)
    there = tree(tmp_path, with_state=True)
    assert asked(tmp_path, "se@head") == [second]
    assert tree(tmp_path, with_state=True) == there
    shutil.rmtree(tmp_path / ".yolo-patcher")
    adopted = adopt(open_checkout(tmp_path), ())
    assert (adopted.remains, adopted.proven) == ((), (second,))
    api.revert(tmp_path, second)
    assert tree(tmp_path) == before
