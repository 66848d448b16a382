"""A file that was formatted, or got other newlines, as a whole since the patch: the code goes, the formatting stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest
from conftest import Checkouts
from synthetic import LAYOUTS, apply, contents, tree, write_checkout

from yolo_patcher import api
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.merge.code import same_code

ASKED = ("se", "gam@backbone", "sae@neck")


def ruff(folder: Path, *options: str) -> None:
    subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", *options, folder], check=True)


def crlf(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".yaml"):
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def narrow(folder: Path) -> None:
    ruff(folder, "--line-length", "60", "--config", "format.quote-style='single'")


def wide_crlf(folder: Path) -> None:
    ruff(folder, "--line-length", "120")
    crlf(folder)


FORMATTERS: dict[str, Callable[[Path], None]] = {"ruff": ruff, "narrow": narrow, "crlf": crlf, "wide crlf": wide_crlf}


def lines_joined(content: bytes) -> bytes:
    """Give a Python file with its lists on one line each: one that became too long for it stays broken up."""
    return b"".join(content.split()).replace(b",)", b")").replace(b",]", b"]")


def check_refused(root: Path) -> None:
    before = tree(root, with_state=True)
    with pytest.raises(PatcherError) as caught:
        api.revert(root, everything=True)
    assert caught.value.kind == "conflict"
    assert "was edited" in caught.value.message
    assert tree(root, with_state=True) == before


@pytest.mark.quick(layout=("yolov5",))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", FORMATTERS)
def test_what_is_left_is_the_original_in_the_new_formatting(tmp_path: Path, layout: str, how: str) -> None:
    root, bare = write_checkout(tmp_path / "a", layout), write_checkout(tmp_path / "b", layout)
    for asked in ASKED[:2]:
        apply(root, asked)
    for each in (root, bare):
        FORMATTERS[how](each)
    formatted = contents(root)
    done = api.revert(root, everything=True)
    assert any("was formatted since" in note for note in done.notes)
    found, wanted = contents(root), contents(bare)
    if how == "narrow":
        found, wanted = ({path: lines_joined(one) for path, one in each.items()} for each in (found, wanted))
    assert found == wanted
    assert formatted != found


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations(range(3)))[::2], ids=str)
@pytest.mark.parametrize("layout", ["yolov5-list", "ultralytics-single"])
def test_formatted_patches_come_out_in_any_order(tmp_path: Path, layout: str, order: tuple[int, ...]) -> None:
    root, bare = write_checkout(tmp_path / "a", layout), write_checkout(tmp_path / "b", layout)
    ids = [apply(root, asked).patch.id for asked in ASKED]
    for each in (root, bare):
        ruff(each)
    for number in order:
        assert [one.id for one in api.revert(root, ids[number]).patches] == [ids[number]]
    assert contents(root) == contents(bare)


def test_a_dry_run_shows_it_and_writes_nothing(tmp_path: Path) -> None:
    root = write_checkout(tmp_path, "yolov5-list")
    apply(root)
    narrow(root)
    before = tree(root, with_state=True)
    assert "-class SE(nn.Module):" in api.revert(root, dry_run=True).diff
    assert tree(root, with_state=True) == before


def test_other_edits_of_a_formatted_file_are_kept(tmp_path: Path) -> None:
    root, bare = write_checkout(tmp_path / "a", "yolov5-list"), write_checkout(tmp_path / "b", "yolov5-list")
    apply(root)
    for each in (root, bare):
        ruff(each)
        text = (each / "models/yolo.py").read_text()
        (each / "models/yolo.py").write_text(text.replace("row.i, row.f = i, f", "row.i, row.f = i, f  # mine"))
    api.revert(root)
    assert contents(root) == contents(bare)
    assert b"# mine" in contents(root)["models/yolo.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2 = ch[f]\n", "c2 = ch[f] * 2\n"), ("c2 = ch[f]\n", "# mine\n            c2 = ch[f]\n"),
        ("args = [c2, *args]", "args = (c2, *args)"),
        ("elif m is SE:", "elif m is SE or m is Conv:"),
        ("elif m is SE:  # yolo-patcher", "elif m is SE:  # yolo-patched"),
        ("    SE,\n", "    SE as S,\n"),
    ],
)  # fmt: skip
def test_an_edit_inside_is_refused_as_before(tmp_path: Path, old: str, new: str) -> None:
    root = write_checkout(tmp_path, "yolov5-list")
    apply(root)
    narrow(root)
    text = (root / "models/yolo.py").read_text()
    at = text.find(old, text.find("elif m is SE") if "c2" in old else 0)
    assert at >= 0
    (root / "models/yolo.py").write_text(text[:at] + new + text[at + len(old) :])
    check_refused(root)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [("bias=bias", "bias=False"), ("x * gate.sigmoid()", "(x * gate).sigmoid()"), ("reduction=16", "reduction=8"),
     ("# A mean", "# The mean")],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["yolov5-list", "ultralytics-list"])
def test_an_edit_of_the_formatted_class_is_refused(tmp_path: Path, layout: str, old: str, new: str) -> None:
    root = write_checkout(tmp_path, layout)
    apply(root)
    narrow(root)
    path = "models/common.py" if layout == "yolov5-list" else "ultralytics/nn/modules/se.py"
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))
    check_refused(root)


def test_a_copy_of_the_formatted_class_is_refused(tmp_path: Path) -> None:
    root = write_checkout(tmp_path, "yolov5-list")
    apply(root)
    narrow(root)
    text = (root / "models/common.py").read_text()
    (root / "models/common.py").write_text(text + "\n\n" + text[text.index("# yolo-patcher") :])
    check_refused(root)


def test_a_formatted_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    root = write_checkout(tmp_path, "yolov5-list")
    apply(root)
    narrow(root)
    with (root / "models/common.py").open("a") as file:
        file.write("\n\ndef (:\n    '''")
    check_refused(root)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("f(a,b)", "f(\n    a,\n    b,\n)\n", True), ("x = 'a'", 'x = "a"', True), ("x = u'a'", 'x = "a"', True),
        ("class A(): pass", "class A:\n    pass\n", True), ("a = 0XFF;b = 1", "a = 0xFF\nb = 1", True),
        ("if x : y = 1", "if x:\n    y = 1", True), ("x = 1 #a", "x = 1  # a", True),
        ("x = rf'{a}'", 'x = rf"{a}"', True),
        ("def f():\n  ''' A.\n  B '''", 'def f():\n    """A.\n    B"""', True),
        ("(a + b) * c", "a + b * c", False), ("x = 'a  b'", "x = 'a b'", False), ("x = 1  # a", "x = 1", False),
        ("x = 'a'", "x = b'a'", False), ("f(a, b)", "f((a, b))", False), ("x = r'\\n'", "x = '\\n'", False),
        ("if x:\n  a\nb", "if x:\n  a\n  b", False), ("x =", "x =", False),
    ],
)  # fmt: skip
def test_code_is_the_same_but_for_its_formatting(one: str, other: str, same: bool) -> None:
    assert same_code(one, other) == same
    assert same_code(other.replace("\n", "\r\n"), one) == same


@pytest.mark.slow
@pytest.mark.checkout
@pytest.mark.parametrize("how", ["ruff", "narrow", "crlf"])
@pytest.mark.parametrize(("name", "kind"), [("ultralytics-8.3.200", "package"), ("yolov5-7.0.14", "original")])
def test_a_real_checkout(fresh: Checkouts, tmp_path: Path, name: str, kind: str, how: str) -> None:
    root = fresh(name, kind)
    folder = "models" if kind == "original" else "ultralytics/nn"
    (tmp_path / "bare").mkdir()
    for path, content in contents(root / folder).items():
        (tmp_path / "bare" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bare" / path).write_bytes(content)
    for asked in ASKED[:2]:
        apply(root, asked)
    for each in (root / folder, tmp_path / "bare"):
        FORMATTERS[how](each)
    api.revert(root, everything=True)
    assert contents(root / folder) == contents(tmp_path / "bare")
