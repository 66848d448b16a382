"""A folder as a value: every file, link and folder in it with its kind, mode and content; taken and put back."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

OURS = ".yolo-patcher"
# By path relative to the root: mode with kind, and content (of a link its target, of a folder nothing).
Image = Mapping[str, tuple[int, bytes]]


def take(root: Path) -> Image:
    """Read a folder."""
    found: dict[str, tuple[int, bytes]] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        for entry in sorted(os.scandir(root / folder), key=lambda one: one.name):
            path = f"{folder}/{entry.name}".lstrip("/")
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                pending.append(path)
            content = str(Path(entry.path).readlink()).encode() if stat.S_ISLNK(mode) else b""
            found[path] = (mode, Path(entry.path).read_bytes() if stat.S_ISREG(mode) else content)
    return found


def restore(root: Path, image: Image) -> None:
    """Make a folder what an image says; the folder itself stays, and so does what the system knows it by."""
    for entry in list(os.scandir(root)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()
    for path, (mode, content) in sorted(image.items()):
        place = root / path
        if stat.S_ISLNK(mode):
            place.symlink_to(content.decode())
        elif stat.S_ISDIR(mode):
            place.mkdir()
        else:
            place.write_bytes(content)
        if not stat.S_ISLNK(mode):
            place.chmod(stat.S_IMODE(mode))


def outside(image: Image) -> Image:
    """Give what is the user's."""
    return {path: one for path, one in image.items() if path.split("/")[0] != OURS}


def inside(image: Image) -> Image:
    """Give the files that are the tool's own, named as in its folder; the lock and `.gitignore` always stay."""
    files = {path: one for path, one in image.items() if path.startswith(f"{OURS}/") and not stat.S_ISDIR(one[0])}
    return {
        path[len(OURS) + 1 :]: one for path, one in files.items() if path not in (f"{OURS}/lock", f"{OURS}/.gitignore")
    }
