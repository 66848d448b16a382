"""Ctrl-C and a request to end, delivered inside each operation: either nothing or all."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest
from children import INTERRUPTED, ended
from image import take
from oracle import check_own_folder, side
from shim import Fault, share
from verbs import verb

from yolo_patcher.commit.writer import recover

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "number"), [("apply", signal.SIGINT), ("revert the middle", signal.SIGTERM)])
def test_either_nothing_or_all(tmp_path: Path, name: str, number: signal.Signals) -> None:
    one = verb(name, tmp_path / "a")
    outcomes: Counter[str] = Counter()
    faults = [Fault(at=at, number=number, late=late) for at in range(1, len(one.calls) + 1) for late in (False, True)]
    for fault in share(faults, 3):
        one.again()
        how = ended(one.run, fault)
        assert how.code == (INTERRUPTED if number == signal.SIGINT else -number), fault
        # At once: nothing waits for a recovery.
        found = take(one.root)
        outcomes[side(found, one.before, one.after, fault)] += 1
        check_own_folder(one.root, found, fault)
    assert outcomes["after"] > outcomes["before"] > 0


def test_recovery_is_not_interrupted(tmp_path: Path) -> None:
    one = verb("apply", tmp_path / "a")
    renames = [nth for nth, name in enumerate(one.calls, 1) if name == "replace"]
    codes = Counter[int]()
    for at in range(8, 60, 3):
        one.again()
        ended(one.run, Fault(at=renames[-4]))
        how = ended(lambda: recover(one.root), Fault(at=at, number=signal.SIGINT))
        codes[how.code] += 1
        assert side(take(one.root), one.before, one.after) == "after"
    # The last come too late for the recovery to meet them.
    assert set(codes) == {0, INTERRUPTED}
    assert codes[INTERRUPTED] > codes[0]
