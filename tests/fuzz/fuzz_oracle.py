"""What must hold of every input: an exit code of the list, an answer in form, and nothing written."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from fuzz_capture import Ended

CODES = frozenset(range(8))
_MOST_LINES, _MOST_WIDE = 24, 400
_OWN = ".yolo-patcher"

Tree = Mapping[str, tuple[object, ...]]


def tree(folder: Path, own: bool = True) -> Tree:
    """Give the kind, mode and content of everything below a folder.

    Args:
        folder: the folder.
        own: with what the tool keeps for itself; the lock and the `.gitignore`, which stay, never count.
    """
    found: dict[str, tuple[object, ...]] = {}
    for directory, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(directory, name)
            relative = path.relative_to(folder).as_posix()
            if _OWN in path.parts and (not own or name in (_OWN, "lock", ".gitignore")):
                continue
            status = path.lstat()
            content: object = str(path.readlink()) if path.is_symlink() else None
            if stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest() if os.access(path, os.R_OK) else "unreadable"
            found[relative] = stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), content
    return found


def differences(before: Tree, after: Tree) -> list[str]:
    """Say what differs."""
    return [
        f"{path} was {before.get(path)} and is {after.get(path)}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def judge(argv: Sequence[str], ended: Ended) -> Iterator[str]:
    """Say what is wrong with how a command ended."""
    if ended.error:
        yield f"an exception left the command line:\n{ended.error}"
        return
    if ended.code not in CODES:
        yield f"exit code {ended.code}"
    if "Traceback (most" in ended.stderr or b"Traceback (most" in ended.stdout:
        yield "a traceback"
    if "Warning: " in ended.stderr and any(f"{kind}Warning: " in ended.stderr for kind in _WARNINGS):
        yield f"a warning of Python: {ended.stderr[-300:]}"
    if "--json" in argv:
        yield from _document(argv, ended)
    elif ended.code > 1:
        yield from _error(ended)


_WARNINGS = ("Syntax", "Deprecation", "Resource", "Runtime", "Future", "Unicode", "Encoding", "Bytes", "User", "Import")


def _document(argv: Sequence[str], ended: Ended) -> Iterator[str]:
    def no_number(text: str) -> NoReturn:
        raise ValueError(f"{text} is no JSON")

    try:
        document: Any = json.loads(ended.stdout, parse_constant=no_number)
    except ValueError as error:
        yield f"stdout is not one JSON document: {error}"
        return
    if document.get("schema") != 1 or document.get("ok") is not (ended.code == 0):
        yield f"the document says schema {document.get('schema')}, ok {document.get('ok')}"
    if document.get("command") != argv[0] and not argv[0].startswith("-"):
        yield f"the document says command {document.get('command')!r}"
    if ended.code > 1 and document.get("error", {}).get("code") != ended.code:
        yield f"the document's error is {document.get('error')}"
    if ended.stderr.strip():
        yield f"stderr, with --json: {ended.stderr[-300:]}"


def _error(ended: Ended) -> Iterator[str]:
    lines = ended.stderr.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    if len(errors) != 1:
        yield f"{len(errors)} errors on stderr"
        return
    if len(lines) > _MOST_LINES:
        yield f"an error of {len(lines)} lines"
    widest = max(map(len, lines))
    if widest > _MOST_WIDE:
        yield f"an error with a line of {widest} characters: {max(lines, key=len)[:100]}"
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in ended.stderr):
        yield "an error with control characters"
    if ended.stdout:
        yield f"an error, and {len(ended.stdout)} bytes on stdout"


def judge_recovery(old: Tree, new: Tree, journal: Mapping[str, Any]) -> Iterator[str]:
    """Check a checkout after a command found a damaged journal: every file is one that the commit knew.

    Args:
        old: what there was before the command.
        new: what there is after it.
        journal: the journal before it was damaged.
    """
    known = {one[side] for one in journal["files"] for side in ("before", "after")}
    for path in sorted(old.keys() | new.keys()):
        content = new[path][2] if path in new else None
        if old.get(path) != new.get(path) and content not in known:
            yield f"{path} is nothing that the journal knows: {new.get(path)}"
