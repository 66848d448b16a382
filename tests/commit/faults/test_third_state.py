"""A file that somebody changed between a crash and the recovery: nothing is written, and the help leads out."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from pathlib import Path

import pytest
from children import ended
from image import Image, inside, outside, restore, take
from oracle import check_settled
from shim import Fault, installed, kill
from verbs import TASKS, Verb, verb

from yolo_patcher.commit.writer import recover
from yolo_patcher.errors import PatcherError

SE = "ultralytics/nn/modules/se.py"


def crashed(one: Verb, renames_left: int, back: bool = False) -> Image:
    """Leave what a verb leaves that is killed when some of its files are in place, on its way forward or back."""
    renames = [nth for nth, name in enumerate(one.calls, 1) if name == "replace"]
    at = renames[-renames_left]
    one.again()
    if back:
        # Directly behind the journal's move to the rollback's, and the sync of the folder.
        ended(one.run, Fault(at, errno.EIO, at=at + 6))
    else:
        ended(one.run, kill(at, late=True))
    found = take(one.root)
    assert ("rollback.json" if back else "journal.json") in inside(found)
    return found


def refusal(root: Path) -> PatcherError:
    """Check that recovery is refused and writes nothing."""
    before = take(root)
    with pytest.raises(PatcherError) as caught, installed():
        recover(root)
    assert take(root).keys() == before.keys()
    changed = {path for path, one in take(root).items() if one != before[path]}
    assert changed <= {".yolo-patcher/lock"}
    assert (caught.value.kind, caught.value.code) == ("refused", 3)
    return caught.value


@pytest.mark.quick(renames_left=(3,))
@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
@pytest.mark.parametrize("path", [TASKS, SE])
@pytest.mark.parametrize("renames_left", [5, 3, 1])
def test_it_is_refused_and_the_help_helps(tmp_path: Path, path: str, renames_left: int, back: bool) -> None:
    one = verb("apply", tmp_path / "a")
    crashed(one, renames_left, back)
    (one.root / path).write_bytes(b"mine\n")
    error = refusal(one.root)
    assert error.path == path
    assert refusal(one.root).message == error.message
    named = re.search(r"\.yolo-patcher/blobs/[0-9a-f]{64}", error.help)
    assert named is not None
    (one.root / path).write_bytes((one.root / named[0]).read_bytes())
    (one.root / path).resolve().chmod(0o755 if path == TASKS else 0o644)
    assert check_settled(one.root, one.before, one.after) == ("before" if back else "after")


def test_a_command_that_writes_is_refused_as_well(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    crashed(one, 3)
    (one.root / TASKS).write_bytes(b"mine\n")
    how = ended(one.run)
    assert (how.code, how.kind) == (3, "refused")
    assert (one.root / TASKS).read_bytes() == b"mine\n"


def test_a_file_that_comes_meanwhile_is_left_and_the_rest_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the comparison with the plan and before the files: what was written goes, what came stays."""
    one = verb("apply", tmp_path / "a")
    journal = [nth for nth, name in enumerate(one.calls, 1) if name == "replace"][-6]
    real, moved = os.replace, []

    def replace(*args: str) -> None:
        real(*args)
        moved.append(args)
        if len(moved) == one.calls[:journal].count("replace"):
            (one.root / SE).write_bytes(b"mine\n")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(PatcherError) as caught:
        one.run()
    assert (caught.value.kind, caught.value.path) == ("refused", SE)
    expected = {**one.before, SE: take(one.root)[SE]}
    assert (one.root / SE).read_bytes() == b"mine\n"
    assert outside(take(one.root)) == outside(expected)
    assert recover(one.root) == ""


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"\xff", b'{"schema": 1}', b'{"schema": 2, "files": []}']
)
def test_a_damaged_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    one = verb("apply", tmp_path / "a")
    crashed(one, 3)
    (one.root / ".yolo-patcher/journal.json").write_bytes(content)
    error = refusal(one.root)
    assert error.path == ".yolo-patcher/journal.json"
    assert "can't be read" in error.message


ENTRY = '"before": null, "after": null, "mode": 420, "owner": null'


