"""The command line in a forked process, under strace, which lets its system calls fail or kills it at one of them."""

from __future__ import annotations

import ctypes
import io
import os
import re
import shutil
import subprocess
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from yolo_patcher.cli.main import run

# What changes a disk; of those that open, only the calls that write count.
CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
    "mkdir", "mkdirat", "open", "openat", "creat", "fchmod", "fchmodat", "chmod", "fchown", "fchownat", "chown",
    "ftruncate", "truncate", "link", "linkat", "symlink", "symlinkat",
)  # fmt: skip
_WRITES = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC)")
_ANYBODY = ctypes.c_ulong(-1)
_SET_PTRACER = 0x59616D61


@dataclass(frozen=True)
class Injection:
    """What happens at the nth call of a name: `error=ENOSPC`, `signal=SIGKILL` ..."""

    call: str
    nth: int
    effect: str


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, below 0 a signal, what it printed, and what strace saw."""

    code: int
    said: str
    trace: tuple[str, ...]


def why_not() -> str:
    """Tell why there is no tracing here, "" when there is."""
    if shutil.which("strace") is None:
        return "this machine has no strace"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"strace can't trace here: {tried.stderr.strip()}" if tried.returncode else ""


def plain(folder: Path, argv: Sequence[str]) -> Ended:
    """Run the command line undisturbed and unseen."""
    pid, go = _forked(folder / "output", argv)
    os.close(go)
    _, status = os.waitpid(pid, 0)
    return Ended(os.waitstatus_to_exitcode(status), (folder / "output").read_text(), ())


def cli(folder: Path, argv: Sequence[str], injection: Injection | None = None) -> Ended:
    """Run the command line under strace: recorded, or with one call disturbed.

    Args:
        folder: where the trace and the output go; it lies outside the checkout.
        argv: the command.
        injection: what to disturb.
    """
    output, trace = folder / "output", folder / "trace"
    pid, go = _forked(output, argv)
    wanted = CALLS if injection is None else (injection.call,)
    options = ["-y", "-s", "0", "-o", str(trace), "-e", f"trace={','.join('?' + name for name in wanted)}"]
    if injection is not None:
        options += ["-e", f"inject={injection.call}:{injection.effect}:when={injection.nth}"]
    with subprocess.Popen(["strace", *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        os.close(go)
        _, status = os.waitpid(pid, 0)
        assert "attached" in said, said + tracer.stderr.read()
    return Ended(os.waitstatus_to_exitcode(status), output.read_text(), tuple(trace.read_text().splitlines()))


def _forked(output: Path, argv: Sequence[str]) -> tuple[int, int]:
    """Fork a process for a command; it begins when the descriptor that is given beside its id is closed."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Threads of torch, which a test before may have started, take no part in this.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        os.close(writing)
        _child(reading, output, argv)
    os.close(reading)
    return pid, writing


def _child(reading: int, output: Path, argv: Sequence[str]) -> NoReturn:
    code = 99
    try:
        # Where only an ancestor may trace a process, it must allow others to.
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)
        sys.stdout = sys.stderr = io.TextIOWrapper(output.open("wb", buffering=0), write_through=True)
        os.read(reading, 1)
        code = run([*argv])
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def every_call(root: Path, trace: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Give each call that changes what is below a folder: its name, and which of this name it is."""
    count: Counter[str] = Counter()
    for line in trace:
        name = line.split("(")[0]
        if name not in CALLS:
            continue
        count[name] += 1
        here = any(form in line for form in (f"{root}/", f"<{root}>", f'"{root}"'))
        if here and (name not in ("open", "openat") or _WRITES.search(line)):
            yield name, count[name]
