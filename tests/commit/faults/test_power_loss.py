"""Every verb, and recovery from each of its interruptions, when the power goes at any operation."""

from __future__ import annotations

import errno
from collections import Counter
from pathlib import Path

import pytest
from image import inside, outside, restore, take
from oracle import check_settled
from power_loss import all_crashes, disk_of
from shim import Fault, Operation, installed, recorded
from verbs import VERBS, Verb, Work, verb

from yolo_patcher.commit.writer import recover
from yolo_patcher.errors import PatcherError

pytestmark = pytest.mark.slow


def operations_of(one: Verb, fault: Fault | None = None) -> list[Operation]:
    """Record what a verb does to the disk, undisturbed or with an error."""
    one.again()
    with installed(fault) as shim:
        try:
            one.run()
        except PatcherError:
            assert fault is not None
    return shim.log


def check_crashes(one: Verb, operations: list[Operation], end: str, first: int = 0, most: int = 8) -> Counter[str]:
    """Check every loss of power; behind the last operation nothing may be lost any more."""
    outcomes: Counter[str] = Counter()
    for done, image in all_crashes(one.root, one.before, operations, first, most):
        restore(one.root, image)
        case = (done, operations[max(0, done - 3) : done])
        outcomes[check_settled(one.root, one.before, one.after, case)] += 1
        if done == len(operations):
            restore(one.root, image)
            assert check_settled(one.root, one.before, one.after, case) == end, f"{case}: lost behind the end"
            # One that comes back would take the user's next edit for a third state.
            assert not {"journal.json", "rollback.json"} & set(inside(image)), case
    return outcomes


@pytest.mark.parametrize("name", VERBS)
def test_a_verb(tmp_path: Path, name: str) -> None:
    one = verb(name, tmp_path / "a")
    outcomes = check_crashes(one, operations_of(one), "after")
    assert min(outcomes["before"], outcomes["after"]) > 5


@pytest.mark.parametrize("name", ["apply", "revert the middle"])
def test_a_verb_that_fails(tmp_path: Path, name: str) -> None:
    one = verb(name, tmp_path / "a")
    renames = [nth for nth, each in enumerate(one.calls, 1) if each == "replace"][-4:]
    for nth in renames:
        operations = operations_of(one, Fault(nth, errno.ENOSPC))
        # What is before the error is checked with the verb that meets none.
        first = len([each for each in operations if each.name != "fsync"]) // 2
        outcomes = check_crashes(one, operations, "before", first, most=8)
        assert outcomes["before"] > 5


def going_on(one: Verb, killed: int, then: Work) -> list[Operation]:
    """Record a verb up to where it is killed, and what follows; what the killed one wrote is not durable by that."""
    operations = operations_of(one)[:killed]
    disk = disk_of(one.root, one.before)
    for operation in operations:
        disk.do(operation)
    restore(one.root, {path: node.now for path, node in disk.names().items()})
    return [*operations, *recorded(then).log]


def journal_of(operations: list[Operation]) -> int:
    """Give the operation by which a verb's journal is there."""
    return next(nth for nth, each in enumerate(operations, 1) if each.other.endswith("/journal.json"))


@pytest.mark.parametrize("name", ["apply", "revert the last"])
def test_a_recovery(tmp_path: Path, name: str) -> None:
    one = verb(name, tmp_path / "a")
    operations = operations_of(one)
    for killed in range(journal_of(operations), len(operations), 9):
        every = going_on(one, killed, lambda: recover(one.root))
        check_crashes(one, every, "after", killed, most=6)


def test_a_second_attempt(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    for killed in range(1, journal_of(operations_of(one)), 13):
        check_crashes(one, going_on(one, killed, one.run), "after", killed, most=4)


def test_the_model_is_the_disk(tmp_path: Path) -> None:
    for name in VERBS:
        one = verb(name, tmp_path / name)
        disk = disk_of(one.root, one.before)
        for operation in operations_of(one):
            disk.do(operation)
        modelled = {path: node.now for path, node in disk.names().items()}
        assert outside(modelled) == outside(take(one.root)), name
        assert set(modelled) == set(take(one.root)), name
