"""Something else in a file's place: a folder, a link, a pipe, a device, or another name that differs in case."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from random import Random

WHAT = (
    "folder", "loop", "dangling", "link out", "link inside", "hard link", "pipe", "socket", "/dev/null", "/dev/zero",
    "mode 000", "mode 444", "read-only folder", "upper case", "missing", "linked folder", "long link",
)  # fmt: skip


def replace(random: Random, root: Path, path: str) -> str:
    """Put something else in a file's place.

    Args:
        random: decides what.
        root: the checkout.
        path: the file's path, relative to it; it need not be there.

    Returns:
        What was done, in words.
    """
    what = random.choice(WHAT)
    try:
        return _replace(what, random, root, path)
    except OSError as error:
        return f"{path}: no {what}, because of what was put there before: {error.strerror}"


def _replace(what: str, random: Random, root: Path, path: str) -> str:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    content = target.read_bytes() if target.is_file() else b""
    if what.startswith("mode") or what == "read-only folder":
        # The superuser may write everything: the modes alone must be enough to refuse, or nothing is.
        place = target.parent if what == "read-only folder" else target
        if place.exists() and os.geteuid():
            place.chmod({"mode 000": 0, "mode 444": 0o444}.get(what, 0o555))
        return f"{path}: {what}"
    if what == "upper case":
        name = random.choice((target.name.upper(), target.name.swapcase(), target.name.title()))
        target.with_name(name).write_bytes(content)
        return f"{path}: {name} beside it"
    if what == "linked folder":
        if target.parent != root:
            real = target.parent.with_name(target.parent.name + "-real")
            target.parent.rename(real)
            target.parent.symlink_to(real.name)
        return f"{path}: its folder is a link"
    target.unlink(missing_ok=True)
    _put(what, target, root, content)
    return f"{path}: {what} in its place"


def _put(what: str, target: Path, root: Path, content: bytes) -> None:
    outside = root.parent / "outside"
    if what == "folder":
        target.mkdir()
        (target / "file.yaml").write_bytes(content)
    elif what == "loop":
        target.symlink_to(target.name)
    elif what == "dangling":
        target.symlink_to("nowhere")
    elif what in ("link out", "hard link"):
        outside.mkdir(exist_ok=True)
        (outside / target.name).write_bytes(content)
        if what == "hard link":
            target.hardlink_to(outside / target.name)
        else:
            target.symlink_to(outside / target.name)
    elif what == "link inside":
        target.with_name(f"real-{target.name}").write_bytes(content)
        target.symlink_to(f"real-{target.name}")
    elif what == "long link":
        target.symlink_to("x" * 255 + "/" + "y" * 3000)
    elif what == "pipe":
        os.mkfifo(target)
    elif what == "socket":
        # Its address may be longer than an address can be; there is then no file, which is as good.
        with socket.socket(socket.AF_UNIX) as one:
            if len(str(target)) < 100:
                one.bind(str(target))
    elif what.startswith("/dev"):
        target.symlink_to(what)
