"""Make `old_checkouts/`: checkouts that an earlier yolo-patcher patched, and what it answered about them.

    python tests/revert/make_old_checkouts.py PYTHON COMMIT

PYTHON is that of an environment in which commit COMMIT of yolo-patcher is installed. The files in `old_checkouts/`
are of 154d9db. They must stay as they are: what users have on their disks does not change with the program either. A
later format gets archives of its own.

An archive holds a folder for each of `CASES` and `answers.json`: by case, what the commands printed, and the files
that each order of reverts left.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import tiny
from old_checkouts_read import FOLDER, listing
from synthetic import FORMS, write_checkout

# By layout of `synthetic` its form: ends of lines, indents and encodings differ.
LAYOUTS = {"ultralytics-list": "plain", "ultralytics-single": "tabs", "yolov5": "crlf", "yolov5-package": "latin-1"}
# The second and the third share the class of the first; the third asks for another width.
STACK = (("se",), ("se@backbone", "gam@neck:p4"), ("se@after:3", "sae", "--set", "se.reduction=8"))

# Ends as by SIGKILL once the journal and then so many files are in place; or a full disk at the next file, and the end
# on the way back.
_KILLED = """
import os, runpy, signal, sys

count, full = int(sys.argv.pop(1)), sys.argv.pop(1) == "full"
done, move = [], os.replace

def replace(source, target):
    if full and done and len(done) > count and not str(target).endswith("rollback.json"):
        raise OSError(28, "No space left on device", str(target))
    move(source, target)
    if done or str(target).endswith("journal.json"):
        done.append(target)
    if str(target).endswith("rollback.json") or (not full and len(done) > count):
        os.kill(os.getpid(), signal.SIGKILL)

os.replace = replace
runpy.run_module("yolo_patcher", run_name="__main__", alter_sys=True)
"""


def run(python: str, root: Path, command: str, *words: str, start: Sequence[str] = ()) -> CompletedProcess[str]:
    """Run a command on a checkout; `start` is how Python starts the program."""
    argv = [python, *(start or ("-m", "yolo_patcher")), command, *words, "--repo", str(root)]
    return subprocess.run(argv, cwd=root.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def apply(python: str, root: Path, *words: str) -> None:
    """Apply, and don't verify: the made-up modules can't run."""
    ended = run(python, root, "apply", *words, "--no-verify")
    assert ended.returncode == 0, ended.stderr


def kill(python: str, root: Path, count: int, how: str, command: str, *words: str) -> None:
    """Run a command that is interrupted in its commit."""
    ended = run(python, root, command, *words, start=("-c", _KILLED, str(count), how))
    assert ended.returncode == -9, ended.stderr
    assert (root / ".yolo-patcher" / ("rollback.json" if how == "full" else "journal.json")).exists()


def answer(python: str, root: Path, command: str, *words: str) -> dict[str, Any]:
    """Give the exit code of a command, and what it prints as JSON."""
    ended = run(python, root, command, *words, "--json")
    return {"code": ended.returncode, "document": json.loads(ended.stdout)}


def _stack(python: str, root: Path) -> None:
    for words in STACK:
        apply(python, root, *words)


def _edited(python: str, root: Path) -> None:
    """Edits of the base and of `parse_model`'s file, far from what was inserted."""
    _stack(python, root)
    for path in root.rglob("*"):
        if path.name in ("tasks.py", "yolo.py", "yolov8.yaml", "yolov5s.yaml"):
            newline = b"\r\n" if b"\r\n" in path.read_bytes() else b"\n"
            lines = path.read_bytes().split(newline)
            path.write_bytes(newline.join([*lines[:2], b"# mine", *lines[2:], b"# mine", b""]))


def _interrupted(command: str, count: int, how: str) -> Callable[[str, Path], None]:
    words = ["--all"] if command == "revert" else [*STACK[1], "--no-verify"]

    def case(python: str, root: Path) -> None:
        apply(python, root, *STACK[0])
        kill(python, root, count, how, command, *words)

    return case


def _forgotten(python: str, root: Path) -> None:
    _stack(python, root)
    shutil.rmtree(root / ".yolo-patcher")


def _exported(python: str, root: Path) -> None:
    _stack(python, root)
    assert answer(python, root, "status", "--export")["code"] == 0


