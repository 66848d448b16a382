"""Whatever is done to a checkout, and in whatever order: without the patches it is what the user made of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from stack_model import Model, RefusedError, reverted, state_of
from stack_user import INDEX, OWN, SEEN, UserMachine, git
from synthetic import tree

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.cli.main import run
from yolo_patcher.commit.patch import digest
from yolo_patcher.revert.status import patch_statuses

# Both by the environment, for a longer run.
EXAMPLES, STEPS = (int(os.environ.get(f"STACK_{name}", default)) for name, default in (("EXAMPLES", 8), ("STEPS", 16)))

RECIPES = (
    ("se",), ("sae",), ("gam",), ("context-aggregation",), ("sae", "gam@backbone"), ("se", "se@neck"),
    ("se@backbone", "gam"), ("se", "--set", "reduction=8"), ("sae", "--set", "cardinality=2"),
    ("se@replace:3",), ("sae@replace:5", "gam"), ("sae@inside:3:end",), ("se@replace:3", "sae@inside:5:end"),
)  # fmt: skip
POSITIONS = (None, "head", "backbone", "neck", "head:p3", "after:6", "before:9")
ORDER = ("edited", "missing", "reverted", "intact")
CRASHES = st.one_of(st.none(), st.none(), st.tuples(st.integers(1, 90), st.booleans()))

Crash = tuple[int, bool] | None


def command(*argv: str | Path) -> tuple[int, dict[str, Any]]:
    """Run the real command line in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run([*map(str, argv), "--json"])
    return code, json.loads(out.getvalue())


def _dying(real: Callable[..., Any], calls: Iterator[int], at: int, late: bool) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        ends = next(calls) == at
        if ends and not late:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*args, **options)
        if ends:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return call


def killed(work: Callable[[], object], at: int, late: bool) -> None:
    """Do some work in a child that dies at one of the operations that change the disk."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    calls = count(1)
    try:
        for name in ("open", "write", "fsync", "replace", "unlink", "mkdir", "fchmod", "close"):
            setattr(os, name, _dying(getattr(os, name), calls, at, late))
        work()
    finally:
        os._exit(0)


def uses(patch: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Give the keys of the steps that a patch of the state needs."""
    names = [*patch["classes"].values(), *(one["class"] for one in patch.get("stand_ins", ()))]
    return {("model", patch["model"]), *(("class", name) for name in names)}


def needed(state: Mapping[str, Any], gone: set[str]) -> frozenset[tuple[str, str]]:
    """Give the keys of the steps that patches need when some are gone."""
    return frozenset(key for one in state["patches"] if one["id"] not in gone for key in uses(one))


