"""Every verb, disturbed at every operation that changes the disk, by stand-ins for the system's calls."""

from __future__ import annotations

import errno
from collections import Counter
from pathlib import Path

import pytest
from children import Ended, ended
from image import Image, inside, outside, restore, take
from oracle import check_settled, side
from shim import Fault, every_fault, installed, kill, share
from verbs import VERBS, Verb, verb

from yolo_patcher.commit.writer import recover

pytestmark = pytest.mark.slow
# One fault in so many: no multiple of the kinds at an operation, so that all come in turn.
_SHARE = {"apply": 1, "revert the middle": 5}
JOURNALS = ("journal.json", "rollback.json")


def check_fault(one: Verb, fault: Fault) -> str:
    """Disturb a verb, check what is there at once and after recovery, and that it then works; tell how it ended."""
    one.again()
    how = ended(one.run, fault)
    found = take(one.root)
    check_what_was_said(how, found, one, fault)
    which = check_settled(one.root, one.before, one.after, fault)
    if which == "before":
        with installed():
            one.run()
        assert side(take(one.root), one.before, one.after, fault) == "after"
    return f"{'killed' if how.code < 0 else how.kind or 'done'}, {which}"


def check_what_was_said(how: Ended, found: Image, one: Verb, fault: Fault) -> None:
    """Check that a command that lived to say something said the truth."""
    if how.code < 0:
        return
    waits = any(name in inside(found) for name in JOURNALS)
    if how.code == 0:
        assert side(found, one.before, one.after, fault) == "after"
        # A journal that stays would refuse the user's next edit.
        assert not waits, fault
    else:
        assert how.kind == "io", how.message
        assert ("so did putting back" in how.message) == waits, f"{fault}: {how.message}"
        if not waits:
            assert outside(found) == outside(one.before), f"{fault}: {how.message}"


@pytest.mark.parametrize("name", VERBS)
def test_all_or_nothing(tmp_path: Path, name: str) -> None:
    one = verb(name, tmp_path / "a")
    outcomes = Counter(check_fault(one, fault) for fault in share(every_fault(list(one.calls)), _SHARE.get(name, 11)))
    assert {"killed, before", "killed, after", "io, before"} <= set(outcomes)


def interrupted(one: Verb) -> list[Image]:
    """Give what a verb leaves when it is killed: each image that recovery has something to do on, once."""
    images: list[Image] = []
    for nth in range(1, len(one.calls) + 1):
        one.again()
        ended(one.run, kill(nth, late=True))
        found = take(one.root)
        if set(inside(found)) & set(JOURNALS) and not any(_same(found, other) for other in images):
            images.append(found)
    return images


def _same(one: Image, other: Image) -> bool:
    return outside(one) == outside(other) and inside(one) == inside(other)


def check_recovery(one: Verb, image: Image, fault: Fault, expected: str) -> None:
    restore(one.root, image)
    how = ended(lambda: recover(one.root), fault)
    assert how.code <= 0 or how.kind == "io", how.message
    assert check_settled(one.root, one.before, one.after, fault) == expected


def recovery_calls(one: Verb, image: Image) -> list[str]:
    restore(one.root, image)
    with installed() as shim:
        recover(one.root)
    return shim.calls


@pytest.mark.parametrize("name", ["apply", "revert the middle"])
def test_recovery_that_is_disturbed_goes_forward(tmp_path: Path, name: str) -> None:
    one = verb(name, tmp_path / "a")
    images = interrupted(one)
    assert len(images) > 10
    for number, image in enumerate(images):
        calls = recovery_calls(one, image)
        # Of each some, and other ones than of the image before.
        for fault in share(list(every_fault(calls))[number % 29 :], 29):
            check_recovery(one, image, fault, "after")


def test_recovery_that_is_disturbed_goes_back(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    one.again()
    renames = [nth for nth, name in enumerate(one.calls, 1) if name == "replace"]
    # From the last rename on nothing can be written: neither forward nor back.
    how = ended(one.run, Fault(renames[-1], errno.ENOSPC))
    assert how.kind == "io"
    images: list[Image] = []
    for nth in range(renames[-1] + 1, len(one.calls) + 40):
        one.again()
        ended(one.run, Fault(renames[-1], errno.ENOSPC, at=nth))
        found = take(one.root)
        if "rollback.json" in inside(found) and not any(_same(found, other) for other in images):
            images.append(found)
    assert len(images) > 10
    for number, image in enumerate(images):
        for fault in share(list(every_fault(recovery_calls(one, image)))[number % 29 :], 29):
            check_recovery(one, image, fault, "before")
