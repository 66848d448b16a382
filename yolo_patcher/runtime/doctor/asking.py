"""Put questions to a Python, in a process of its own that starts as the user's would."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yolo_patcher.runtime.child import GUARD, child
from yolo_patcher.runtime.doctor.ask import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASK = Path(__file__).with_name("ask.py")
PATIENCE = 30.0
TORCH_PATIENCE = 120.0


class NoAnswerError(Exception):
    """A program that can't be started, or is no Python that answers; the text says why."""


@dataclass(frozen=True)
class Question:
    """What an import would find.

    Attributes:
        modules: the names of top-level modules.
        distribution: the normalised name under which pip would know them.
        first: the folder that comes first on the path, a script's; None for the working directory.
        path: all of `sys.path`, where something sets it; None for Python's own.
    """

    modules: tuple[str, ...]
    distribution: str
    first: Path | None = None
    path: tuple[str, ...] | None = None


def ask(command: Sequence[str], question: Question, cwd: Path) -> dict[str, Any]:
    """Ask a Python, started with `command` in the folder `cwd`, what an import would find.

    Raises:
        NoAnswerError: when it is no Python.
    """
    request = {
        "modules": list(question.modules),
        "distribution": question.distribution,
        "first": None if question.first is None else str(question.first),
        "path": None if question.path is None else list(question.path),
    }
    with _started(command, request, cwd) as process:
        return _answer(process, PATIENCE)


@contextmanager
def asked_for_torch(python: str, cwd: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """Begin to import torch in a Python, which takes seconds, and give what waits for the answer."""

    def wait() -> dict[str, Any]:
        try:
            return _answer(process, TORCH_PATIENCE)
        except NoAnswerError as error:
            return {
                "version": None, "cuda": None, "rocm": None, "available": False, "devices": [], "why": "",
                "error": f"importing torch ended the process: {error}",
            }  # fmt: skip

    with _started([python], {"torch": True}, cwd) as process:
        yield wait


@contextmanager
def _started(command: Sequence[str], request: Mapping[str, object], cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    # The user's own environment, PYTHONPATH and all: it decides what is imported.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("__PYVENV_LAUNCHER__", None)
    script = f"{GUARD.read_text(encoding='utf-8')}\nguard()\n{ASK.read_text(encoding='utf-8')}"
    words = [*command, "-c", script, json.dumps(request)]
    with ExitStack() as stack:
        try:
            process = stack.enter_context(child(words, cwd=cwd, env=env, stderr=subprocess.PIPE))
        except OSError as error:
            raise NoAnswerError(f"it can't be run: {error.strerror}") from error
        try:
            yield process
        finally:
            stack.close()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def _answer(process: subprocess.Popen[bytes], patience: float) -> dict[str, Any]:
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired as error:
        raise NoAnswerError(f"no answer in {patience:g} s") from error
    for line in reversed(out.decode("utf-8", "replace").splitlines()):
        if line.startswith(MARK):
            return dict(json.loads(line[len(MARK) :]))
    said = err.decode("utf-8", "replace").strip().splitlines()
    raise NoAnswerError(said[-1].strip() if said else f"it ended with status {process.returncode} and no answer")
