"""Hold Ctrl-C and a request to end while a commit is under way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold the signals that ask a process to end; the first that came is delivered afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    held = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # A handler that was not set from Python can't be put back.
    held = {number: handler for number, handler in held.items() if handler is not None}
    try:
        for number in held:
            signal.signal(number, lambda one, _: arrived.append(one))
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