@pytest.mark.parametrize(
    "entry",
    [
        '"path": "../a", ' + ENTRY,
        '"path": "/a", ' + ENTRY,
        '"path": 1, ' + ENTRY,
        '"path": "a\\u0000b", ' + ENTRY,
        '"path": "a", ' + ENTRY.replace("420", "1e400"),
        '"path": "a", ' + ENTRY.replace("420", "-1"),
        '"path": "a", ' + ENTRY.replace('"owner": null', '"owner": [1]'),
        '"path": "a", ' + ENTRY.replace('"after": null', '"after": "../../secret"'),
        '"path": "a", ' + ENTRY.replace('"after": null', '"after": 7'),
    ],
)
def test_a_journal_with_a_damaged_entry_is_refused(tmp_path: Path, entry: str) -> None:
    journal(tmp_path, entry)
    assert "can't be read" in refusal(tmp_path).message


def journal(root: Path, entry: str) -> None:
    (root / ".yolo-patcher").mkdir()
    (root / ".yolo-patcher/lock").touch()
    document = '{"schema": 1, "command": "apply", "files": [{' + entry + "}]}"
    (root / ".yolo-patcher/journal.json").write_text(document)


def test_a_journal_that_came_with_the_checkout_does_not_reach_what_git_runs(tmp_path: Path) -> None:
    (tmp_path / ".git/hooks").mkdir(parents=True)
    (tmp_path / "tools").symlink_to(".git/hooks")
    journal(tmp_path, '"path": "tools/pre-commit", ' + ENTRY)
    assert "git's own folder" in refusal(tmp_path).message


def test_a_journal_that_came_with_the_checkout_grants_nothing(tmp_path: Path) -> None:
    """Nobody runs a file as its owner, and nobody is given one, because a journal says so."""
    new, old = b"new", b"old"
    folder = tmp_path / ".yolo-patcher/blobs"
    folder.mkdir(parents=True)
    for content in (new, old):
        (folder / hashlib.sha256(content).hexdigest()).write_bytes(content)
    (tmp_path / "there").write_bytes(old)
    (tmp_path / "there").chmod(0o640)
    files = [
        {
            "path": name,
            "before": before,
            "after": hashlib.sha256(new).hexdigest(),
            "mode": 0o6777,
            "owner": [1234, 1234],
        }
        for name, before in (("there", hashlib.sha256(old).hexdigest()), ("made", None))
    ]
    (tmp_path / ".yolo-patcher/lock").touch()
    (tmp_path / ".yolo-patcher/journal.json").write_text(json.dumps({"schema": 1, "command": "apply", "files": files}))
    assert "Finished an interrupted apply" in recover(tmp_path)
    there, made = (tmp_path / "there").stat(), (tmp_path / "made").stat()
    assert (tmp_path / "there").read_bytes() == (tmp_path / "made").read_bytes() == new
    assert (stat.S_IMODE(there.st_mode), stat.S_IMODE(made.st_mode)) == (0o640, 0o777)
    assert {there.st_uid, made.st_uid} == {os.getuid()}


@pytest.mark.quick(damaged=(True,))
@pytest.mark.parametrize("damaged", [True, False])
def test_a_content_that_is_missing_or_damaged_is_refused(tmp_path: Path, damaged: bool) -> None:
    one = verb("apply", tmp_path / "a")
    image = crashed(one, 5)
    refused = 0
    for path in [path for path in image if path.startswith(".yolo-patcher/blobs/")]:
        restore(one.root, image)
        if damaged:
            (one.root / path).write_bytes(b"half")
        else:
            (one.root / path).unlink()
        with installed():
            try:
                recover(one.root)
            except PatcherError:
                restore(one.root, {**image, path: (image[path][0], b"half")} if damaged else _without(image, path))
                error = refusal(one.root)
                assert error.path == path
                assert "can't be finished" in error.message
                refused += 1
            else:
                # It was needed for the way back only.
                assert outside(take(one.root)) == outside(one.after)
    assert refused


def _without(image: Image, path: str) -> Image:
    return {name: one for name, one in image.items() if name != path}
