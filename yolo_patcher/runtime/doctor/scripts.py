"""Find a console script, and the Python that its first lines name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SHELLS = ("sh", "bash", "dash")
# pip's way around a path that is too long for a first line, or that holds a space.
_EXEC = re.compile(r"""^'''exec' (.+) "\$0" "\$@"\s*$""")
# uv's way to name a Python beside the script.
_RELOCATABLE = re.compile(r"""\$\(.*realpath.*\)"?/'?([\w.]+)['"]?$""")


@dataclass(frozen=True)
class Script:
    """A console script.

    Attributes:
        path: where it was found.
        command: the Python that runs it with its options; empty when that is not known.
        trouble: why it is not known.
        on_path: whether this is what its bare name means in the user's shell.
    """

    path: Path
    command: tuple[str, ...]
    trouble: str
    on_path: bool

    @property
    def folder(self) -> Path:
        """The folder that Python puts first on its path: where the script really lies, all links followed."""
        return self.path.resolve().parent


def find_scripts(name: str, folders: Iterable[str]) -> tuple[Script, ...]:
    """Give the script of a Python, from the first of its folders that has one, and the one on PATH, if another."""
    found = [Path(folder, name) for folder in folders if os.access(Path(folder, name), os.X_OK)][:1]
    first = shutil.which(name)
    on_path = Path(first).absolute() if first else None
    if on_path is not None and not (found and found[0].resolve() == on_path.resolve()):
        found.append(on_path)
    return tuple(read_script(path, on_path is not None and path.resolve() == on_path.resolve()) for path in found)


def read_script(path: Path, on_path: bool) -> Script:
    """Read which Python runs a script."""
    try:
        with path.open("rb") as file:
            lines = file.read(8192).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return Script(path, (), f"it can't be read: {error.strerror}", on_path)
    try:
        command = _command(path, lines)
    except ValueError:  # a quote without its end
        command = ()
    if not command or not re.match(r"(python|pypy)[\d.]*$", Path(command[0]).name):
        return Script(path, (), "it is no Python script, so what it starts is not known", on_path)
    program = shutil.which(command[0])
    if program is None:
        return Script(path, (), f"it names {command[0]}, which is not there", on_path)
    return Script(path, (program, *command[1:]), "", on_path)


def _command(path: Path, lines: list[str]) -> tuple[str, ...]:
    if not lines or not lines[0].startswith("#!"):
        return ()
    program, _, rest = lines[0][2:].strip().partition(" ")
    kind = Path(program).name
    if kind == "env":
        words = shlex.split(rest.removeprefix("-S"))
        return tuple(words)
    if kind in _SHELLS:
        match = _EXEC.match(lines[1]) if len(lines) > 1 else None
        if match is None:
            return ()
        beside = _RELOCATABLE.search(match[1])
        return (str(path.resolve().parent / beside[1]),) if beside else tuple(shlex.split(match[1]))
    return (program, *([rest.strip()] if rest.strip() else []))
