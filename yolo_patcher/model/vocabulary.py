"""What a checkout's own `parse_model` says of a module's name: can it be resolved, and what does its branch read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from yolo_patcher.checkout.chain import branches, module_test
from yolo_patcher.checkout.namespace import bound_names
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.stand_ins import plain, stores
from yolo_patcher.model.shapes.effect import Classes, classes_of, no_classes
from yolo_patcher.signature import Signature, Signatures

Inputs = Literal["one", "many"]
_TORCH = "nn."
_ELSEWHERE = ("torch.", "torchvision.ops.")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The modules that a checkout's model YAMLs can name.

    Attributes:
        parse_model: what was recognised in the file of `parse_model`.
        names: the names that are visible there.
        complete: whether these are all of them.
        signatures: what is known of further modules, the catalogue's and those of patches.
        classes: the classes, run on shapes; those of no checkout know torch's own only.
    """

    parse_model: ParseModel
    names: frozenset[str]
    complete: bool
    signatures: Signatures = field(default_factory=dict)
    classes: Classes = field(default_factory=no_classes)
    _branches: dict[str, list[ast.stmt] | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _inputs: dict[str, Inputs | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _keeps: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def resolves(self, module: str) -> bool:
        """Tell whether `parse_model` finds a module by its name; True where that can't be told."""
        if module.startswith(_ELSEWHERE) or module in self.names or not self.complete:
            return True
        if not module.startswith(_TORCH):
            return False
        known = torch_modules()
        return not known or module.removeprefix(_TORCH) in known

    def falls_through(self, module: str) -> bool:
        """Tell whether a module has no branch of its own, so that its output counts as having its input's channels.

        False where that can't be told.
        """
        names = {plain(name) for name in self.parse_model.module_names}
        return self.parse_model.names_all and plain(self.parse_model.meant(module)) not in names

    def signature(self, module: str) -> Signature | None:
        """Give what is known of a module; None for one that is read as the class that it stands for."""
        return None if self.parse_model.takes_as_base(module) else self.signatures.get(module)

    def branch(self, module: str) -> list[ast.stmt] | None:
        """Give the statements that `parse_model` runs for a module; None where a test is not understood."""
        if module not in self._branches:
            self._branches[module] = self._find_branch(module)
        return self._branches[module]

    def _find_branch(self, module: str) -> list[ast.stmt] | None:
        module = self.parse_model.meant(module)
        for test, body in branches(self.parse_model.chain):
            if test is None:
                return body
            found = module_test(test, self.parse_model.row[2])
            if found is None:
                return None
            compared = self.parse_model.compared(found)
            if plain(module) in compared.texts:
                return None
            if plain(module) in {plain(name) for name in compared.names}:
                return body
            if not compared.complete:
                return None
        return None

    def inputs(self, module: str) -> Inputs | None:
        """Tell whether a module's branch takes one row (`ch[f]`) or a list of them; None where it does not say."""
        if module not in self._inputs:
            source = self.parse_model.row[0]
            found = {kind for statement in self.branch(module) or () for kind in self._reads(statement, source)}
            self._inputs[module] = found.pop() if len(found) == 1 else None
        return self._inputs[module]

    def _reads(self, statement: ast.stmt, source: str) -> Iterator[Inputs]:
        table = self.parse_model.channels_in.split("[", 1)[0]
        for node in ast.walk(statement):
            if (isinstance(node, ast.comprehension) and _is_name(node.iter, source)) or (
                isinstance(node, ast.Subscript) and _is_name(node.value, source)
            ):
                yield "many"
            elif isinstance(node, ast.Subscript) and _is_name(node.value, table):
                index = node.slice.body if isinstance(node.slice, ast.IfExp) else node.slice
                if _is_name(index, source):
                    yield "one"

    def sums(self, module: str) -> bool:
        """Tell whether a module's branch adds up the channels of its inputs, as one that concatenates them does."""
        return any(
            isinstance(node, ast.Call) and _is_name(node.func, "sum")
            for statement in self.branch(module) or ()
            for node in ast.walk(statement)
        )

    def collects_as(self, module: str, other: str) -> bool:
        """Tell whether one branch hands two modules the channels of all their inputs, as that of Detect does."""
        branch, args = self.branch(module), self.parse_model.row[3]
        return branch is not None and branch is self.branch(other) and any(_hands_list(one, args) for one in branch)

    def takes_channels(self, module: str) -> bool:
        """Tell whether a module's branch reads its output's channels from the row's first argument."""
        out, args = self.parse_model.channels_out, self.parse_model.row[3]
        return any(
            _is_scaled_first(value, args)
            for statement in self.branch(module) or ()
            for value in _values_of(statement, out)
        )

    def keeps_channels(self, module: str) -> bool:
        """Tell whether a module's branch leaves its output's channels as they were for the row before."""
        if module not in self._keeps:
            branch = self.branch(module)
            kept = not self._stores_around and branch is not None
            self._keeps[module] = kept and not self._stores_channels(branch or ())
        return self._keeps[module]

    @cached_property
    def _stores_around(self) -> bool:
        """Whether each row's channels are set beside the chain of branches."""
        apart = {self.parse_model.chain, *(line.statement for line in self.parse_model.stand_in_lines)}
        return self._stores_channels(one for one in self.parse_model.loop.body if one not in apart)

    def _stores_channels(self, statements: Iterable[ast.stmt]) -> bool:
        return any(stores(statement, self.parse_model.channels_out) for statement in statements)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _hands_list(statement: ast.stmt, args: str) -> bool:
    """Tell whether a statement is `args.append([ch[x] for x in f])`, or an `args.insert`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("append", "insert")
        and _is_name(call.func.value, args)
        and isinstance(call.args[-1], ast.ListComp)
    )


def _values_of(statement: ast.stmt, name: str) -> Iterator[ast.expr]:
    """Give what an assignment stores in a name (`c2 = args[0]`, `c1, c2 = ch[f], args[0]`)."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            yield from (value for target, value in zip(targets, values, strict=True) if _is_name(target, name))
        case ast.Assign(targets=[target], value=value) if _is_name(target, name):
            yield value


def _is_scaled_first(node: ast.expr, args: str) -> bool:
    """Tell whether an expression is `args[0]`, or that scaled; a difference or a power of arguments is no width."""
    match node:
        case ast.Call(func=ast.Name(id="make_divisible" | "min" | "int" | "round"), args=[*parts]):
            return any(_is_scaled_first(part, args) for part in parts)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            scaled, by = (left, right) if _is_scaled_first(left, args) else (right, left)
            return isinstance(by, ast.Name | ast.Constant) and _is_scaled_first(scaled, args)
    return _is_first(node, args)


def _is_first(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and _is_name(node.value, name)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == 0
    )


@lru_cache(maxsize=1)
def torch_modules() -> frozenset[str]:
    """Give the names in `torch.nn` of the torch that is installed, without importing it; none without a torch."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("torch")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        try:
            text = (Path(folder) / "nn" / "modules" / "__init__.py").read_text("utf-8")
            return frozenset(bound_names(ast.parse(text)))
        except (OSError, SyntaxError):
            continue
    return frozenset()


def vocabulary_of(site: Site, signatures: Signatures) -> Vocabulary:
    """Give the vocabulary of a checkout.

    Args:
        site: the checkout.
        signatures: what is known of further modules, as those of the catalogue.
    """
    return _vocabulary(site, tuple(signatures.items()))


@lru_cache(maxsize=4)
def _vocabulary(site: Site, signatures: tuple[tuple[str, Signature], ...]) -> Vocabulary:
    names, complete = site.names
    return Vocabulary(site.parse_model, frozenset(names), complete, dict(signatures), classes_of(site))
