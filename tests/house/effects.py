"""Find in a module's text what writes to a disk or starts, ends or signals a process; nothing is imported or run.

Names are followed through imports: `from os import remove as gone` is known as `os.remove`. A method of a value whose
type the text does not tell is taken by its name for that of a path or a process; `replace` is taken so with a single
argument, for that of a string has two. Naming a function counts as calling it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["write", "process"]


@dataclass(frozen=True)
class Effect:
    """A line that writes (`write`), or runs or signals what is not this program's text (`process`)."""

    line: int
    call: str
    kind: Kind


_OS_WRITES = {
    "chflags", "chmod", "chown", "copy_file_range", "fchmod", "fchown", "ftruncate", "lchflags", "lchmod", "lchown",
    "link", "makedirs", "mkdir", "mkfifo", "mknod", "posix_fallocate", "pwrite", "pwritev", "remove", "removedirs",
    "removexattr", "rename", "renames", "replace", "rmdir", "sendfile", "setxattr", "splice", "symlink", "truncate",
    "unlink", "utime", "write", "writev",
}  # fmt: skip
_OS_PROCESSES = {
    "fork", "forkpty", "kill", "killpg", "popen", "posix_spawn", "posix_spawnp", "startfile", "system",
}  # fmt: skip
_SIGNALS = {"alarm", "pidfd_send_signal", "pthread_kill", "raise_signal", "setitimer"}
# Of these modules, all but what is named here.
_WRITING = {
    "shutil": {"Error", "SameFileError", "disk_usage", "get_terminal_size", "ignore_patterns", "which"},
    "tempfile": {"gettempdir", "gettempprefix"},
    "dbm": set[str](),
    "fileinput": set[str](),
    "mmap": set[str](),
    "shelve": set[str](),
    "sqlite3": set[str](),
}
_STARTING = {"ctypes", "multiprocessing", "pty", "runpy", "socket", "subprocess"}
_FURTHER: dict[str, Kind] = {
    "asyncio.create_subprocess_exec": "process",
    "asyncio.create_subprocess_shell": "process",
    "concurrent.futures.ProcessPoolExecutor": "process",
    "importlib.import_module": "process",
    "io.FileIO": "write",
    "logging.FileHandler": "write",
    "urllib.request.urlretrieve": "write",
}
_BUILT_IN = {"__import__", "eval", "exec"}
# Their second argument is the mode.
_OPENERS = {
    "bz2.open", "codecs.open", "gzip.open", "io.open", "lzma.open", "open", "os.fdopen", "tarfile.open",
    "zipfile.ZipFile",
}  # fmt: skip
_PATH_METHODS = {
    "chmod", "hardlink_to", "lchmod", "link_to", "mkdir", "rename", "rmdir", "symlink_to", "touch", "unlink",
    "write_bytes", "write_text",
}  # fmt: skip
_PROCESS_METHODS = {"kill", "send_signal", "terminate"}
_STARRED = {"os", "shutil", "signal", "tempfile", *_STARTING}


def effects(text: str) -> list[Effect]:
    """Give the effects of a module in the order of their lines."""
    tree = ast.parse(text)
    found = [*_Finder(tree).effects()]
    return sorted(found, key=lambda effect: effect.line)


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names: dict[str, str] = {}
        self.modules: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.names[name] = alias.name if alias.asname else name
                    self.modules.add(name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"

    def effects(self) -> Iterator[Effect]:
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.expr | ast.ImportFrom)]
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        # The inner names of a dotted one are no names of their own.
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            found: tuple[str, Kind] | None = None
            if isinstance(node, ast.Call):
                found = self._call(node)
            elif isinstance(node, ast.ImportFrom):
                if node.names[0].name == "*" and node.module in _STARRED:
                    found = f"{node.module}.*", "process" if node.module in _STARTING else "write"
            elif isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
                found = self._reference(node, id(node) in called)
            if found is not None:
                yield Effect(node.lineno, *found)

    def _dotted(self, node: ast.expr) -> str:
        """Give the whole name of what an import binds, or of what Python has built in; "" for anything else."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id if node.id in _BUILT_IN | {"open", "getattr"} else "")
        if isinstance(node, ast.Attribute):
            whole = self._dotted(node.value)
            return f"{whole}.{node.attr}" if whole else ""
        return ""

    def _reference(self, node: ast.Attribute | ast.Name, called: bool) -> tuple[str, Kind] | None:
        dotted = self._dotted(node)
        kind = _kind(dotted)
        if kind is not None:
            return dotted, kind
        if dotted in _OPENERS or dotted == "os.open":
            return None if called else (dotted, "write")
        if not isinstance(node, ast.Attribute) or self._is_module(node.value):
            return None
        if node.attr in _PATH_METHODS:
            return f".{node.attr}", "write"
        if node.attr in _PROCESS_METHODS:
            return f".{node.attr}", "process"
        if node.attr in ("open", "replace", "truncate") and not called:
            return f".{node.attr}", "write"
        return None

    def _call(self, node: ast.Call) -> tuple[str, Kind] | None:
        dotted = self._dotted(node.func)
        if dotted == "getattr" and len(node.args) > 1:
            owner, name = self._dotted(node.args[0]), node.args[1]
            if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
                return (f"getattr({owner})", "process") if owner.partition(".")[0] in _STARRED else None
            kind = _kind(f"{owner}.{name.value}")
            return (f"{owner}.{name.value}", kind) if kind else None
        if dotted == "os.open":
            flags = node.args[1] if len(node.args) > 1 else None
            return None if flags is not None and self._dotted(flags) == "os.O_RDONLY" else (dotted, "write")
        if dotted in _OPENERS:
            return (dotted, "write") if _writes(node, 1) else None
        if not isinstance(node.func, ast.Attribute) or self._is_module(node.func.value):
            return None
        method = node.func.attr
        # `Path.open(path, mode)` and `path.open(mode)`
        unbound = self._dotted(node.func.value).startswith("pathlib.")
        if method == "open" and _writes(node, 1 if unbound else 0):
            return ".open", "write"
        if method == "replace" and len(node.args) == (2 if unbound else 1) and not node.keywords:
            return ".replace", "write"
        return (".truncate", "write") if method == "truncate" else None

    def _is_module(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.modules and node.id != "pathlib"


def _kind(dotted: str) -> Kind | None:
    module, _, name = dotted.partition(".")
    if dotted in _FURTHER:
        return _FURTHER[dotted]
    if dotted in _BUILT_IN or (module in _STARTING and name):
        return "process"
    if module in _WRITING and name:
        return None if name in _WRITING[module] else "write"
    if module == "signal" and name in _SIGNALS:
        return "process"
    if module in ("os", "posix", "nt"):
        if name in _OS_PROCESSES or name.startswith(("exec", "spawn")):
            return "process"
        return "write" if name in _OS_WRITES else None
    return None


def _writes(node: ast.Call, place: int) -> bool:
    """Tell whether a call that opens a file may write to it: a mode that the text does not tell may."""
    modes = [keyword.value for keyword in node.keywords if keyword.arg in ("mode", None)]
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return True
    modes += node.args[place : place + 1]
    return any(
        not isinstance(mode, ast.Constant) or not isinstance(mode.value, str) or bool(set(mode.value) & set("wax+"))
        for mode in modes
    )
