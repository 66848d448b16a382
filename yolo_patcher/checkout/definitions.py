"""What a name means in a Python file of the checkout, without parsing more of the file than the name needs."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from yolo_patcher.checkout.namespace import bound_names, imported_file, top_level
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import SourceText, decode_python
from yolo_patcher.errors import PatcherError

# A statement begins where a line does; the parts of an `if` or `try`, closing brackets and comments go on with one.
_BEGIN = re.compile(r"^(?!else\b|elif\b|except\b|finally\b)[^\s#)\]}]", re.MULTILINE)
_NAMED = re.compile(r"(?:class|def|async\s+def)\s+(\w+)")
_DEEPEST = 20


@dataclass(frozen=True, eq=False)
class Definition:
    """What a file binds a name to.

    Attributes:
        file: the file.
        name: the name there.
        node: the class, the function, or the value that is assigned.
    """

    file: PythonFile
    name: str
    node: ast.ClassDef | ast.FunctionDef | ast.expr


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """What an import brings from outside the checkout, by its full name: `torch.nn.Conv2d`."""

    name: str


Meaning = Definition | Elsewhere


@dataclass(frozen=True, eq=False)
class Definitions:
    """The definitions of a checkout, each file looked at once."""

    snapshot: Snapshot
    _files: dict[str, PythonFile | None] = field(default_factory=dict, repr=False)

    def file(self, path: str) -> PythonFile | None:
        """Give a file of the checkout; None where there is none that can be decoded."""
        if path not in self._files:
            content = self.snapshot.read(path)
            try:
                source = None if content is None else decode_python(path, content)
            except PatcherError:
                source = None
            self._files[path] = None if source is None else PythonFile(source, self)
        return self._files[path]

    def around(self, source: SourceText) -> PythonFile:
        """Give a file of the checkout that is decoded already."""
        file = self._files.get(source.path)
        if file is None:
            file = self._files[source.path] = PythonFile(source, self)
        return file


@dataclass(frozen=True, eq=False)
class PythonFile:
    """A Python file and what its top level binds.

    Attributes:
        source: the file.
        definitions: the checkout's; None for a text that imports nothing of a checkout.
    """

    source: SourceText
    definitions: Definitions | None = None
    _known: dict[str, Meaning | None] = field(default_factory=dict, repr=False)

    def find(self, name: str, depth: int = 0) -> Meaning | None:
        """Give what a name means here, imports followed; None where that can't be told."""
        if name not in self._known:
            # For an import that leads back to this file.
            self._known[name] = None
            self._known[name] = self._find(name, depth)
        return self._known[name]

    def _find(self, name: str, depth: int) -> Meaning | None:
        if depth > _DEEPEST:
            return None
        statement = self._statement(name)
        match statement:
            case ast.ClassDef() | ast.FunctionDef():
                return Definition(self, name, statement)
            case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=ast.expr() as value):
                return Definition(self, name, value)
            case ast.Import():
                alias = next(alias for alias in statement.names if _bound_by(alias) == name)
                return Elsewhere(alias.name if alias.asname else name)
            case ast.ImportFrom():
                alias = next(alias for alias in statement.names if _bound_by(alias) == name)
                return self.imported(statement, alias.name, depth)
        return self._from_stars(name, depth) if statement is None else None

    def imported(self, statement: ast.ImportFrom, name: str, depth: int = 0) -> Meaning | None:
        """Give what an import in this file brings, None where that can't be told."""
        path = self._source_of(statement)
        if path is None:
            return None if statement.level else Elsewhere(f"{statement.module}.{name}")
        file = self.definitions.file(path) if self.definitions else None
        return file.find(name, depth + 1) if file else None

    def module(self, name: str) -> PythonFile | None:
        """Give the file of the checkout that an import here binds a name to, None where there is none."""
        statement = self._statement(name)
        if self.definitions is None or not isinstance(statement, ast.Import | ast.ImportFrom):
            return None
        alias = next(alias for alias in statement.names if _bound_by(alias) == name)
        level, above = (statement.level, statement.module) if isinstance(statement, ast.ImportFrom) else (0, None)
        if isinstance(statement, ast.Import) and not alias.asname and "." in alias.name:
            return None
        whole = ast.ImportFrom(".".join(filter(None, (above, alias.name))), [ast.alias("*")], level)
        path = self._source_of(whole)
        return None if path is None else self.definitions.file(path)

    def _from_stars(self, name: str, depth: int) -> Meaning | None:
        for statement in reversed(self._stars):
            path = self._source_of(statement)
            file = self.definitions.file(path) if self.definitions and path else None
            found = file.find(name, depth + 1) if file and not name.startswith("_") else None
            if found is not None:
                return found
        return None

    def _source_of(self, statement: ast.ImportFrom) -> str | None:
        if self.definitions is None:
            return None
        return imported_file(self.definitions.snapshot, self.source.path, statement)

    def _statement(self, name: str) -> ast.stmt | None:
        if self._pieces is None or name not in self._pieces:
            hidden = any(f"{word} {name}" in self.source.text for word in ("class", "def"))
            return self._whole.get(name) if self._pieces is None or hidden else None
        piece = self._pieces[name]
        if isinstance(piece, ast.stmt):
            return piece
        statements = _parsed(self.source.text[piece[0] : piece[1]])
        if len(statements) == 1 and getattr(statements[0], "name", None) == name:
            return statements[0]
        return self._whole.get(name)

    @cached_property
    def _pieces(self) -> dict[str, ast.stmt | tuple[int, int]] | None:
        """Where each class and function stands, and each other statement; None where the text is not that simple."""
        text = self.source.text
        begins = list(_begins(text))
        found: dict[str, ast.stmt | tuple[int, int]] = {}
        others: list[str] = []
        decorated = None
        for begin, end in pairwise([*begins, len(text)]):
            named = _NAMED.match(text, begin)
            if named and named[1] in found:
                return None
            if named:
                found[named[1]] = (begin if decorated is None else decorated, end)
            elif text[begin] == "@":
                decorated = begin if decorated is None else decorated
                continue
            else:
                others.append(text[begin:end])
            decorated = None
        statements = _parsed("\n".join(others))
        bound = dict(_by_names(ast.Module(statements, [])))
        # Of two bindings of a name the later one holds, which only the whole file tells.
        is_simple = (statements or not others) and not found.keys() & bound.keys()
        return {**found, **bound} if is_simple else None

    @cached_property
    def _whole(self) -> dict[str, ast.stmt]:
        try:
            return dict(_by_names(parse_python(self.source)))
        except PatcherError:
            return {}

    @cached_property
    def _stars(self) -> list[ast.ImportFrom]:
        pieces = self._whole if self._pieces is None else self._pieces
        found = [piece for name, piece in pieces.items() if name.startswith("*")]
        return [piece for piece in found if isinstance(piece, ast.ImportFrom)]


def _begins(text: str) -> Iterator[int]:
    """Give where statements begin, lines of a text at the margin left out, as those of a file's own description."""
    behind = 0
    for match in _BEGIN.finditer(text):
        if match.start() < behind:
            continue
        yield match.start()
        quotes = text[match.start() : match.start() + 3]
        if quotes in ('"""', "'''"):
            behind = text.find(quotes, match.end() + 2) + 3


def _by_names(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for number, statement in enumerate(top_level(tree)):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            yield f"*{statement.level}{statement.module}{number}", statement
            continue
        for name in bound_names(ast.Module([statement], [])):
            yield name, statement


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".", 1)[0]


def _parsed(text: str) -> list[ast.stmt]:
    """Give the statements of a piece of a file; none where it is no whole piece."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
