"""Build patched models through the checkout's own API in the complete environment, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checkouts import EXTRAS
from conftest import COMPLETE_PYTHON, Checkouts

_STAYS = {".yolo-patcher/lock", ".yolo-patcher/.gitignore"}
_SCRIPT = Path(__file__).with_name("independent_build.py")


def build_independently(root: Path, loads: Sequence[str], pristine: Checkouts) -> dict[str, Any]:
    """Build models and give, by what loads them, what the script found; an error is an entry with a traceback."""
    # YOLOv5 7.0 imports parts of a pip-installed ultralytics.
    needed = [*EXTRAS, *([] if (root / "ultralytics").exists() else ["ultralytics-8.3.0"])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(pristine(name)) for name in needed)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    ended = subprocess.run(
        [COMPLETE_PYTHON, str(_SCRIPT), str(root), *loads],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=600,
        env=environment,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    answers: dict[str, Any] = json.loads(ended.stdout)
    return answers


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """Give the bytes and the mode of every file below a folder, but of what yolo-patcher leaves in its own for good."""
    return {
        file.relative_to(root).as_posix(): (file.read_bytes(), file.stat().st_mode)
        for file in sorted(root.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts and file.relative_to(root).as_posix() not in _STAYS
    }
