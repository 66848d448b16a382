"""What the catalogue's recipes say of themselves, written down beside them: `recipes/index.json`.

Reading seventy recipes takes longer than all else that most commands do. Each entry names the bytes of the recipe that
it was made of, and of its template; where these are others, it does not count, and the recipe is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from yolo_patcher.recipe.folders import recipes_folder, templates_folder
from yolo_patcher.signature import Signature

FILE = "index.json"


@dataclass(frozen=True)
class Outline:
    """What tells which recipe is meant, and what its class takes and gives."""

    name: str
    aliases: tuple[str, ...]
    class_name: str
    signature: Signature


def outline(path: Path) -> Outline | None:
    """Give a recipe's outline; None where only reading the recipe tells it.

    Args:
        path: the recipe's file, as the catalogue gives it.
    """
    entry = _entry(path)
    if entry is None:
        return None
    told = entry["listed"]
    return Outline(told["name"], tuple(told["aliases"]), told["class"], Signature(**told["signature"]))


def listed(path: Path) -> dict[str, Any] | None:
    """Give what `list` says of a recipe; None where only reading recipe and class tells it; `path` as above."""
    entry = _entry(path)
    if entry is None:
        return None
    beside, ours = path.parent / entry["file"], templates_folder() / entry["file"]
    try:
        is_same = not beside.exists() and entry["template"] == fingerprint(ours)
    except OSError:
        return None
    return dict(entry["listed"]) if is_same else None


def fingerprint(path: Path) -> str:
    """Give what tells one content of a file from another, however its lines end."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def _entry(path: Path) -> dict[str, Any] | None:
    """Give what was written down of a recipe; None where it is another since."""
    if path.parent != recipes_folder():
        return None
    file = path.parent / FILE
    try:
        entry = _entries(file, file.stat().st_mtime_ns).get(path.stem)
        return entry if entry is not None and entry["recipe"] == fingerprint(path) else None
    except OSError:
        return None


@lru_cache(maxsize=2)
def _entries(path: Path, stamp: int) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))
