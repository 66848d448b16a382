"""Make one input, run its commands, and say what was wrong."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzz_capture import Ended, HangError, capture
from fuzz_cases import Case, make_case
from fuzz_oracle import Tree, differences, judge, judge_recovery, tree

HANG = 20
"""Seconds that one input may take."""


@dataclass(frozen=True)
class Tried:
    """What came of an input.

    Attributes:
        number: the input's number.
        kind: its kind.
        codes: how its commands ended: the code of each as far as they were run.
        wrong: what was wrong, one text each.
        said: the input in words.
        commands: the command lines that were run.
        output: what the last command printed.
    """

    number: int
    kind: str
    codes: tuple[int, ...]
    wrong: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    output: str = ""


def try_input(seed: int, number: int, folder: Path) -> Tried:
    """Try an input in a folder of that number's own, which is empty or absent before and stays."""
    folder.mkdir(parents=True, exist_ok=True)
    # The default of --repo is the current directory, which must not be somebody's.
    os.chdir(folder)
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(HANG)
    try:
        case = make_case(seed, number, folder)
        return _try(case, number, folder)
    except HangError:
        return Tried(number, "?", (), ("making the input hung",))
    finally:
        signal.alarm(0)


def forget(folder: Path) -> None:
    """Take a folder away, whatever modes its files have."""
    os.chdir(folder.parent)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for directory, _, _ in os.walk(folder):
            Path(directory).chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)


def _hang(number: int, frame: object) -> None:
    signal.alarm(5)  # Should the first be lost in a destructor, where exceptions are ignored.
    raise HangError


def _try(case: Case, number: int, folder: Path) -> Tried:
    codes: list[int] = []
    wrong: list[str] = []
    ended = Ended(0, b"", "")
    first = before = tree(folder, own=case.kind not in ("state", "journal"))
    for argv in case.commands:
        ended = capture(argv)
        codes.append(ended.code)
        wrong += judge(argv, ended)
        after = tree(folder, own=case.kind not in ("state", "journal"))
        wrong += _judge_files(case, codes, first, before, after)
        before = after
        if ended.code or wrong:
            break
    text = ended.stdout.decode("utf-8", "replace")[-3000:] + ended.stderr[-3000:]
    return Tried(number, case.kind, tuple(codes), tuple(wrong), case.said, case.commands[: len(codes)], text)


def _judge_files(case: Case, codes: list[int], first: Tree, before: Tree, after: Tree) -> Iterator[str]:
    if case.journal is not None:
        yield from judge_recovery(before, after, case.journal)
    elif not case.writes:
        yield from (f"written: {one}" for one in differences(before, after))
    elif codes[-1] and len(codes) > 1:
        yield f"command {len(codes)} of a round trip ended with {codes[-1]}"
    elif codes[-1]:
        yield from (f"refused, yet written: {one}" for one in differences(before, after))
    elif len(codes) == 1 and before == after:
        yield "applied, and nothing was written"
    elif len(codes) == 2:
        yield from (f"--check wrote: {one}" for one in differences(before, after))
    elif len(codes) == 3:
        yield from (f"not put back: {one}" for one in differences(first, after))
