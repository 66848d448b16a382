"""The user's Python: a path, or a name on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.errors import PatcherError


@dataclass(frozen=True)
class Interpreter:
    """The Python that a patch is verified in.

    Attributes:
        program: its path, or what the user wrote.
        why: why it is this one.
    """

    program: str
    why: str


def training_python(python: str | None, root: Path) -> Interpreter:
    """Choose the Python that the user most likely trains with.

    Args:
        python: what `--python` names; None for none.
        root: the checkout's root.

    Returns:
        What is named; else, of those that have torch, the active environment's, the one of the checkout's `.venv`, and
        last the one that runs us.
    """
    if python is not None:
        return Interpreter(python, "--python names it")
    for folder, why in _environments(root):
        program = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if folder.resolve() != Path(sys.prefix).resolve() and program.exists() and _has_torch(program):
            return Interpreter(str(program), why)
    return Interpreter(sys.executable, "it runs yolo-patcher")


def _environments(root: Path) -> Iterator[tuple[Path, str]]:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(name):
            yield Path(os.environ[name]), "the active environment's"
    yield root / ".venv", "that of the checkout's .venv"


def _has_torch(program: Path) -> bool:
    """Tell whether a Python has torch, without importing it."""
    look = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
    try:
        # In its own folder: what lies in the current one is no part of the environment.
        done = subprocess.run([program, "-c", look], cwd=program.parent, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def user_python(python: str | None, help: str) -> str:
    """Give the path of the user's Python.

    Args:
        python: a path or a name on PATH; None for the Python that runs us.
        help: what to do when it is none.

    Raises:
        PatcherError: `usage`, when there is no such program.
    """
    program = shutil.which(python or sys.executable)
    if program is None:
        why = "is no executable file" if Path(str(python)).exists() else "does not exist"
        raise PatcherError("usage", f"the Python {python} {why}", help=help)
    # Never resolved: a virtual environment's Python is a link, and what it links to knows nothing of it.
    return str(Path(program).absolute())
