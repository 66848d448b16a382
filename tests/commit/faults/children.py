"""Work in a process of its own that is forked from the test's: nothing is imported again, and it may be killed."""

from __future__ import annotations

import json
import os
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from shim import Fault, installed

from yolo_patcher.errors import PatcherError

INTERRUPTED = 130


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: the exit code; below 0 the signal that ended it.
        kind: the error's kind, "" for none.
        message: the error's message and help.
    """

    code: int
    kind: str = ""
    message: str = ""


def ended(work: Callable[[], object], fault: Fault | None = None) -> Ended:
    """Do some work in a child with a fault, and wait.

    Raises:
        AssertionError: when it ends by anything but an error that users see, or a signal.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Threads of torch, which a test before may have started, take no part in this.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        _child(work, fault or Fault(), writing)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    answer = Ended(os.waitstatus_to_exitcode(status), **json.loads(said or b"{}"))
    assert answer.code <= 0 or answer.code == INTERRUPTED or answer.kind != "internal", f"{fault}: {answer.message}"
    return answer


def _child(work: Callable[[], object], fault: Fault, writing: int) -> None:
    code, said = 0, {}
    try:
        with installed(fault):
            work()
    except PatcherError as error:
        code, said = error.code, {"kind": error.kind, "message": f"{error.message}. {error.help}"}
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:
        code, said = 70, {"kind": "internal", "message": traceback.format_exc()}
    os.write(writing, json.dumps(said).encode())
    os._exit(code)
