"""Try many inputs in several processes; one that crashes or hangs costs its input, and no other."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from fuzz_try import HANG, Tried, forget, try_input

MEMORY = 3 * 1024**3
"""Bytes of address space that a process may take."""
_PATIENCE = 3 * HANG


class _Worker:
    """A process and the numbers that are left for it."""

    def __init__(self, seed: int, numbers: Sequence[int], folder: Path) -> None:
        self.seed, self.folder = seed, folder
        self.left = list(numbers)
        self.start()

    def start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.ours, theirs = context.Pipe()
        work = (self.seed, tuple(self.left), self.folder, theirs)
        self.process = context.Process(target=_work, args=work, daemon=True)
        self.process.start()
        theirs.close()
        self.heard = time.monotonic()

    def take(self) -> Tried:
        """Give the answer that waits; where the process ended without one, lay it to the input that it was at."""
        self.heard = time.monotonic()
        with contextlib.suppress(EOFError):
            tried: Tried = self.ours.recv()
            self.left.remove(tried.number)
            return tried
        self.process.join()
        return self.lost(f"the process ended with {self.process.exitcode}")

    def lost(self, why: str) -> Tried:
        """Give up the input that the process is at, and go on behind it in another process."""
        self.process.kill()
        self.process.join()
        number = self.left.pop(0)
        if self.left:
            self.start()
        return Tried(number, "lost", (), (why,))


def try_all(seed: int, numbers: Sequence[int], workers: int) -> Iterator[Tried]:
    """Try inputs, and give what came of each in the order in which they end."""
    with tempfile.TemporaryDirectory(prefix="yolo-patcher-fuzz-", ignore_cleanup_errors=True) as folder:
        shares = [numbers[first::workers] for first in range(workers)]
        running = [_Worker(seed, share, Path(folder)) for share in shares if share]
        while running:
            ready = wait([one.ours for one in running], timeout=1)
            for one in list(running):
                tried = one.take() if one.ours in ready else None
                if tried is None and time.monotonic() - one.heard > _PATIENCE:
                    tried = one.lost(f"no answer in {_PATIENCE} s")
                if tried is not None:
                    yield tried
                if not one.left:
                    one.process.join()
                    running.remove(one)


def _work(seed: int, numbers: Sequence[int], folder: Path, answers: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in numbers:
        place = folder / str(number)
        answers.send(try_input(seed, number, place))
        forget(place)
    answers.close()
