"""Real commands whose system calls fail or are the last, by strace's fault injection."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import straced
from image import Image, inside, outside, restore, take
from oracle import check_settled, side
from straced import Injection, cli, every_call, plain
from synthetic import apply, write_checkout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or bool(straced.why_not()), reason="this machine has no usable strace"),
]
EFFECTS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")


def two(root: Path) -> list[str]:
    return [apply(write_checkout(root), recipe).patch.id for recipe in ("se", "sae@backbone")]


def stripped(root: Path) -> list[str]:
    """Write a checkout whose patches were overwritten, as by an upgrade."""
    pristine = take(write_checkout(root))
    two(root)
    restore(root, {**pristine, **{path: one for path, one in take(root).items() if path.startswith(".yolo-patcher")}})
    return []


PREPARED: dict[str, tuple[Callable[[Path], object], Callable[[object], Sequence[str]]]] = {
    "apply": (write_checkout, lambda _: ("apply", "se", "--no-verify")),
    "revert the last": (two, lambda ids: ("revert", ids[1])),  # type: ignore[index]
    "revert the first": (two, lambda ids: ("revert", ids[0])),  # type: ignore[index]
    "reapply": (stripped, lambda _: ("reapply", "--no-verify")),
    "export": (two, lambda _: ("status", "--export")),
}


class Command:
    """A command on a checkout: its words, the checkout before and after, and the calls that lead there."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder, self.root = folder, (folder / "a").resolve()
        self.root.mkdir()
        prepare, words = PREPARED[name]
        self.argv = [*words(prepare(self.root)), "--repo", str(self.root)]
        self.before = take(self.root)
        done = cli(folder, self.argv)
        assert done.code == 0, done.said
        self.after = take(self.root)
        self.calls = list(every_call(self.root, done.trace))

    def injections(self, effects: Sequence[str] = EFFECTS) -> Iterator[Injection]:
        for effect in effects:
            yield from (Injection(call, nth, effect) for call, nth in self.calls)

    def check(self, injection: Injection) -> str:
        """Run it disturbed, check what is there, recover, and run it again."""
        restore(self.root, self.before)
        ended = cli(self.folder, self.argv, injection)
        found = take(self.root)
        assert ended.code in ((-9,) if "SIGKILL" in injection.effect else (0, 6)), f"{injection}: {ended.said}"
        if ended.code == 0:
            assert side(found, self.before, self.after, injection) == "after", ended.said
        elif ended.code > 0 and "so did putting back" not in " ".join(ended.said.split()):
            assert outside(found) == outside(self.before), f"{injection}: {ended.said}"
        which = check_settled(self.root, self.before, self.after, injection)
        if which == "before":
            again = plain(self.folder, self.argv)
            assert again.code == 0, again.said
            assert side(take(self.root), self.before, self.after, injection) == "after"
        return f"{ended.code}, {which}"


def test_every_call_of_apply(tmp_path: Path) -> None:
    command = Command("apply", tmp_path)
    assert {"write", "fsync", "rename", "unlink", "mkdir", "openat", "fchmod"} <= {call for call, _ in command.calls}
    kills = Counter(command.check(one) for one in command.injections(EFFECTS[:1]))
    assert set(kills) == {"-9, before", "-9, after"}
    errors = Counter(command.check(one) for one in list(command.injections(EFFECTS[1:]))[::5])
    assert errors["6, before"] > len(command.calls) // 5


@pytest.mark.parametrize("name", PREPARED)
def test_some_calls_of_each_command(tmp_path: Path, name: str) -> None:
    command = Command(name, tmp_path)
    some = list(command.injections())[len(name) % 23 :: 23]
    assert some
    for one in some:
        command.check(one)


def left_by_a_kill(command: Command) -> list[Image]:
    """Give checkouts with a journal that a command leaves when it is killed."""
    images = []
    for one in list(command.injections(EFFECTS[:1]))[-30::5]:
        restore(command.root, command.before)
        cli(command.folder, command.argv, one)
        found = take(command.root)
        if "journal.json" in inside(found):
            images.append(found)
    return images


def test_every_call_of_recovery(tmp_path: Path) -> None:
    command = Command("apply", tmp_path)
    images = left_by_a_kill(command)
    status = ["status", "--repo", str(command.root)]
    image = images[len(images) // 2]
    restore(command.root, image)
    done = cli(tmp_path, status)
    assert done.code == 0, done.said
    assert "Finished an interrupted apply" in done.said
    calls = list(every_call(command.root, done.trace))
    for number, (call, nth) in enumerate(calls):
        for effect in {EFFECTS[0], EFFECTS[number % 3]}:
            restore(command.root, image)
            ended = cli(tmp_path, status, Injection(call, nth, effect))
            assert ended.code in (-9, 0, 6), ended.said
            assert check_settled(command.root, command.before, command.after, (call, nth, effect)) == "after"
