"""The user's Python: a path, or a name on PATH."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from yolo_patcher.errors import PatcherError


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