class StackMachine(UserMachine):
    """The commands on a checkout that a user and git change as well."""

    def act(self, crash: Crash, *argv: str | Path) -> tuple[bool, str]:
        """Run a command, which may be killed; tell whether it has done something, and the error's message.

        One that fails, or is killed before its commit, must have changed nothing.
        """
        note(" ".join([*map(str, argv), str(crash or "")]))
        before, old = self.tree(with_state=True), self.state()
        if crash is None:
            code, document = command(*argv)
            if code:
                assert code in (2, 3, 5), document
                assert self.tree(with_state=True) == before, document
                SEEN[f"{argv[0]} failed"] += 1
                return False, f"{code} {document['error']['message']} {document['error'].get('path')}"
            done = bool(document["changed"])
        else:
            killed(lambda: command(*argv), *crash)
            code, document = command("status", "--repo", self.root)
            assert code == 0, document
            SEEN["crash recovered" if "recovered" in document else "crash"] += 1
            done = True
        if self.state() == old and self.files() == self.model.contents():
            assert crash or not done or argv[0] == "reapply" or self.tree(with_state=True) == before
            return False, ""
        assert done
        SEEN[str(argv[0])] += 1
        return True, ""

    def learned(self, model: Model) -> Model:
        """Give the model after an apply or a reapply: its last steps are the state's that it has not."""
        for step in self.state()["steps"][len(model.steps) :]:
            changes = {one["path"]: (self.blob(one["before"]), self.blob(one["after"]) or b"") for one in step["files"]}
            model = self.learner.learn(model, (step["kind"], step["name"]), changes)
        return model

    def started(self) -> None:
        for words in self.random.sample(RECIPES, 2):
            self.apply(words=words, position=None, base=self.random.choice((0, 1)), output=0, twice=False, crash=None)

    @rule(
        words=st.sampled_from(RECIPES), position=st.sampled_from(POSITIONS), base=INDEX, output=st.integers(0, 5),
        twice=st.booleans(), crash=CRASHES,
    )  # fmt: skip
    def apply(
        self, words: tuple[str, ...], position: str | None, base: int, output: int, twice: bool, crash: Crash
    ) -> None:
        argv: list[str | Path] = ["apply", *words, "--repo", self.root, "--no-verify"]
        if position and "@" not in "".join(words):
            argv += ["--position", position]
        models = [path for path in sorted(self.model.files) if path.endswith(".yaml") and "coco" not in path]
        argv += ["--model", models[base % len(models)]] if base % 3 else []
        argv += ["--output", f"mine-{output}"] if output > 3 else []
        old, broken = self.state(), self.broken()
        done, failure = self.act(crash, *argv)
        if failure:
            SEEN[f"apply: {failure[:60]}"] += 1
        if not done:
            return
        patch = command(*argv, "--dry-run")[1]["patch"]["id"]
        if patch in [one["id"] for one in old["patches"]]:
            SEEN["apply again"] += 1
            record = next(one for one in old["patches"] if one["id"] == patch)
            # A class that other patches use too, but that is not whole, is brought anew.
            self.model, _ = reverted(self.model, needed(old, {patch}) - (broken & uses(record)))
        self.model = self.learned(self.model)
        if twice:
            assert self.act(None, *argv) == (False, "")

    def broken(self) -> frozenset[tuple[str, str]]:
        """Give the classes of which a file is gone, or without them."""
        return frozenset(
            step.key
            for number, step in enumerate(self.model.steps)
            if step.key[0] == "class"
            and {state_of(self.model, number, path) for path in step.files} & {"reverted", "missing"}
        )

    @precondition(lambda self: self.state()["patches"])
    @rule(
        chosen=st.lists(INDEX, min_size=1, max_size=3), everything=st.integers(0, 4), dry=st.booleans(), crash=CRASHES
    )
    def revert(self, chosen: list[int], everything: int, dry: bool, crash: Crash) -> None:
        ids = self.ids()
        self.revert_some([] if not everything else sorted({ids[one % len(ids)] for one in chosen}), dry, crash)

    def revert_some(self, ids: list[str], dry: bool = False, crash: Crash = None) -> str:
        """Revert patches, all when none is named, and check what comes of it; give the error's message."""
        argv: list[str | Path] = ["revert", *(ids or ["--all"]), "--repo", self.root]
        old = self.state()
        gone = set(ids or self.ids())
        expected, doubtful = None, False
        with contextlib.suppress(RefusedError):
            expected, doubtful = reverted(self.model, needed(old, gone))
        shown = self.dry_run(*argv) if dry else None
        done, failure = self.act(crash, *argv)
        if failure:
            assert expected is None or doubtful, failure
            return failure
        if done:
            assert expected is not None, "an edit inside an insertion must be refused"
            self.model = expected
            assert self.ids() == [one["id"] for one in old["patches"] if one["id"] not in gone]
            if shown is not None:
                assert self.files() == shown
        return ""

    def dry_run(self, *argv: str | Path) -> dict[str, bytes] | None:
        """Apply the diff of a dry run to a copy, and give the files; None when it is refused."""
        before = self.tree(with_state=True)
        code, document = command(*argv, "--dry-run")
        assert self.tree(with_state=True) == before
        if code:
            return None
        copy = self.folder / "copy"
        for path, content in self.files().items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
        if document["diff"]:
            git(copy, "apply", given=document["diff"].encode("utf-8", "surrogateescape"))
        found = {path: content for path, (_, content) in tree(copy).items()}
        shutil.rmtree(copy)
        return found

    @precondition(lambda self: self.state()["patches"])
    @rule(crash=CRASHES)
    def reapply(self, crash: Crash) -> None:
        old = self.state()
        bare: Model | None = None
        with contextlib.suppress(RefusedError):
            bare, _ = reverted(self.model, frozenset())
        done, failure = self.act(crash, "reapply", "--repo", self.root, "--no-verify")
        if failure:
            there = set(bare.files if bare else ())
            for one in old["patches"]:
                if bare and one["base"] not in there:
                    bare = None
                    SEEN[f"reapply without base: {failure[:40]}"] += 1
                there.add(one["model"])
            if bare is not None:
                raise AssertionError(failure)
            return
        if done:
            assert bare is not None, "an edit inside an insertion must be refused"
            self.model = self.learned(bare)
            assert set(self.ids()) == {one["id"] for one in old["patches"]}
        if crash is None:
            states = {one.state for one in patch_statuses(open_checkout(self.root).snapshot)}
            assert states == {"intact"} or not done

    @invariant()
    def tree_is_the_models(self) -> None:
        files = self.tree()
        assert {path: content for path, (_, content) in files.items()} == self.model.contents()
        assert {path: mode for path, (mode, _) in files.items()} == {
            path: self.modes.get(path, 0o644) for path in files
        }

    @invariant()
    def state_is_whole(self) -> None:
        state = self.state()
        assert [(one["kind"], one["name"]) for one in state["steps"]] == [one.key for one in self.model.steps]
        names = {file[side] for step in state["steps"] for file in step["files"] for side in ("before", "after")}
        own = {path for path in self.tree(with_state=True) if path.startswith(f"{OWN}/")}
        blobs = {f"{OWN}/blobs/{name}" for name in names - {None}}
        assert own == blobs | ({f"{OWN}/state.json"} if state["patches"] else set())
        assert all(digest((self.root / path).read_bytes()) == path.rpartition("/")[2] for path in blobs)

    @precondition(lambda self: self.model.files)
    @invariant()
    def status_is_right(self) -> None:
        statuses = patch_statuses(open_checkout(self.root).snapshot)
        for patch, told in zip(self.state()["patches"], statuses, strict=True):
            found: dict[str, set[str]] = {}
            for number, step in enumerate(self.model.steps):
                for path in step.files if step.key in uses(patch) else ():
                    found.setdefault(path, set()).add(state_of(self.model, number, path))
            expected = {path: next(one for one in ORDER if one in states) for path, states in found.items()}
            assert {one.path: one.state for one in told.files} == expected

    def teardown(self) -> None:
        try:
            # Where a step failed, that is what to show.
            if sys.exc_info()[0] is None and self.model.files:
                self.finish()
        finally:
            shutil.rmtree(self.folder)

    def finish(self) -> None:
        """Take everything out: what is left is the original and the user's edits."""
        for path in sorted(self.model.files):
            self.mend(path)
        ids = self.ids()
        self.random.shuffle(ids)
        for one in ids:
            self.revert_some([one])
        if self.ids():
            failure = self.revert_some([])
            assert not failure
            return
        assert all(piece.tag <= 0 for pieces in self.model.files.values() for piece in pieces)
        self.tree_is_the_models()
        self.state_is_whole()


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["ultralytics-list", "ultralytics-single", "yolov5-list"])
def test_any_history(layout: str) -> None:
    machine = type("Machine", (StackMachine,), {"layout": layout})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize="STACK_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    ))  # fmt: skip
