"""Recognise `parse_model`: the loop over the rows of a model YAML, and the chain that gives each module its channels.

Every YOLO repository from YOLOv5 v1.0 to ultralytics 8.4 has, under different names, a loop
`for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"])` with a chain
`if m in ...: / elif ... / else: c2 = ch[f]`.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from yolo_patcher.errors import PatcherError
from yolo_patcher.source_text import SourceText

_T = TypeVar("_T")
_SECTIONS = {"backbone", "head"}


@dataclass(frozen=True)
class ParseModel:
    """What was recognised in the file that holds `parse_model`.

    Attributes:
        source: the file.
        tree: its syntax tree.
        function: the definition of `parse_model`.
        loop: the loop over the rows.
        chain: the `if m in ...` statement.
        row: the names of the loop's variables for from, repeats, module and arguments.
        index: the name of the loop's counter, or None.
        channels_out: the name that holds a row's output channels (`c2`).
        channels_in: the expression for the channels of the row's input, as written (`ch[f]`).
        variables: the containers that the function assigns to names, as newer versions do with `base_modules`.
        module_names: the names that the chain compares the module with, in their order (`Conv`, `nn.BatchNorm2d`).
    """

    source: SourceText
    tree: ast.Module
    function: ast.FunctionDef
    loop: ast.For
    chain: ast.If
    row: tuple[str, str, str, str]
    index: str | None
    channels_out: str
    channels_in: str
    variables: Mapping[str, ast.expr]
    module_names: tuple[str, ...]
    _modules_in: dict[int, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def modules_in(self, compared: ast.expr) -> frozenset[str]:
        """Give the module names in what a test compares the module with, as a YAML writes them (`nn.BatchNorm2d`)."""
        key = id(compared)
        if key not in self._modules_in:
            names = named_modules(compared, self.variables)
            self._modules_in[key] = frozenset(name.removeprefix("torch.") for name in names)
        return self._modules_in[key]

    @property
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

    @property
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

    @property
    def path(self) -> str:
        """The file's path relative to the checkout."""
        return self.source.path


def parse_python(source: SourceText) -> ast.Module:
    """Parse a Python file of the checkout.

    Raises:
        PatcherError: `checkout`, with the line, when it does not parse.
    """
    try:
        with warnings.catch_warnings():
            # What later versions of Python warn of, such as "\d", is the checkout's own and would only confuse here.
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        raise PatcherError(
            "checkout",
            f"the file does not parse as {version}, which runs yolo-patcher: {reason}",
            path=source.path,
            line=line,
            help=f"If its syntax is newer than {version}, run yolo-patcher with a newer Python; else repair the line.",
        ) from error


def recognise_parse_model(source: SourceText) -> ParseModel:
    """Find `parse_model` and its parts in a file.

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
    variables.update(_variables(loop.body))
    whole = [(node, ends) for node in loop.body if isinstance(node, ast.If) and (ends := _fallthrough(node, row))]
    open_ended = [
        (node, found) for node in loop.body if isinstance(node, ast.If) and (found := _by_table(node, loop, row))
    ]
    what = "`if m in ...: / else: c2 = ch[f]` chain{} in parse_model"
    chain, (channels_out, channels_in) = _only(whole or open_ended, what, source.path, loop.lineno)
    return ParseModel(
        source=source,
        tree=tree,
        function=function,
        loop=loop,
        chain=chain,
        row=(row[0] or "", row[1] or "", row[2] or "", row[3] or ""),
        index=index,
        channels_out=channels_out,
        channels_in=channels_in,
        variables=variables,
        module_names=tuple(dict.fromkeys(_module_names(chain, row[2] or "", variables))),
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


def branches(chain: ast.If) -> Iterator[tuple[ast.expr | None, list[ast.stmt]]]:
    """Walk an if/elif/else chain: each test, None for `else`, with its body."""
    node = chain
    while True:
        yield node.test, node.body
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            continue
        if node.orelse:
            yield None, node.orelse
        return


def _fallthrough(chain: ast.If, row: Sequence[str | None]) -> tuple[str, str] | None:
    """Give the two sides of `c2 = ch[f]` in the chain's `else`, or None when this is another `if`."""
    *tested, (last_test, last_body) = branches(chain)
    if last_test is not None or not any(test and compared_module(test, row[2]) is not None for test, _ in tested):
        return None
    for statement in last_body:
        if (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
            and (entry := _table_entry(statement.value, row[0]))
        ):
            return statement.targets[0].id, entry
    return None


