"""Clean up whatever ends a block: its end, an error, Ctrl-C, or a request to end this process."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_pending: list[Callable[[], None]] = []


@contextmanager
def cleaned(clean: Callable[[], None]) -> Iterator[None]:
    """Call `clean` when the block is left, also by SIGTERM or SIGHUP, by which this process then ends as it would have.

    Signals are caught in the main thread, and only where nobody else has caught or ignored them.

    Args:
        clean: what to do; it may be called again while it is at work, and must bear that.
    """
    _pending.append(clean)
    caught = _catch()
    try:
        yield
    finally:
        try:
            clean()
        finally:
            _pending.remove(clean)
            for number in caught:
                signal.signal(number, signal.SIG_DFL)


def _catch() -> list[int]:
    if threading.current_thread() is not threading.main_thread():
        return []
    unheard = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in unheard:
        signal.signal(number, _end)
    return unheard


def _end(number: int, frame: object) -> None:
    """Do all that is pending, the innermost first, and let the signal end this process."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    for clean in reversed(_pending):
        with contextlib.suppress(Exception):
            clean()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
