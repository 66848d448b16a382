"""What must hold between the bytes of a checkout before and after a patch."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from byte_forms import ByteForm
from refusing import check_refused
from synthetic import BOM, after, apply, contents, plan, revert, write_checkout

from yolo_patcher.commit.diff import unified_diff
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.plan import Plan

RECIPES = ("se", "gam")
SUPPLIERS = {"yolov5": "models/common.py", "ultralytics": "ultralytics/nn/modules/__init__.py"}
CHAINS = {"yolov5": "models/yolo.py", "ultralytics": "ultralytics/nn/tasks.py"}
NEWLINES = (b"\n", b"\r\n", b"\r")

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_NUMBER = re.compile(rb"-?\d+")

Same = Callable[[bytes, bytes], bool]


def positions(layout: str) -> list[str]:
    return ["head", "backbone", "after:C3[0]" if layout.startswith("yolov5") else "after:C2f[0]"]


def check_kept(before: bytes, found: bytes, same: Same) -> list[bytes]:
    """Check that a file's lines are all there with their newlines, in their order; give the new ones."""
    assert found.startswith(BOM) == before.startswith(BOM)
    old, new = (_LINE.findall(content.removeprefix(BOM)) for content in (before, found))
    added = []
    position = 0
    for line in new:
        last = position == len(old) - 1 and not old[position].endswith(b"\n")
        if position < len(old) and (same(old[position], line) or (last and line.startswith(old[position]))):
            position += 1
        else:
            added.append(line)
    assert position == len(old), f"lost or changed: {old[position]!r}"
    return added


def same_but_numbers(old: bytes, new: bytes) -> bool:
    return _NUMBER.sub(b"0", old) == _NUMBER.sub(b"0", new)


def same_or_longer(times: int) -> Same:
    """Let some lines, the ends of lists of names, have something in them that they had not."""
    left = [times]

    def same(old: bytes, new: bytes) -> bool:
        if old == new:
            return True
        more = len(new) - len(old)
        at_end = len(old.rstrip(b"\r\n"))
        found = more > 0 and any(old[:cut] + new[cut : cut + more] + old[cut:] == new for cut in range(1, at_end + 1))
        if not found or not left[0]:
            return False
        left[0] -= 1
        return True

    return same


def check_newlines(before: bytes, found: bytes) -> None:
    """Check that new lines end as most lines do, or as the lines beside them."""
    old, new = _NEWLINE.findall(before), _NEWLINE.findall(found)
    assert set(new) <= (set(old) or {b"\n"})
    commonest = max(NEWLINES, key=old.count)
    kinds = {kind for kind in NEWLINES if new.count(kind) != old.count(kind)}
    # A name on a line of its own ends as the name above it, and the gap below a file's last line as that line.
    beside = re.search(rb'\n[ \t]*"?(SE|GAM)"?,?\s', found) or before.endswith(b"\r")
    assert kinds <= {commonest} or beside


def check_changes(before: dict[str, bytes], planned: Plan) -> None:
    for change in planned.changes:
        assert change.after is not None
        if change.path == planned.patch.model:
            base = before[planned.patch.base]
            added = check_kept(base, change.after, same_but_numbers)
            assert sum(b"SE," in line or b"GAM," in line for line in added) == len(planned.patch.rows)
            check_newlines(base, change.after)
        else:
            compile(change.after, change.path, "exec")
            if change.before is not None:
                check_kept(change.before, change.after, same_or_longer(2))
                check_newlines(change.before, change.after)


def git_apply(root: Path, diff: bytes) -> None:
    command = ["git", "-c", "core.autocrlf=false", "-C", str(root), "apply", "--whitespace=nowarn"]
    ended = subprocess.run(command, input=diff, capture_output=True, timeout=600)
    assert ended.returncode == 0, ended.stderr.decode()


def check_roundtrip(root: Path, layout: str, recipes: Sequence[str] = RECIPES) -> Plan:
    """Check what `apply` plans, writes and takes back, and that git makes the same of the diff."""
    before = contents(root)
    planned = plan(root, *recipes, positions=positions(layout))
    check_changes(before, planned)
    expected = after(root, planned)
    apply(root, *recipes, positions=positions(layout))
    assert contents(root) == expected
    revert(root, everything=True)
    assert contents(root) == before
    git_apply(root, unified_diff(planned.changes).encode("utf-8", "surrogateescape"))
    assert contents(root) == expected
    return planned


def written(root: Path, layout: str, form: ByteForm, paths: Sequence[str] = ()) -> Path:
    """Write a synthetic checkout, with all its files or some in a form."""
    write_checkout(root, layout)
    for path in paths or [path for path in contents(root) if path.endswith((".py", ".yaml"))]:
        form.write(root, path)
    return root


def check_not_planned(root: Path, kind: str, message: str, help: str, path: str, line: bool = True) -> PatcherError:
    model = path if path.endswith(".yaml") else None
    error = check_refused(lambda: plan(root, *RECIPES, model=model), kind, message, help=help, path=path, root=root)
    assert error.code == 5
    assert error.help
    assert (error.line is not None) == line
    return error
