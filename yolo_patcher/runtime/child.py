"""Run a process that ends with this one, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.runtime.ending import cleaned

GUARD = Path(__file__).parent / "verify" / "probe" / "yp_guard.py"
"""What the child runs first, so that it sees this process end."""

_PATIENCE = 5.0


@contextmanager
def child(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program in a session of its own; nothing of its process group outlives the block, or this process.

    Its standard input is a pipe that closes when this process ends, also by SIGKILL, for what `GUARD` holds to notice.

    Args:
        command: the program and its arguments; no shell is involved.
        cwd: the working directory.
        env: the environment.
        stderr: as for `subprocess.Popen`; the standard output is a pipe.

    Raises:
        OSError: the program can't be started.
    """
    theirs, ours = os.pipe()
    try:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        with cleaned(lambda: _end(process)):
            yield process
        process.wait()
    finally:
        os.close(ours)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, and wait for the child: what it writes shall not come after what is done next."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # Without a limit this could wait for a lock that the code below a signal's handler holds.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
