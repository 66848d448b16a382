"""Whatever a file's newlines, encoding and white space: what is not edited stays, byte for byte, or it is refused."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from byte_checks import (
    CHAINS,
    RECIPES,
    SUPPLIERS,
    check_changes,
    check_not_planned,
    check_roundtrip,
    git_apply,
    positions,
    written,
)
from byte_forms import FORMS, ByteForm, Write, ending, ends
from conftest import Checkouts
from hypothesis import given
from hypothesis import strategies as st
from synthetic import BOM, LAYOUTS, after, contents, plan, python_source, revert, write_checkout

from yolo_patcher.checkout.text import insert_at
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.lists import add_to_all, add_to_import


@pytest.mark.quick(layout=("yolov5-list", "ultralytics-tuple"), form=(FORMS["mixed"], FORMS["gbk-crlf"]))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_synthetic_checkouts(tmp_path: Path, layout: str, form: ByteForm) -> None:
    root = written(tmp_path, layout, form)
    if layout in ("yolov5-list", "ultralytics-list"):
        check_roundtrip(root, layout)
    else:
        check_changes(contents(root), plan(root, *RECIPES, positions=positions(layout)))


REAL = (
    "mixed",
    "bom",
    "gbk-crlf",
    "latin-1",
    "separators",
    "docstrings-mixed",
    "form-feeds-and-white-space",
    "no-final-newline",
    "tabs",
)


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize(("name", "layout"), [("ultralytics-8.4.190", "package"), ("yolov5-7.0.14", "original")])
def test_real_checkouts(fresh: Checkouts, name: str, layout: str) -> None:
    root = fresh(name, layout)
    base = plan(root, *RECIPES, positions=positions(name))
    paths = [base.patch.base, *(change.path for change in base.changes if change.before is not None)]
    original = {path: (root / path).read_bytes() for path in paths}
    for form in REAL:
        for path, content in original.items():
            # Real files hold characters that some encodings lack.
            (root / path).write_bytes(content.decode().encode("ascii", "replace"))
            FORMS[form].write(root, path)
        check_roundtrip_in_place(root, name)


def check_roundtrip_in_place(root: Path, name: str) -> None:
    planned = check_roundtrip(root, name)
    for change in planned.changes:
        if change.before is None:
            (root / change.path).unlink()
        else:
            (root / change.path).write_bytes(change.before)
    revert(root, everything=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "layout"), [("mixed", "yolov5"), ("gbk-crlf", "ultralytics-list"), ("separators", "ultralytics-single")]
)
def test_the_command_prints_what_git_applies(tmp_path: Path, layout: str, form: str) -> None:
    root = written(tmp_path, layout, FORMS[form])
    command = [sys.executable, "-m", "yolo_patcher", "apply", "se", "--repo", str(root), "--dry-run", "--no-verify"]
    ended = subprocess.run(command, capture_output=True, timeout=600, check=True)
    expected = after(root, plan(root, "se"))
    git_apply(root, ended.stdout)
    assert contents(root) == expected


NEWLINE = re.compile("\r\n|\r|\n")
STATEMENT = "the statement can't be written back exactly: "
PARSE = "the file does not parse as Python"


def around(old: str, new: str) -> Write:
    def write(text: str) -> bytes:
        assert old in text
        return text.replace(old, new, 1).encode()

    return write


@pytest.mark.parametrize("layout", CHAINS)
@pytest.mark.parametrize(
    ("write", "message", "help"),
    [
        (ends("\r"), f"{STATEMENT}the lines end with carriage returns alone", "Convert the line ends"),
        (around("        elif m ", "\x0c        elif m "), f"{STATEMENT}a form feed stands", "on a line of its own"),
        (around("            c2 = sum", "\t        c2 = sum"), "the statement is not understood", "one kind of indent"),
        (around("        elif m ", "\xa0       elif m "), PARSE, "repair the line"),
        (ending("\nx = 1 \\"), PARSE, "repair the line"),
        (ending("\n\x1a"), PARSE, "repair the line"),
        (ending("\nprint 'x'\n"), PARSE, "repair the line"),
        (lambda text: text.replace("# these", "# ces mêmes").encode("latin-1"), "not valid utf-8", "convert the file"),
        (lambda text: b"# coding: gbk\n" + text.encode() + b"# \xff\n", "not valid gbk", "convert the file"),
        (lambda text: b"# coding: rot13\n" + text.encode(), "is no encoding of text", "Name the file's encoding"),
        (lambda text: b"# coding: chinese2\n" + text.encode(), "encoding can't be told", "Name the file's encoding"),
        (lambda text: BOM + b"# coding: gbk\n" + text.encode(), "encoding can't be told", "Name the file's encoding"),
    ],
)
def test_refused_files_of_parse_model(tmp_path: Path, layout: str, write: Write, message: str, help: str) -> None:
    root = written(
        tmp_path, "ultralytics-list" if layout == "ultralytics" else layout, ByteForm(write), [CHAINS[layout]]
    )
    check_not_planned(root, "checkout", message, help, CHAINS[layout])


@pytest.mark.parametrize("layout", SUPPLIERS)
@pytest.mark.parametrize(
    ("write", "message", "line"),
    [
        (lambda text: text.encode("utf-16"), "the file is UTF-16", True),
        (lambda text: text.encode("utf-16-be"), PARSE, False),
        (ending("\n# \0\n"), PARSE, False),
        (ending("\nx = 1 \\"), PARSE, True),
        (lambda text: text.encode() + b"\n# \xe9\n", "not valid utf-8", True),
    ],
)
def test_refused_suppliers(tmp_path: Path, layout: str, write: Write, message: str, line: bool) -> None:
    root = written(
        tmp_path, "ultralytics-list" if layout == "ultralytics" else layout, ByteForm(write), [SUPPLIERS[layout]]
    )
    check_not_planned(root, "checkout", message, "", SUPPLIERS[layout], line)


def test_a_refusal_names_the_line(tmp_path: Path) -> None:
    root = written(tmp_path, "yolov5", FORMS["crlf"])
    path = root / CHAINS["yolov5"]
    original = path.read_bytes()
    for content, what in (
        (original.replace(b"        elif m is nn", b"\x0c        elif m is nn"), b"\x0c"),
        (original + b"x = 'a\xff'\r\n", b"\xff"),
        (original + b"x = (\r\ny z\r\n", b"(\r\ny"),
    ):
        path.write_bytes(content)
        error = check_not_planned(root, "checkout", "", "", CHAINS["yolov5"])
        assert error.line == content[: content.index(what)].count(b"\n") + 1


@pytest.mark.parametrize("layout", ["ultralytics-list", "ultralytics-tuple"])
@pytest.mark.parametrize(
    ("form", "indent", "newline"),
    [
        ("crlf", b"    ", {b"\r\n"}),
        ("tabs", b"\t", {b"\n"}),
        ("tabs-crlf", b"\t", {b"\r\n"}),
        ("two-spaces", b"  ", {b"\n"}),
        ("gbk-crlf", b"    ", {b"\r\n"}),
    ],
)
def test_a_file_of_its_own_looks_like_its_neighbours(
    tmp_path: Path, layout: str, form: str, indent: bytes, newline: set[bytes]
) -> None:
    # The package's __init__.py has no indented line in one layout, and shows no style at all when it is this short.
    root = written(tmp_path, layout, FORMS[form])
    created = after(root, plan(root, "se"))["ultralytics/nn/modules/se.py"]
    assert set(re.findall(rb"\r\n|\r|\n", created)) == newline
    assert re.search(rb"\n" + indent + rb"def forward", created)
    assert re.search(rb"\n" + indent * 2 + rb"super\(\)", created)


def test_a_neighbour_that_can_not_be_read_does_not_matter(tmp_path: Path) -> None:
    root = written(tmp_path, "ultralytics-list", FORMS["tabs"])
    (root / "ultralytics/nn/modules/conv.py").write_bytes("import torch\n".encode("utf-16"))
    assert b"\n\tdef forward" in after(root, plan(root, "se"))["ultralytics/nn/modules/se.py"]


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("x = 1\r\ny = 2\r\nz = 3\n", "\r\n\r\n"),
        ("x = 1\r\ny = 2\r\nz = 3\n\n\n", ""),
        ("x = 1\ny = 2\n\r\n\r\n", ""),
        ("x = 1\ny = 2", "\n\n\n"),
        ("x = 1\ny = 2\r", "\r\r"),
        ("x = 1\ny = 2\n\n\n\n\n", ""),
        ("x = 1\n    ", "\n\n\n"),
    ],
)
def test_two_empty_lines_before_an_appended_class(tmp_path: Path, text: str, gap: str) -> None:
    write_checkout(tmp_path, "yolov5")
    path = tmp_path / SUPPLIERS["yolov5"]
    commonest = "\r\n" if "1\r\n" in text else "\n"
    path.write_bytes(path.read_bytes().replace(b"\n", commonest.encode()) + text.encode())
    before = path.read_bytes()
    found = after(tmp_path, plan(tmp_path, "se"))[SUPPLIERS["yolov5"]]
    assert found.startswith(before + gap.encode() + b"# yolo-patcher")


@pytest.mark.parametrize("opening", ["from a import (", "__all__ = [", "__all__ = (", "__all__ = (("])
@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("\n  'A',  # a\n  'B',  # b\n", "\n  'A',  # a\n  'B',  # b\n  'SE',\n  'GAM',\n"),
        ("\n  'A',  # a\n  'B'  # b\n", "\n  'A',  # a\n  'B',  # b\n  'SE',\n  'GAM'\n"),
        ("\n  'A',\n  'B', \t\n", "\n  'A',\n  'B', \t\n  'SE',\n  'GAM',\n"),
        ("\n  'A',\n  'B',  # b\n  # end\n", "\n  'A',\n  'B',  # b\n  'SE',\n  'GAM',\n  # end\n"),
        ("\n  'A',\r\n  'B',\n", "\n  'A',\r\n  'B',\n  'SE',\r\n  'GAM',\n"),
        ("\n  'A',\n  'B'", "\n  'A',\n  'B',\n  'SE',\n  'GAM'"),
        ("\n  'A', 'B',  # ab\n", "\n  'A', 'B', 'SE', 'GAM',  # ab\n"),
        ("'A',  # a\n", "'A', 'SE', 'GAM',  # a\n"),
    ],
)
def test_what_stands_behind_the_last_name_stays_behind_it(opening: str, before: str, found: str) -> None:
    exported = not opening.startswith("from")
    closing = "]" if "[" in opening else ")" * opening.count("(")
    text, expected = (
        f"{opening}{part if exported else part.replace(chr(39), '')}{closing}\n" for part in (before, found)
    )
    (node,) = ast.parse(text).body
    source = python_source(text)
    add: Any = add_to_all if exported else add_to_import
    assert insert_at(text, add(source, node, ["SE", "GAM"])) == expected


SPACES = st.sampled_from(["", " ", "\t", "  # a", "  # b \x85\u2028\x0b", "\x0c", " \\"])
BREAKS = st.sampled_from(["", "\n", "\r\n", "\r", "\n\n", "\n# c\n", "\n    ", "\r\n\t", "\n\x0c "])
NAMES = st.sampled_from(["A", "B as b", "C"])


@given(st.lists(st.tuples(BREAKS, NAMES, SPACES, SPACES), min_size=1, max_size=4), BREAKS, st.booleans(), st.booleans())
def test_any_list_of_names(parts: list[tuple[str, str, str, str]], end: str, comma: bool, exported: bool) -> None:
    items = [f"{lead}{repr(name) if exported else name}{white}" for lead, name, white, _ in parts]
    joined = "".join(f"{item},{part[3]}" for item, part in zip(items[:-1], parts, strict=False)) + items[-1]
    text = (
        f"{'__all__ = [' if exported else 'from a import ('}{joined}{',' if comma else ''}{end}{'])'[not exported]}\n"
    )
    try:
        (node,) = ast.parse(text).body
    except SyntaxError:
        return
    source = python_source(text)
    add: Any = add_to_all if exported else add_to_import
    try:
        edits = add(source, node, ["SE", "GAM"])
    except PatcherError:
        return
    found = insert_at(text, edits)
    assert names_in(found) == [*names_in(text), "SE", "GAM"]
    # Nothing is taken away: the old text is what is left when some of the new one is left out.
    rest = iter(found)
    assert all(character in rest for character in text)
    assert re.findall(r"#[^\r\n]*", text) == re.findall(r"#[^\r\n]*", found)
    assert set(NEWLINE.findall(found)) <= set(NEWLINE.findall(text))


def names_in(text: str) -> list[str]:
    (node,) = ast.parse(text).body
    if isinstance(node, ast.ImportFrom):
        return [alias.name for alias in node.names]
    return [str(element.value).split()[0] for element in ast.walk(node) if isinstance(element, ast.Constant)]
