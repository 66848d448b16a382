"""Recognise `parse_model`: the loop over the rows of a model YAML, and the chain that gives each module its channels.

Every YOLO repository from YOLOv5 v1.0 to ultralytics 8.4 has, under different names, a loop
`for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"])` with a chain
`if m in ...: / elif ... / else: c2 = ch[f]`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from yolo_patcher.checkout.chain import by_table, fallthrough, module_tests
from yolo_patcher.checkout.containers import Modules, Scope, bound_in, compared_modules
from yolo_patcher.checkout.definitions import PythonFile
from yolo_patcher.checkout.marker import stand_in_markers
from yolo_patcher.checkout.stand_ins import Line, Standing, plain, stand_in_lines, standings
from yolo_patcher.checkout.syntax import parse_python
from yolo_patcher.checkout.text import SourceText, line_starts
from yolo_patcher.errors import PatcherError

_T = TypeVar("_T")
_SECTIONS = {"backbone", "head"}
_READS_F = re.compile(r"\.[\s\\]*f\b")


@dataclass(frozen=True, eq=False)
class ParseModel:
    """What was recognised in the file that holds `parse_model`.

    Attributes:
        file: the file, with what its names mean.
        tree: its syntax tree.
        function: the definition of `parse_model`.
        loop: the loop over the rows.
        chain: the `if m in ...` statement.
        row: the names of the loop's variables for from, repeats, module and arguments.
        index: the name of the loop's counter, or None.
        channels_out: the name that holds a row's output channels (`c2`).
        channels_in: the expression for the channels of the row's input, as written (`ch[f]`).
    """

    file: PythonFile
    tree: ast.Module
    function: ast.FunctionDef
    loop: ast.For
    chain: ast.If
    row: tuple[str, str, str, str]
    index: str | None
    channels_out: str
    channels_in: str
    _compared: dict[ast.Compare, Modules] = field(default_factory=dict, repr=False, compare=False)

    def compared(self, test: ast.Compare) -> Modules:
        """Give the modules that a test `m is X` or `m in X` compares with, as the file writes them."""
        if test not in self._compared:
            self._compared[test] = compared_modules(test, self._scope)
        return self._compared[test]

    @cached_property
    def _scope(self) -> Scope:
        arguments = self.function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return Scope(bound_in(self.function.body, [one.arg for one in every]), self.file, self.file)

    @cached_property
    def module_names(self) -> tuple[str, ...]:
        """The names that the chain compares the module with, in their order (`Conv`, `nn.BatchNorm2d`)."""
        tests = module_tests(self.chain, self.row[2])
        return tuple(dict.fromkeys(name for test in tests for name in self.compared(test).names))

    @cached_property
    def names_all(self) -> bool:
        """Whether these are all that the chain compares it with; False where a set can't be told from the text."""
        return all(self.compared(test).complete for test in module_tests(self.chain, self.row[2]))

    @cached_property
    def stand_in_lines(self) -> tuple[Line, ...]:
        """The statements of the loop that make classes stand for others, and put them back."""
        return stand_in_lines(self.loop, self.chain, self.row)

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """How classes stand for others, by the names of the classes as model YAMLs write them."""
        return standings(self.stand_in_lines, self.chain, lambda test: self.compared(test).names, self.row)

    @cached_property
    def stands_for(self) -> Mapping[str, str]:
        """The class that the chain takes a class for, by the names of those that stand for another."""
        return {name: one.base for name, one in self.standings.items()}

    def meant(self, module: str) -> str:
        """Give the name that the chain takes a module for: that of what it stands for, else its own."""
        return self.stands_for.get(plain(module), module)

    def takes_as_base(self, module: str) -> bool:
        """Tell whether a module stands for another and takes what that takes, so that it is read as that throughout."""
        standing = self.standings.get(plain(module))
        return standing is not None and not standing.made

    @cached_property
    def broken_stand_ins(self) -> frozenset[str]:
        """The classes of which marked lines say that they stand for others, and it is not so.

        Of a row that names such a class, its base is made, or nothing.
        """
        whole = {name for name, one in self.standings.items() if one.is_whole}
        return frozenset(stand_in_markers(self.source.text.encode())) - whole

    @property
    def source(self) -> SourceText:
        """The file's text."""
        return self.file.source

    @cached_property
    def image_first(self) -> bool:
        """Whether the table of channels keeps the image in front, so that `ch[f]` is right for a relative `f` only.

        Versions since YOLOv5 v4.0 drop it with `if i == 0: ch = []`.
        """
        table = self.channels_in.split("[", 1)[0]
        return not any(
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == table for target in node.targets)
            for node in ast.walk(self.loop)
        )

    @cached_property
    def renumbers(self) -> bool:
        """Whether a row's index may differ from its place, as with `m_.i = i + 4 if is_backbone else i`.

        Forks do this for a backbone that is one row and gives five maps.
        """
        for node in ast.walk(self.loop):
            if not isinstance(node, ast.Assign):
                continue
            target, value = node.targets[0], node.value
            pairs = (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else [(target, value)]
            )
            for one, its_value in pairs:
                if isinstance(one, ast.Attribute) and one.attr == "i":
                    return not (isinstance(its_value, ast.Name) and its_value.id == self.index)
        return False

    @cached_property
    def own_sources(self) -> frozenset[int]:
        """The values of `from` with a meaning of the file's own, so that they name no row counted backwards.

        `parse_model` compares with them (`f == -5`), or the forward pass does (`m.f == -4` for a second image).
        """
        here = (node.left for node in ast.walk(self.loop) if isinstance(node, ast.Compare))
        sources = {id(left) for left in here if isinstance(left, ast.Name) and left.id == self.row[0]}
        compared = (
            part
            for statement in self._telling_of_sources()
            for node in ast.walk(statement)
            if isinstance(node, ast.Compare)
            and (id(node.left) in sources or (isinstance(node.left, ast.Attribute) and node.left.attr == "f"))
            for part in node.comparators
        )
        numbers = (one for part in compared for one in ast.walk(part) if isinstance(one, ast.UnaryOp))
        return frozenset(
            -one.operand.value
            for one in numbers
            if isinstance(one.operand, ast.Constant) and isinstance(one.operand.value, int) and one.operand.value > 1
        )

    def _telling_of_sources(self) -> Iterator[ast.stmt]:
        """Give `parse_model` and each method or statement that reads an attribute `f`; the file has thousands more."""
        text, starts = self.source.text, [*line_starts(self.source.text), len(self.source.text)]
        pending = list(self.tree.body)
        while pending:
            statement = pending.pop()
            if isinstance(statement, ast.ClassDef):
                pending += statement.body
            elif statement is self.function or _READS_F.search(
                text, starts[statement.lineno - 1], starts[statement.end_lineno or statement.lineno]
            ):
                yield statement

    @property
    def path(self) -> str:
        """The file's path relative to the checkout."""
        return self.source.path