def _by_table(chain: ast.If, loop: ast.For, row: Sequence[str | None]) -> tuple[str, str] | None:
    """Give the same for a chain that ends otherwise, or does not end: in forks its `else` raises, or is not there.

    The loop's `ch.append(c2)` names the table and the output, and a branch that reads the table for the row's input
    says how.
    """
    bodies = [(test, body) for test, body in branches(chain)]
    if sum(test is not None and compared_module(test, row[2]) is not None for test, _ in bodies) < 2:
        return None
    outputs = dict(_appended(loop))
    for _, body in bodies:
        for node in (node for statement in body for node in ast.walk(statement)):
            entry = _table_entry(node, row[0])
            if entry and (table := entry.split("[", 1)[0]) in outputs:
                return outputs[table], entry
    return None


def _table_entry(node: ast.AST, source: str | None) -> str | None:
    """Give an expression such as `ch[f]` or `ch[-1 if f == -1 else f + 1]`; not `ch[f[0]]`, which is for joins."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name) or isinstance(node.slice, ast.Slice):
        return None
    parts = list(ast.walk(node.slice))
    reads = any(isinstance(part, ast.Name) and part.id == source for part in parts)
    return ast.unparse(node) if reads and not any(isinstance(part, ast.Subscript) for part in parts) else None


def _appended(loop: ast.For) -> Iterator[tuple[str, str]]:
    """Give the names in each `ch.append(c2)` of the loop, as (`ch`, `c2`)."""
    for statement in loop.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "append"
            and isinstance(call.func.value, ast.Name)
            and len(call.args) == 1
            and isinstance(call.args[0], ast.Name)
        ):
            yield call.func.value.id, call.args[0].id


def compared_module(test: ast.expr, module: str | None) -> ast.expr | None:
    """Give what a test `m is X` or `m in X` compares the module with, or None when it is another test."""
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == module
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Is | ast.In | ast.Eq)
    ):
        return test.comparators[0]
    return None


def named_modules(compared: ast.expr, variables: Mapping[str, ast.expr]) -> list[str]:
    """Give the module names in a set, list, tuple, frozenset, a single name, or a variable of the function."""
    if isinstance(compared, ast.Set | ast.Tuple | ast.List):
        return [name for element in compared.elts for name in named_modules(element, variables)]
    if isinstance(compared, ast.Starred):
        return named_modules(compared.value, variables)
    if isinstance(compared, ast.Call):
        return [name for argument in compared.args for name in named_modules(argument, variables)]
    if isinstance(compared, ast.BinOp):
        return named_modules(compared.left, variables) + named_modules(compared.right, variables)
    if isinstance(compared, ast.Name):
        value = variables.get(compared.id)
        return [compared.id] if value is None else named_modules(value, {})
    if isinstance(compared, ast.Attribute):
        return [ast.unparse(compared)]
    return []


def _variables(statements: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """Give the containers that statements assign to names, as `base_modules = frozenset(...)`."""
    containers = (ast.Set, ast.Tuple, ast.List, ast.Call, ast.BinOp)
    found: dict[str, ast.expr] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, containers):
            found.update({target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)})
    return found


def _module_names(chain: ast.If, module: str, variables: Mapping[str, ast.expr]) -> Iterator[str]:
    for test, _ in branches(chain):
        for node in ast.walk(test) if test else ():
            compared = compared_module(node, module) if isinstance(node, ast.expr) else None
            if compared is not None:
                yield from named_modules(compared, variables)
