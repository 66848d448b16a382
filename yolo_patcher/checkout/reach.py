"""Files that define `parse_model` in unusual places, reached by imports from a root's own scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.root import DEFINITION
from yolo_patcher.checkout.snapshot import is_file

_SCRIPTS = ("train.py", "detect.py", "test.py", "val.py", "export.py", "predict.py")
_FILES, _LARGEST = 400, 2**20
_IMPORTS = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.{0,20})((?:\w[\w.]*)?)[ \t]+import[ \t]*(?:\(([^)]{0,4000})\)|([^#;\r\n]*))"
    rb"|import[ \t]+([^#;\r\n]+))",
    re.MULTILINE,
)


def reached(root: Path) -> list[tuple[str, str]]:
    """Give the files that define `parse_model` and that the first script which reaches any imports, nearest first.

    Args:
        root: the folder from which the imports begin.

    Returns:
        Paths relative to it, each with the package from which it was reached, `""` for a script in the root itself.
    """
    seen: dict[str, bytes] = {}
    for folder, start in _starts(root):
        found = [path for path, content in _imported(root, start, seen) if DEFINITION in content]
        if found:
            return [(path, folder) for path in found]
    return []


def _starts(root: Path) -> Iterator[tuple[str, str]]:
    for name in _SCRIPTS:
        if is_file(root / name):
            yield "", name
    try:
        names = sorted(child.name for child in root.iterdir() if not child.name.startswith("."))
    except OSError:
        return
    yield from ((name, f"{name}/__init__.py") for name in names if is_file(root / name / "__init__.py"))


def _imported(root: Path, start: str, contents: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Walk the files that a file imports, those in turn, each once, and no more than a repository has."""
    pending, known = [start], {start}
    while pending and len(contents) < _FILES:
        path = pending.pop(0)
        if path not in contents:
            contents[path] = _read(root / path)
        yield path, contents[path]
        for name in _candidates(path, contents[path]):
            if name not in known and is_file(root / name):
                known.add(name)
                pending.append(name)


def _candidates(path: str, content: bytes) -> Iterator[str]:
    """Give where the modules may stand that a file imports."""
    for dots, above, several, names, plain in _IMPORTS.findall(content):
        if plain:
            for name in plain.split(b","):
                yield from _files_of(PurePosixPath(), name.split()[0] if name.split() else b"")
            continue
        folders = PurePosixPath(path).parents
        if len(dots) > len(folders):
            continue
        folder = folders[len(dots) - 1] if dots else PurePosixPath()
        yield from _files_of(folder, above)
        # A name may be a module of the package that is named.
        for name in (several or names).split(b","):
            if name.split():
                yield from _files_of(folder, b".".join(filter(None, (above, name.split()[0]))))


def _files_of(folder: PurePosixPath, dotted: bytes) -> Iterator[str]:
    parts = [part for part in dotted.decode("ascii", "replace").split(".") if part]
    if parts and all(part.isidentifier() for part in parts):
        base = folder.joinpath(*parts)
        yield from (f"{base}/__init__.py", f"{base}.py")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        # Not ours to read, or a folder above it is closed to us.
        return b""
