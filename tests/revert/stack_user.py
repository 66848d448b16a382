"""A checkout in git, and what a user does to it, as the rules of a state machine."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from stack_edits import added, borders, lines, mended, swapped
from stack_model import ORIGINAL, Learner, Model, Piece, Pieces, damaged, joined, without
from synthetic import FORMS, tree, write_checkout

# How often what happened; for whoever runs more examples.
SEEN: Counter[str] = Counter()

OWN = ".yolo-patcher"
PATCHED = ("tasks.py", "nn/modules/__init__.py", "nn/modules.py", "yolo.py", "common.py")
# Lines that the user may edit, or delete, without making something else of the checkout.
HARMLESS = re.compile(rb"\s+(self\.kind|super\(\)|made\.append|ch\.append|return made|row = |c2 = sum|args = \[c1).*")
NEEDLESS = re.compile(rb"\s+self\.kind.*|\s*|\s*# (?!.*coding).*")
INDEX = st.integers(0, 10_000)


def git(root: Path, *argv: str, given: bytes | None = None) -> None:
    quiet = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.autocrlf=false", "-c", "gc.auto=0")
    subprocess.run(["git", *quiet, *argv], cwd=root, input=given, check=True, capture_output=True)


class UserMachine(RuleBasedStateMachine):
    """A user and a checkout in git; `model` says what must be there."""

    layout = "ultralytics-list"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "checkout"
        self.model = Model({})
        self.learner = Learner()
        self.modes: dict[str, int] = {}
        self.head: dict[str, Pieces] = {}
        self.stashed: tuple[dict[str, Pieces], set[int]] | None = None
        self.marks = 0
        self.random = random.Random(0)

    @initialize(form=st.sampled_from(sorted(FORMS)), seed=INDEX)
    def begin(self, form: str, seed: int) -> None:
        self.random = random.Random(seed)
        write_checkout(self.root, self.layout, FORMS[form])
        for number, path in enumerate(sorted(self.root.rglob("*.py"))):
            path.chmod((0o755, 0o644)[number % 2])
        files = tree(self.root)
        self.modes = {path: mode for path, (mode, _) in files.items()}
        self.model = Model({path: (Piece(content, ORIGINAL),) for path, (_, content) in files.items()})
        self.head = dict(self.model.files)
        git(self.root, "init", "-q", ".")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "begin")
        self.started()

    def started(self) -> None:
        """Begin with more than the bare checkout."""

    def tree(self, *, with_state: bool = False) -> dict[str, tuple[int, bytes]]:
        """Give every file but git's, and what always stays in the tool's own folder."""
        found = {}
        for directory, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name != ".git" and (with_state or name != OWN)]
            for name in names:
                path = Path(directory, name)
                if path.parent.name != OWN or name not in ("lock", ".gitignore"):
                    found[str(path.relative_to(self.root))] = (path.stat().st_mode & 0o7777, path.read_bytes())
        return found

    def files(self) -> dict[str, bytes]:
        return {path: content for path, (_, content) in self.tree().items()}

    def state(self) -> dict[str, Any]:
        place = self.root / OWN / "state.json"
        return dict(json.loads(place.read_bytes())) if place.exists() else {"patches": [], "steps": []}

    def ids(self) -> list[str]:
        return [one["id"] for one in self.state()["patches"]]

    def blob(self, name: str | None) -> bytes | None:
        return None if name is None else (self.root / OWN / "blobs" / name).read_bytes()

    def write(self, path: str, pieces: Pieces | None) -> None:
        self.model = self.model.with_file(path, pieces)
        if pieces is None:
            (self.root / path).unlink()
        else:
            (self.root / path).write_bytes(joined(pieces))

    def pick(self, index: int) -> tuple[str, Pieces]:
        """Give one of the files that patches change or make."""
        made = {path for step in self.model.steps for path in step.files}
        paths = sorted(path for path in self.model.files if path in made or path.endswith(PATCHED))
        return paths[index % len(paths)], self.model.files[paths[index % len(paths)]]

    def mark(self) -> bytes:
        self.marks += 1
        return b"# user %d" % self.marks

    @rule(file=INDEX, where=st.sampled_from(("far", "near", "near", "near", "inside")), index=INDEX)
    def add_a_line(self, file: int, where: str, index: int) -> None:
        path, pieces = self.pick(file)
        places = [offset for offset, kind in borders(pieces) if kind == where]
        if not places:
            return
        text, offset = joined(pieces), places[index % len(places)]
        newline = b"\r\n" if b"\r\n" in text else b"\n"
        hangs = offset == len(text) and not text.endswith(b"\n")
        self.write(path, added(pieces, offset, newline + self.mark() if hangs else self.mark() + newline))
        note(f"{self.marks} {where} in {path}")
        SEEN[f"edit {where}"] += 1

    @rule(file=INDEX, index=INDEX, how=st.sampled_from(("edit", "delete", "comment", "import")))
    def edit_a_line(self, file: int, index: int, how: str) -> None:
        path, pieces = self.pick(file)
        wanted = {"edit": HARMLESS, "delete": NEEDLESS, "comment": HARMLESS, "import": re.compile(rb"from.*\(.*\).*")}
        found = [one for one in lines(pieces) if wanted[how].fullmatch(one[2]) and (one[3] or how == "import")]
        if not found or not path.endswith(".py"):
            return
        begin, end, text, _ = found[index % len(found)]
        if how == "import" and index % 2:
            at = begin + text.index(b"(") + 1
            self.write(path, added(pieces, at, b"Conv as User%d, " % index))
        elif how in ("import", "comment"):
            self.write(path, added(pieces, begin + len(text), b"  " + self.mark()))
        elif how == "edit":
            self.write(path, swapped(pieces, begin, begin + len(text), text + b"  " + self.mark()))
        else:
            self.write(path, swapped(pieces, begin, end, b""))
        note(f"{how} {text!r} in {path}")
        SEEN[f"line {how}"] += 1

    @rule(index=INDEX)
    def take_out_an_insertion(self, index: int) -> None:
        found = [
            (path, number)
            for step in self.model.steps
            for path in step.files
            for number in step.runs
            if any(one.tag == number for one in self.model.files.get(path, ()))
        ]
        if not found:
            return
        path, number = found[index % len(found)]
        is_created = len(self.model.files[path]) == 1
        if not is_created and damaged(self.model.files[path], {number: self.model.runs[number]}):
            return
        self.write(path, None if is_created else without(self.model.files[path], [number]))
        note(f"took {self.model.runs[number]!r} out of {path}")
        SEEN["taken out"] += 1

    @rule(file=INDEX)
    def undo_edits_inside(self, file: int) -> None:
        self.mend(self.pick(file)[0])

    def mend(self, path: str) -> None:
        """Undo the user's edits of an insertion, or of a file that a patch made."""
        pieces = self.model.files[path]
        for step in self.model.steps:
            if path in step.files and step.files[path][0] is None:
                pieces = step.files[path][1]
        if mended(pieces) != self.model.files[path]:
            self.write(path, mended(pieces))

    def may_restore(self) -> bool:
        """Tell whether what git has holds no insertion of a patch that is gone."""
        return {piece.tag for pieces in self.head.values() for piece in pieces if piece.tag > 0} <= set(self.model.runs)

    def is_dirty(self) -> bool:
        return any(joined(self.model.files[path]) != joined(pieces) for path, pieces in self.head.items())

    @precondition(lambda self: self.is_dirty())
    @rule()
    def git_commit(self) -> None:
        git(self.root, "commit", "-q", "-a", "-m", "more", "--allow-empty")
        self.head = {path: self.model.files[path] for path in self.head}
        self.stashed = None
        git(self.root, "stash", "clear")
        SEEN["git commit"] += 1
        note("git commit")

    @precondition(lambda self: self.stashed is None and self.is_dirty() and self.may_restore())
    @rule()
    def git_stash(self) -> None:
        git(self.root, "stash", "-q")
        self.stashed = {path: self.model.files[path] for path in self.head}, set(self.model.runs)
        for path, pieces in self.head.items():
            self.model = self.model.with_file(path, pieces)
        SEEN["git stash"] += 1
        note("git stash")

    @precondition(lambda self: self.stashed and not self.is_dirty() and self.stashed[1] <= set(self.model.runs))
    @rule()
    def git_stash_pop(self) -> None:
        assert self.stashed is not None
        git(self.root, "stash", "pop", "-q")
        for path, pieces in self.stashed[0].items():
            self.model = self.model.with_file(path, pieces)
        self.stashed = None
        SEEN["git stash pop"] += 1
        note("git stash pop")

    @precondition(lambda self: self.may_restore())
    @rule(file=INDEX)
    def git_checkout(self, file: int) -> None:
        path = self.pick(file)[0]
        if path in self.head:
            git(self.root, "checkout", "-q", "--", path)
            self.model = self.model.with_file(path, self.head[path])
            SEEN["git checkout"] += 1
            note("git checkout " + path)

    @precondition(lambda self: set(self.model.files) > set(self.head))
    @rule()
    def git_clean(self) -> None:
        git(self.root, "clean", "-fdq")
        for path in set(self.model.files) - set(self.head):
            self.model = self.model.with_file(path, None)
        SEEN["git clean"] += 1
        note("git clean")

    @rule()
    def move(self) -> None:
        self.marks += 1
        self.root = self.root.rename(self.folder / f"moved-{self.marks}")
