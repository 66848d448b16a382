"""Stand-ins for the system's calls that change a disk: they count, record, fail, stop short, or end the process."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("open", "write", "fsync", "replace", "unlink", "mkdir", "rmdir", "fchmod", "fchown", "ftruncate", "close")
# What still works on a full disk, and on one that fails nothing does.
_WORKS_WHEN_FULL = frozenset({"unlink", "rmdir", "close", "fchmod", "fchown", "ftruncate"})


@dataclass(frozen=True)
class Fault:
    """What happens to the operations, counted from 1; 0 is never.

    Attributes:
        nth: which operation fails.
        error: with which number.
        forever: every later operation fails as well, as far as it would.
        short: a write writes half before it fails.
        at: at which operation the process gets a signal.
        number: which signal.
        late: it comes behind the operation.
    """

    nth: int = 0
    error: int = 0
    forever: bool = False
    short: bool = False
    at: int = 0
    number: int = signal.SIGKILL
    late: bool = False


@dataclass(frozen=True)
class Operation:
    """One operation that was done: its name, its path, and what else is needed to do it again on a model of a disk."""

    name: str
    path: str
    other: str = ""
    data: bytes = b""
    mode: int = 0


@dataclass
class Shim:
    """The stand-ins while they are installed, and what they saw; `calls` holds the failed operations as well."""

    fault: Fault
    calls: list[str] = field(default_factory=list)
    log: list[Operation] = field(default_factory=list)
    paths: dict[int, str] = field(default_factory=dict)
    real: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        self.calls.append(name)
        count, fault = len(self.calls), self.fault
        if count == fault.at and not fault.late:
            os.kill(os.getpid(), fault.number)
        if fault.nth and self._fails(name, count, args):
            self._fail(name, args)
        try:
            return self._do(name, args, options)
        finally:
            if count == fault.at and fault.late:
                os.kill(os.getpid(), fault.number)

    def _fails(self, name: str, count: int, args: tuple[Any, ...]) -> bool:
        fault = self.fault
        if count == fault.nth:
            return True
        if not fault.forever or count < fault.nth:
            return False
        reads = name == "open" and args[1] == os.O_RDONLY
        return not (fault.error == errno.ENOSPC and (reads or name in _WORKS_WHEN_FULL))

    def _fail(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "close":
            # The system closes it whatever it says.
            self.real["close"](*args)
        if name == "write" and self.fault.short:
            self._do(name, (args[0], bytes(args[1])[: len(args[1]) // 2]), {})
        raise OSError(self.fault.error, os.strerror(self.fault.error), "somewhere")

    def _do(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        # Slow, and of no effect on what is seen without a loss of power.
        result: Any = 0 if name == "fsync" else self.real[name](*args, **options)
        if name == "open":
            self.paths[result] = os.fspath(args[0])
            if args[1] & os.O_CREAT:
                self.log.append(Operation("open", os.fspath(args[0]), mode=os.fstat(result).st_mode))
        elif name == "write":
            self.log.append(Operation("write", self.paths[args[0]], data=bytes(args[1])[:result]))
        elif name in ("fsync", "ftruncate", "fchmod"):
            mode = args[1] if name == "fchmod" else 0
            self.log.append(Operation(name, self.paths[args[0]], mode=mode))
        elif name == "replace":
            self.log.append(Operation("replace", os.fspath(args[0]), os.fspath(args[1])))
        elif name in ("unlink", "mkdir", "rmdir"):
            self.log.append(Operation(name, os.fspath(args[0])))
        return result


@contextmanager
def installed(fault: Fault | None = None) -> Iterator[Shim]:
    """Put the stand-ins in the place of the system's calls."""
    shim = Shim(fault or Fault(), real={name: getattr(os, name) for name in NAMES})

    def stand_in(name: str) -> Callable[..., Any]:
        return lambda *args, **options: shim.call(name, *args, **options)

    try:
        for name in NAMES:
            setattr(os, name, stand_in(name))
        yield shim
    finally:
        for name, function in shim.real.items():
            setattr(os, name, function)


def recorded(work: Callable[[], object]) -> Shim:
    """Do some work, and give what it did to the disk."""
    with installed() as shim:
        work()
    return shim


def kill(nth: int, late: bool) -> Fault:
    """End the process, as SIGKILL does, at an operation: before it or behind it."""
    return Fault(at=nth, late=late)


def every_fault(calls: list[str]) -> Iterator[Fault]:
    """Give every way in which the operations of some work can be disturbed."""
    for nth, name in enumerate(calls, 1):
        yield kill(nth, late=False)
        yield kill(nth, late=True)
        for error in (errno.ENOSPC, errno.EIO):
            yield Fault(nth, error)
            yield Fault(nth, error, forever=True)
        if name == "write":
            yield Fault(nth, errno.ENOSPC, short=True)
            yield Fault(nth, errno.ENOSPC, short=True, forever=True)


def share(faults: Iterable[Fault], every: int) -> list[Fault]:
    """Give one fault in so many, of all kinds and at all operations; all of them where ALL_FAULTS asks for that."""
    return list(faults)[:: 1 if os.environ.get("ALL_FAULTS") else every]


def below(root: Path, path: str) -> str:
    """Give a path as it is named inside a folder, "" for the folder itself."""
    relative = Path(path).relative_to(root).as_posix()
    return "" if relative == "." else relative
