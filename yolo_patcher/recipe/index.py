"""What `list` says of the catalogue's recipes, written down beside them: `recipes/index.json`.

Reading sixty recipes takes longer than all else that `list` does. Each entry names the bytes of the recipe and of the
template that it was made of; where these are others, there is no entry, and the recipe is read.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from yolo_patcher.recipe.folders import recipes_folder, templates_folder

FILE = "index.json"


def listed(path: Path) -> dict[str, Any] | None:
    """Give what `list` says of a recipe's file; None where only reading the recipe tells.

    Args:
        path: the recipe's file, as the catalogue gives it.
    """
    if path.parent != recipes_folder():
        return None
    try:
        file = path.parent / FILE
        entry = _entries(file, file.stat().st_mtime_ns).get(path.stem)
        if entry is None or entry["recipe"] != fingerprint(path):
            return None
        beside, ours = path.parent / entry["file"], templates_folder() / entry["file"]
        if beside.exists() or entry["template"] != fingerprint(ours):
            return None
    except OSError:
        return None
    return dict(entry["listed"])


def fingerprint(path: Path) -> str:
    """Give what tells one content of a file from another, however its lines end."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


@lru_cache(maxsize=2)
def _entries(path: Path, stamp: int) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))
