from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from synthetic import FORMS, LAYOUTS, after, apply, contents, plan, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.commit.diff import LineMatcher, count_lines, unified_diff
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.revert.revert import plan_revert


def check_applies(root: Path, changes: tuple[FileChange, ...], expected: dict[str, bytes]) -> None:
    """Check that git makes exactly the planned bytes of the diff."""
    diff = unified_diff(changes).encode("utf-8", "surrogateescape")
    git(root, "init", "--quiet")
    git(root, "apply", "--check", "--whitespace=nowarn", diff=diff)
    git(root, "apply", "--whitespace=nowarn", diff=diff)
    found = {path: content for path, content in contents(root).items() if not path.startswith(".git/")}
    assert found == expected


def git(root: Path, *arguments: str, diff: bytes = b"") -> None:
    # Nothing of the machine's own configuration may convert newlines.
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "-C", str(root), *arguments]
    ended = subprocess.run(command, input=diff, capture_output=True, timeout=600)
    assert ended.returncode == 0, ended.stderr.decode() + diff.decode("utf-8", "replace")


@pytest.mark.parametrize("layout", ["yolov5", "ultralytics-tuple"])
@pytest.mark.parametrize(
    "form", ["plain", "bom-crlf-cookie", "crlf-no-final-newline", "no-final-newline", "latin-1", "gbk-crlf-tabs"]
)
def test_git_apply(tmp_path: Path, layout: str, form: str) -> None:
    planned = plan(write_checkout(tmp_path, layout, FORMS[form]))
    check_applies(tmp_path, planned.changes, after(tmp_path, planned))


@pytest.mark.parametrize("layout", [LAYOUTS[1], LAYOUTS[4]])
def test_git_apply_of_a_revert(tmp_path: Path, layout: str) -> None:
    before = contents(write_checkout(tmp_path, layout))
    apply(tmp_path)
    planned = plan_revert(open_checkout(tmp_path).snapshot, [], False)
    assert "delete" in {one.action for one in planned.changes}
    check_applies(tmp_path, planned.changes, before)


@pytest.mark.parametrize(
    ("before", "new"),
    [
        (None, b""),
        (b"", None),
        (None, b"a"),
        (b"a\nb", None),
        (b"", b"a\n"),
        (b"a\n", b""),
        (b"a", b"a\n"),
        (b"a\n", b"a"),
        (b"a\n" * 20, b"a\n" * 10 + b"b\n" + b"a\n" * 10),
        (b"a\r\nb\r\n", b"a\nb\r\n"),
        (b"\xff\n\x0c\x85\n", b"\xff\n\x0c\x85\n\xfe"),
        ("1\u20282\n".encode(), "1\u20282\u20283\n".encode()),
    ],
)
def test_edges(tmp_path: Path, before: bytes | None, new: bytes | None) -> None:
    if before is not None:
        (tmp_path / "f").write_bytes(before)
    check_applies(tmp_path, (FileChange("f", before, new),), {} if new is None else {"f": new})


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xe9\n", b"-- x\n", b"+++\n"]), max_size=12)
CONTENT = st.builds(lambda lines, last: b"".join(lines) + last, LINES, st.sampled_from([b"", b"end", b"\xff"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=CONTENT, new=CONTENT)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, before: bytes, new: bytes) -> None:
    assume(before != new)
    root = tmp_path_factory.mktemp("diff")
    (root / "f").write_bytes(before)
    check_applies(root, (FileChange("f", before, new),), {"f": new})


@pytest.mark.parametrize(
    ("before", "new", "counts"),
    [
        (None, b"a\nb\n", (2, 0)),
        (b"a\nb\n", None, (0, 2)),
        (b"a\nb\nc\n", b"a\nx\ny\nc\n", (2, 1)),
        (b"-\n+\n", b"-\n+\n+\n-", (2, 0)),
        (b"a", b"a\n", (1, 1)),
        (b"a\n", b"a\n", (0, 0)),
    ],
)
def test_count_lines(before: bytes | None, new: bytes | None, counts: tuple[int, int]) -> None:
    assert count_lines(FileChange("f", before, new)) == counts


def test_no_changes_no_diff() -> None:
    assert unified_diff(()) == ""


@given(st.data())
@settings(suppress_health_check=[HealthCheck.large_base_example, HealthCheck.data_too_large])
def test_lines_are_matched_as_difflib_does(data: st.DataObject) -> None:
    length, kinds = data.draw(st.integers(101, 250)), data.draw(st.integers(1, 300))
    random = data.draw(st.randoms(use_true_random=False))
    old = [f"{random.randrange(kinds)}\n" for _ in range(length)]
    new = list(old)
    for _ in range(data.draw(st.integers(1, 8))):
        first, last = sorted(random.choices(range(len(new) + 1), k=2))
        part, place = new[first:last], random.randrange(len(new) + 1)
        new[first : min(last, first + random.randrange(20))] = []
        new[place:place] = random.choice((part, [], ["new\n"], part[::-1], ["\n"] * 3))
    assert LineMatcher(old, new).get_opcodes() == difflib.SequenceMatcher(None, old, new, False).get_opcodes()
