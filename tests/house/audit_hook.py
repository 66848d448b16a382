"""Write down, as `sitecustomize` of every Python that a command starts, what it writes and which processes it starts.

It runs in the Python that verifies too, whichever that is: standard library only, nothing of the tests or the program.
A line for each event, as JSON: `event`, `path` (absolute; what a descriptor leads to), `by` (the file of the program
that is innermost on the stack, relative to its package; "" for none) and `pid`. `AUDIT_LOG` and `AUDIT_PACKAGE` say
where; with `AUDIT_KILL` the process is killed before it renames anything to a path with that end.
"""

import json
import os
import signal
import sys
from typing import Any

_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# The event's arguments that are paths, each with that which tells the folder that it is relative to, if any.
_PATHS: Any = {
    "open": [(0, None)],
    "os.rename": [(0, 2), (1, 3)],
    "os.remove": [(0, 1)],
    "os.mkdir": [(0, 2)],
    "os.rmdir": [(0, 1)],
    "os.chmod": [(0, 2)],
    "os.chown": [(0, 3)],
    "os.link": [(1, 3)],
    "os.symlink": [(1, 2)],
    "os.truncate": [(0, None)],
    "os.utime": [(0, 3)],
    "os.setxattr": [(0, None)],
    "os.removexattr": [(0, None)],
}
# Those of shutil and tempfile come with those of the system calls that they make.
_PROCESSES = (
    "os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.system", "pty.spawn", "signal.pthread_kill", "socket.bind", "socket.connect", "subprocess.Popen",
)  # fmt: skip


def install(log: str, package: str, kill: str) -> None:
    """Begin to write down."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    busy = False

    def hook(event: str, arguments: Any) -> None:
        nonlocal busy
        if busy or (event not in _PATHS and event not in _PROCESSES):
            return
        if event == "open" and not arguments[2] & _FLAGS:
            return
        busy = True
        try:
            paths = [_path(arguments, *place) for place in _PATHS.get(event, ())]
            by = _by(package)
            for path in paths or [""]:
                said = {"event": event, "path": path, "by": by, "pid": os.getpid()}
                os.write(descriptor, (json.dumps(said) + "\n").encode())
            if kill and event == "os.rename" and paths[1].endswith(kill):
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            busy = False

    sys.addaudithook(hook)


def _path(arguments: Any, place: int, folder: "int | None") -> str:
    path = arguments[place]
    if isinstance(path, int):
        return _opened(path)
    path = os.fsdecode(path)
    if folder is not None and isinstance(arguments[folder], int) and arguments[folder] >= 0:
        return os.path.join(_opened(arguments[folder]), path)
    return os.path.abspath(path)


def _opened(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")


def _by(package: str) -> str:
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith(package):
            return str(frame.f_code.co_filename[len(package) :])
        frame = frame.f_back
    return ""


if "AUDIT_LOG" in os.environ:
    install(os.environ["AUDIT_LOG"], os.environ["AUDIT_PACKAGE"], os.environ.get("AUDIT_KILL", ""))
