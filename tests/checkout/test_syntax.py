"""Checkouts in the syntax of every Python from 3.8: kept where the running Python reads it, else refused by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from byte_checks import CHAINS, SUPPLIERS, check_not_planned, check_roundtrip
from synthetic import contents, plan, write_checkout

LAYOUTS = {"yolov5": "yolov5-list", "ultralytics": "ultralytics-list"}
HERE = f"Python {sys.version_info.major}.{sys.version_info.minor}"

SYNTAX = {
    "assignment expression": ((3, 8), "if (n := 10) > 5:\n    pass\n"),
    "positional-only parameters": ((3, 8), "def f(a, /, b, *, c):\n    return f'{a=}'\n"),
    "any decorator": ((3, 9), "@(lambda f: f)\ndef f():\n    pass\n"),
    "parentheses around context managers": ((3, 10), "def f():\n    with (a() as b, c() as d,):\n        pass\n"),
    "match": ((3, 10), "match 1:\n    case {'a': [1, *_], **rest} if rest:\n        pass\n    case _:\n        pass\n"),
    "except*": ((3, 11), "try:\n    pass\nexcept* ValueError:\n    pass\n"),
    "type parameters": ((3, 12), "def f[T: (int, str)](x: T) -> T:\n    return x\n"),
    "type statement": ((3, 12), "type X[T] = list[T]\n"),
    "generic class": ((3, 12), "class A[**P, *Ts]:\n    pass\n"),
    "quotes inside f-strings": ((3, 12), 'x = f"{\'a\' + "b"}"\n'),
    "backslashes inside f-strings": ((3, 12), "x = f\"{'\\n'.join([])}\"\n"),
    "defaults of type parameters": ((3, 13), "class A[T = int]:\n    pass\n"),
    "template strings": ((3, 14), "x = t'{1 + 1} b'\n"),
    "except without parentheses": ((3, 14), "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n"),
}

OLD = {
    "print statement": "print 'x'\n",
    "exec statement": "exec 'x'\n",
    "backticks": "x = `1`\n",
    "octal": "x = 0777\n",
    "raise": "raise ValueError, 'x'\n",
}


def put(root: Path, layout: str, path: str, text: str) -> int:
    """Write a checkout in which one file ends with a text; give the text's first line."""
    write_checkout(root, LAYOUTS[layout])
    file = root / path
    before = file.read_text("utf-8")
    file.write_text(f"{before}\n{text}", "utf-8")
    return before.count("\n") + 2


def check(root: Path, layout: str, path: str, text: str, since: tuple[int, int]) -> None:
    first = put(root, layout, path, text)
    if sys.version_info >= since:
        check_roundtrip(root, layout, ["se"])
        assert text.encode() in contents(root)[path]
        return
    error = check_not_planned(root, "checkout", f"does not parse as {HERE}, which runs yolo-patcher", "newer", path)
    assert f"newer than {HERE}, run yolo-patcher with a newer Python" in error.help
    assert error.line in range(first, first + text.count("\n"))


@pytest.mark.quick(text=(SYNTAX["match"][1], SYNTAX["type statement"][1]))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("since", "text"), SYNTAX.values(), ids=SYNTAX)
def test_beside_parse_model(tmp_path: Path, layout: str, since: tuple[int, int], text: str) -> None:
    check(tmp_path, layout, CHAINS[layout], text, since)


@pytest.mark.quick(text=(SYNTAX["match"][1],))
@pytest.mark.parametrize("layout", SUPPLIERS)
@pytest.mark.parametrize(("since", "text"), SYNTAX.values(), ids=SYNTAX)
def test_beside_the_modules(tmp_path: Path, layout: str, since: tuple[int, int], text: str) -> None:
    check(tmp_path, layout, SUPPLIERS[layout], text, since)


@pytest.mark.quick(text=(SYNTAX["match"][1], SYNTAX["type statement"][1]))
@pytest.mark.parametrize(("since", "text"), SYNTAX.values(), ids=SYNTAX)
def test_inside_parse_model(tmp_path: Path, since: tuple[int, int], text: str) -> None:
    write_checkout(tmp_path, "yolov5-list")
    path = tmp_path / CHAINS["yolov5"]
    inside = "".join(f"            {line}\n" for line in text.splitlines())
    before = path.read_text("utf-8")
    branch = "        elif m is Concat:\n"
    path.write_text(before.replace(branch, branch + inside), "utf-8")
    if sys.version_info >= since:
        check_roundtrip(tmp_path, "yolov5-list", ["se"])
        assert inside.encode() in contents(tmp_path)[CHAINS["yolov5"]]
    else:
        check_not_planned(tmp_path, "checkout", f"does not parse as {HERE}", "newer Python", CHAINS["yolov5"])


@pytest.mark.quick(text=(SYNTAX["match"][1],))
@pytest.mark.parametrize(("since", "text"), SYNTAX.values(), ids=SYNTAX)
def test_in_a_file_that_is_not_read(tmp_path: Path, since: tuple[int, int], text: str) -> None:
    put(tmp_path, "ultralytics", "ultralytics/nn/modules/block.py", text)
    check_roundtrip(tmp_path, "ultralytics", ["se"])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", OLD.values(), ids=OLD)
def test_python_2_is_refused(tmp_path: Path, layout: str, text: str) -> None:
    first = put(tmp_path, layout, CHAINS[layout], text)
    error = check_not_planned(tmp_path, "checkout", f"does not parse as {HERE}", "else repair the line", CHAINS[layout])
    assert error.line == first


def test_a_later_python_warns_of_nothing(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    put(tmp_path, "yolov5", CHAINS["yolov5"], "x = '\\d'\n")
    plan(tmp_path, "se")
    assert not recwarn.list
