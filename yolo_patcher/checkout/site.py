"""Find `parse_model` in a checkout, and the file or package that supplies the modules that it names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal

from yolo_patcher.checkout.definitions import Definitions
from yolo_patcher.checkout.namespace import all_assignments, is_plain_list, visible_names
from yolo_patcher.checkout.parse_model import ParseModel, recognise_parse_model
from yolo_patcher.checkout.places import Place, beside, parse_model_places
from yolo_patcher.checkout.root import no_checkout
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.supply import Supply, find_supply
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import SourceText, decode_python
from yolo_patcher.errors import PatcherError

Home = Literal["appended", "package", "beside"]
_VERSION = re.compile(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Site:
    """Where the parts of a checkout are.

    Attributes:
        snapshot: the checkout.
        folder: the folder of its package, which mostly holds `nn/` or `models/`; `""` for the checkout's root.
        parse_model: what was recognised in the file of `parse_model`.
        supply: the file from which modules come that classes are put into, None where none come from another file.
        version: the repository's own version, None where it does not say.
        definitions: what the names in its Python files mean.
    """

    snapshot: Snapshot
    folder: str
    parse_model: ParseModel
    supply: Supply | None
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

    @property
    def in_nn(self) -> bool:
        """Whether `parse_model` stands in a folder `nn/`, as ultralytics has it, and not in `models/`."""
        return PurePosixPath(self.parse_model.path).parent.name == "nn"

    def read_python(self, path: str) -> tuple[SourceText, ast.Module]:
        """Read and parse a Python file of the checkout, once."""
        if path not in self._parsed:
            source = decode_python(path, self.snapshot.require(path))
            self._parsed[path] = source, parse_python(source)
        return self._parsed[path]

    @cached_property
    def other_parse_models(self) -> tuple[str, ...]:
        """The files beside it that define a `parse_model` of their own, as `models/tf.py` for TensorFlow does."""
        return tuple(beside(self.snapshot, self.parse_model.path))

    @property
    def model_folders(self) -> list[str]:
        """The folders where the models lie that it reads."""
        return Place(self.parse_model.path, self.folder).model_folders

    @property
    def supplier(self) -> str:
        """The file that classes are put into or beside: where the modules come from, else that of `parse_model`."""
        return self.supply.path if self.supply else self.parse_model.path

    @cached_property
    def home(self) -> Home:
        """How a class is put there: at the supplier's end, into its package, or into a file of its own beside it."""
        if self.supply is None:
            return "beside"
        if PurePosixPath(self.supplier).name != "__init__.py":
            return "appended"
        body = self.read_python(self.supplier)[1].body
        own = any(isinstance(node, ast.ImportFrom) and node.level == 1 and node.module for node in body)
        return "package" if own else "beside"

    @cached_property
    def carries(self) -> bool:
        """Whether the import of the supply brings every name that is put into the supplier, and into its `__all__`."""
        if self.supply is None or self.home == "beside":
            return False
        lists = [list(all_assignments(self.read_python(path)[1])) for path in self.supply.starred]
        return not any(lists[:-1]) and all(map(is_plain_list, lists[-1:]))

    @cached_property
    def names(self) -> tuple[set[str], bool]:
        """The names that a model YAML can use, and whether they are all of them.

        Raises:
            PatcherError: `checkout`, when the supplier, which must name them, does not parse.
        """
        if self.supply and self.supply.starred:
            self.read_python(self.supplier)
        return visible_names(self.snapshot, self.parse_model.path, self.parse_model.tree)


def find_site(snapshot: Snapshot, package: str | None) -> Site:
    """Find the one file with a `parse_model` in a checkout.

    Raises:
        PatcherError: `checkout`, when there is none, more than one, or it is not recognised.
    """
    found = parse_model_places(snapshot, package)
    if not found:
        raise no_checkout(snapshot.root)
    definitions = Definitions(snapshot)
    recognised = [(place, _recognised(definitions, place, alone=len(found) == 1)) for place in found]
    fitting = [(place, parse_model) for place, parse_model in recognised if parse_model is not None]
    if len(fitting) != 1:
        raise _several(snapshot, [place for place, _ in fitting] or found)
    ((place, parse_model),) = fitting
    return Site(
        snapshot,
        place.folder,
        parse_model,
        find_supply(snapshot, parse_model),
        _version(snapshot, place.folder),
        definitions,
    )


def _recognised(definitions: Definitions, place: Place, *, alone: bool) -> ParseModel | None:
    """Recognise the `parse_model` of a file; beside others, None where that can't be done."""
    try:
        source = decode_python(place.path, definitions.snapshot.require(place.path))
        return recognise_parse_model(source, definitions.around(source))
    except PatcherError:
        if alone:
            raise
        return None


def _several(snapshot: Snapshot, found: list[Place]) -> PatcherError:
    folder = snapshot.root / found[0].folder
    return PatcherError(
        "checkout",
        f"{len(found)} files define parse_model: {', '.join(place.path for place in found)}",
        path=str(snapshot.root),
        help=f"Name the one you mean with --repo, for example --repo {folder}."
        if len({place.folder for place in found}) > 1
        else "yolo-patcher edits the one that builds the models; rename the function in the others, or move them away.",
    )


def _version(snapshot: Snapshot, folder: str) -> str | None:
    content = snapshot.read(f"{folder}/__init__.py" if folder else "__init__.py")
    match = _VERSION.search(content.decode("utf-8", "replace")) if content else None
    return match[1] if match else None