CASES: dict[str, Callable[[str, Path], None]] = {
    "original": lambda python, root: None,
    "patched": lambda python, root: apply(python, root, *STACK[0]),
    "stacked": _stack,
    "edited": _edited,
    "forgotten": _forgotten,
    "exported": _exported,
    "apply-at-the-journal": _interrupted("apply", 0, "killed"),
    "apply-after-a-file": _interrupted("apply", 1, "killed"),
    "apply-on-its-way-back": _interrupted("apply", 1, "full"),
    "revert-at-the-journal": _interrupted("revert", 0, "killed"),
    "revert-after-a-file": _interrupted("revert", 1, "killed"),
    "revert-on-its-way-back": _interrupted("revert", 1, "full"),
}


def write_original(root: Path, layout: str) -> None:
    """Write a checkout with modes that a new file would not have."""
    write_checkout(root, layout, FORMS[LAYOUTS[layout]])
    for path in root.rglob("*.py"):
        path.chmod({"tasks.py": 0o755, "yolo.py": 0o755, "common.py": 0o600, "modules.py": 0o600}.get(path.name, 0o664))


def write_buildable(root: Path) -> None:
    """Write a checkout whose models can be built and run."""
    (root / "models").mkdir(parents=True)
    (root / "models/common.py").write_text(tiny.COMMON)
    branch = tiny.YOLO.index('        elif m.__name__ == "Gate"')
    (root / "models/yolo.py").write_text(tiny.YOLO[:branch] + tiny.YOLO[tiny.YOLO.index("        else:", branch) :])
    (root / "models/yolov5s.yaml").write_text(tiny.BASE.lstrip())


def answers(python: str, root: Path) -> dict[str, Any]:
    """Give what the commands answer on a case, and what they leave; the case itself stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)

        def again(name: str) -> Path:
            return Path(shutil.copytree(root, scratch / name))

        said: dict[str, Any] = {"status": answer(python, again("status"), "status")}
        said["after status"] = listing(scratch / "status")
        said["reapply"] = answer(python, again("reapply"), "reapply", "--no-verify")
        said["after reapply"] = listing(scratch / "reapply")
        said["dry run"] = answer(python, again("dry"), "revert", "--all", "--dry-run")
        ids = [patch["id"] for patch in said["status"]["document"]["patches"]]
        reverts: dict[str, Any] = {}
        orders = list(permutations(ids)) if root.name == "stacked" else dict.fromkeys([tuple(ids), tuple(ids[::-1])])
        for number, order in enumerate(orders):
            place = again(str(number))
            steps = [(answer(python, place, "revert", name), listing(place)) for name in order]
            reverts[" ".join(order)] = [
                {"code": answer["code"], "notes": answer["document"].get("notes"), "left": left}
                for answer, left in steps
            ]
        return {**said, "reverts": reverts}


def make(python: str, layout: str, commit: str) -> None:
    """Make the archive of a layout."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        said: dict[str, Any] = {"commit": commit, "layout": layout}
        for name, case in CASES.items():
            write_original(place / name, layout)
            case(python, place / name)
            said[name] = answers(python, place / name)
        _pack(place, layout, said)


def make_buildable(python: str, commit: str) -> None:
    """Make the archive of the checkout whose models can be verified."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("original", "verified"):
            write_buildable(place / name)
        for words in (("se",), ("sae@backbone", "se@neck")):
            ended = run(python, place / "verified", "apply", *words)
            assert ended.returncode == 0, ended.stderr
        said = answers(python, place / "verified")
        said["verify"] = answer(python, place / "verified", "verify")
        said = {"commit": commit, "verified": said}
        _pack(place, "buildable", said)


def _pack(place: Path, name: str, said: dict[str, Any]) -> None:
    (place / "answers.json").write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    FOLDER.mkdir(exist_ok=True)
    with tarfile.open(FOLDER / f"{name}.tar.xz", "w:xz", preset=9) as archive:
        for path in sorted(place.iterdir()):
            archive.add(path, path.name, filter=plain)


def main(python: str, commit: str) -> None:
    """Make all of them."""
    os.umask(0o022)
    for layout in LAYOUTS:
        make(python, layout, commit)
    make_buildable(python, commit)


if __name__ == "__main__":
    main(*sys.argv[1:])