def recognise_parse_model(source: SourceText, file: PythonFile | None = None) -> ParseModel:
    """Find `parse_model` and its parts in a file.

    Args:
        source: the file.
        file: the same with the checkout around it; None for a text that imports nothing of a checkout.

    Raises:
        PatcherError: `checkout`, when the function, its loop or its chain is missing or there is more than one.
    """
    tree = parse_python(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "parse_model"]
    function = _only(functions, "parse_model function{}", source.path, 1)
    variables = _variables(function.body)
    loops = [
        (node, row) for node in ast.walk(function) if isinstance(node, ast.For) and (row := _row_names(node, variables))
    ]
    loop, (index, *row) = _only(loops, "loop{} over backbone + head in parse_model", source.path, function.lineno)
    _refuse_other_sections(loop, variables, source.path)
    whole = [(node, ends) for node in loop.body if isinstance(node, ast.If) and (ends := fallthrough(node, row))]
    open_ended = [
        (node, found) for node in loop.body if isinstance(node, ast.If) and (found := by_table(node, loop, row))
    ]
    what = "`if m in ...: / else: c2 = ch[f]` chain{} in parse_model"
    chain, (channels_out, channels_in) = _only(whole or open_ended, what, source.path, loop.lineno)
    return ParseModel(
        file=file or PythonFile(source),
        tree=tree,
        function=function,
        loop=loop,
        chain=chain,
        row=(row[0] or "", row[1] or "", row[2] or "", row[3] or ""),
        index=index,
        channels_out=channels_out,
        channels_in=channels_in,
    )


def _only(found: list[_T], what: str, path: str, line: int) -> _T:
    if len(found) == 1:
        return found[0]
    count = "no" if not found else str(len(found))
    raise PatcherError(
        "checkout",
        f"{count} {what.format('s' if len(found) > 1 else '')}",
        path=path,
        line=line,
        help="yolo-patcher edits parse_model only when it recognises it beyond doubt: one loop over the rows of"
        " backbone and head,\nwith one chain of branches by module, in which `c2` is made of `ch[f]`.",
    )


def _sections(loop: ast.For, variables: Mapping[str, ast.expr]) -> set[str]:
    """Give the strings in what a loop goes through, or in the variable that holds it."""
    source = loop.iter
    if isinstance(source, ast.Call) and len(source.args) == 1:
        source = source.args[0]
    if isinstance(source, ast.Name):
        source = variables.get(source.id, source)
    strings = (node.value for node in ast.walk(source) if isinstance(node, ast.Constant))
    return {value for value in strings if isinstance(value, str)}


def _row_names(loop: ast.For, variables: Mapping[str, ast.expr]) -> list[str | None] | None:
    """Give [index, from, repeats, module, args] of a loop over the rows, or None when it is another loop."""
    if not _sections(loop, variables) >= _SECTIONS:
        return None
    target: ast.expr = loop.target
    index = None
    if isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(target.elts[0], ast.Name):
        index, target = target.elts[0].id, target.elts[1]
    first = loop.body[0]
    if isinstance(target, ast.Name) and isinstance(first, ast.Assign) and ast.unparse(first.value) == target.id:
        # The row is taken apart by the first statement.
        target = first.targets[0]
    if not isinstance(target, ast.Tuple) or len(target.elts) != 4:
        return None
    names = [element.id for element in target.elts if isinstance(element, ast.Name)]
    return [index, *names] if len(names) == 4 else None


def _refuse_other_sections(loop: ast.For, variables: Mapping[str, ast.expr], path: str) -> None:
    others = sorted(_sections(loop, variables) - _SECTIONS)
    if others:
        raise PatcherError(
            "checkout",
            f"parse_model reads more of a model YAML than backbone and head: {', '.join(others)}",
            path=path,
            line=loop.lineno,
            help="yolo-patcher counts the rows of backbone and head, and would count these wrongly.",
        )


def _variables(statements: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """Give the containers that statements assign to names, as `base_modules = frozenset(...)`."""
    containers = (ast.Set, ast.Tuple, ast.List, ast.Call, ast.BinOp)
    found: dict[str, ast.expr] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, containers):
            found.update({target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)})
    return found
