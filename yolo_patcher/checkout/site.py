"""Find `parse_model` in a checkout, and the file or package that supplies the modules that it names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from yolo_patcher.checkout.definitions import Definitions
from yolo_patcher.checkout.namespace import bound_names, class_definition, imported_file, top_level, visible_names
from yolo_patcher.checkout.parse_model import ParseModel, recognise_parse_model
from yolo_patcher.checkout.root import DEFINITION, PLACES, no_checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import SourceText, decode_python
from yolo_patcher.errors import PatcherError

_SUPPLIERS = ("models/common.py", "nn/modules.py", "nn/modules/__init__.py")
_VERSION = re.compile(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Site:
    """Where the parts of a checkout are.

    Attributes:
        snapshot: the checkout.
        folder: the folder that holds `nn/` or `models/`, `""` for the checkout's root.
        parse_model: what was recognised in the file of `parse_model`.
        supply: the import that brings most of the modules into that file.
        supplier: the file that this import reads, a module or a package's `__init__.py`.
        version: the repository's own version, None where it does not say.
        definitions: what the names in its Python files mean.
    """

    snapshot: Snapshot
    folder: str
    parse_model: ParseModel
    supply: ast.ImportFrom
    supplier: str
    version: str | None
    definitions: Definitions
    _parsed: dict[str, tuple[SourceText, ast.Module]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def module(self) -> str:
        """The dotted name under which the file of `parse_model` is imported."""
        return self.parse_model.path.removesuffix(".py").replace("/", ".")

    def inside(self, path: str) -> str:
        """Give the path, relative to the checkout, of something in the site's folder."""
        return f"{self.folder}/{path}" if self.folder else path

    def read_python(self, path: str) -> tuple[SourceText, ast.Module]:
        """Read and parse a Python file of the checkout, once."""
        if path not in self._parsed:
            source = decode_python(path, self.snapshot.require(path))
            self._parsed[path] = source, parse_python(source)
        return self._parsed[path]

    @cached_property
    def other_parse_models(self) -> tuple[str, ...]:
        """The files beside it that define a `parse_model` of their own, as `models/tf.py` for TensorFlow does."""
        beside = (self.snapshot.root / self.parse_model.path).parent.glob("*.py")
        paths = sorted(path.relative_to(self.snapshot.root).as_posix() for path in beside)
        return tuple(
            path for path in paths if path != self.parse_model.path and _defines_parse_model(self.snapshot, path)
        )

    @cached_property
    def names(self) -> tuple[set[str], bool]:
        """The names that a model YAML can use, and whether they are all of them."""
        return visible_names(self.snapshot, self.parse_model.path, self.parse_model.tree)


def find_site(snapshot: Snapshot, package: str | None) -> Site:
    """Find the one file with a `parse_model` in a checkout.

    Raises:
        PatcherError: `checkout`, when there is none, more than one, or it is not recognised.
    """
    found = _candidates(snapshot, package)
    if not found:
        raise no_checkout(snapshot.root)
    if len(found) > 1:
        raise PatcherError(
            "checkout",
            f"{len(found)} files define parse_model: {', '.join(found)}",
            path=str(snapshot.root),
            help="Name the one you mean with --repo, for example --repo "
            f"{snapshot.root / PurePosixPath(found[0]).parent.parent}.",
        )
    path = found[0]
    definitions = Definitions(snapshot)
    source = decode_python(path, snapshot.require(path))
    parse_model = recognise_parse_model(source, definitions.around(source))
    supply, supplier = _supply(snapshot, parse_model)
    folder = PurePosixPath(path).parent.parent.as_posix()
    folder = "" if folder == "." else folder
    return Site(snapshot, folder, parse_model, supply, supplier, _version(snapshot, folder), definitions)


def _candidates(snapshot: Snapshot, package: str | None) -> list[str]:
    if package is not None:
        folders = [package]
    else:
        children = (
            sorted(child.name for child in snapshot.root.iterdir() if child.is_dir()) if _is_folder(snapshot) else []
        )
        folders = ["", *(name for name in children if not name.startswith("."))]
    paths = [f"{folder}/{place}" if folder else place for folder in folders for place in PLACES]
    return [path for path in paths if _defines_parse_model(snapshot, path)]


def _is_folder(snapshot: Snapshot) -> bool:
    return snapshot.root.is_dir()


def _defines_parse_model(snapshot: Snapshot, path: str) -> bool:
    content = snapshot.read(path) if snapshot.exists(path) else None
    return content is not None and DEFINITION in content


def _supply(snapshot: Snapshot, parse_model: ParseModel) -> tuple[ast.ImportFrom, str]:
    """Find the import that brings the most of the chain's module names, star imports counted by their classes.

    A place where new classes can go comes before all others: in some forks most modules are the fork's own.
    """
    wanted = set(parse_model.module_names)
    above = PurePosixPath(parse_model.path).parent.parent
    places = {str(above / place) for place in _SUPPLIERS}
    best: tuple[tuple[bool, int], ast.ImportFrom, str] | None = None
    for statement in top_level(parse_model.tree):
        if not isinstance(statement, ast.ImportFrom):
            continue
        source = imported_file(snapshot, parse_model.path, statement)
        if source is None:
            continue
        names = {alias.name for alias in statement.names}
        if names == {"*"}:
            source = _defining(snapshot, source, wanted)
            names = _classes(snapshot, source, wanted)
        count = len(names & wanted)
        score = (source in places, count)
        if count and (best is None or score > best[0]):
            best = (score, statement, source)
    if best is None:
        raise PatcherError(
            "checkout",
            "parse_model's modules are not imported from a file of this checkout",
            path=parse_model.path,
            line=parse_model.function.lineno,
            help="yolo-patcher looks for `from models.common import ...` or `from ultralytics.nn.modules import ...`.",
        )
    return best[1], best[2]


def _defining(snapshot: Snapshot, path: str, wanted: set[str], seen: frozenset[str] = frozenset()) -> str:
    """Give the file that defines most of the wanted classes: a module, or one that it takes everything from.

    YOLOv5 v1.0 imports only `models/experimental.py`, which begins with `from models.common import *`.
    """
    if path.endswith("/__init__.py") or path in seen:
        return path
    tree = parse_python(decode_python(path, snapshot.require(path)))
    best, most = path, len(bound_names(tree) & wanted)
    for statement in top_level(tree):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            inner = imported_file(snapshot, path, statement)
            if inner is None:
                continue
            inner = _defining(snapshot, inner, wanted, seen | {path})
            count = len(_classes(snapshot, inner, wanted))
            if count > most:
                best, most = inner, count
    return best


def _classes(snapshot: Snapshot, path: str, wanted: set[str]) -> set[str]:
    try:
        tree = parse_python(decode_python(path, snapshot.require(path)))
    except PatcherError as error:
        raise PatcherError("checkout", error.message, path=path, line=error.line, help=error.help) from error
    names, _ = visible_names(snapshot, path, tree)
    return {name for name in wanted if class_definition(tree, name) or name in names}


def _version(snapshot: Snapshot, folder: str) -> str | None:
    content = snapshot.read(f"{folder}/__init__.py" if folder else "__init__.py")
    match = _VERSION.search(content.decode("utf-8", "replace")) if content else None
    return match[1] if match else None
