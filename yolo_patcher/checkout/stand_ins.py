"""Read which classes stand for others in `parse_model`: the chain takes them for those, then they are put back.

is_C2f_SE = m is C2f_SE
m = C2f if is_C2f_SE else m
if m in {...}: ... the chain ...
m = C2f_SE if is_C2f_SE else m
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.chain import module_test

Named = Callable[[ast.Compare], Sequence[str]]
"""Gives the modules that a test of the row's module compares it with."""


@dataclass(frozen=True, eq=False)
class Standing:
    """How a class stands for another.

    Attributes:
        base: the class that the chain takes it for, as model YAMLs write it.
        built: the class that is made of a row that names it: itself, unless it is only another name for its base.
        made: the name, the repeats and the arguments that take the place of the chain's, as targets and their values;
            empty where the class takes what its base takes.
        repeats: the name that keeps the row's repeats for these; None where they are not kept.
        is_whole: whether each time that it is taken for its base it is put back.
    """

    base: str
    built: str
    made: tuple[tuple[ast.expr, ast.expr], ...] = ()
    repeats: str | None = None
    is_whole: bool = True


@dataclass(frozen=True, eq=False)
class Line:
    """A statement that tells of classes that stand for others.

    Attributes:
        statement: the statement.
        flag: the name that it stores, or tests.
        test: the test of the module that the flag stands for; None where an earlier line stored it.
        pairs: what it stores when the flag is true.
        kept: whether the flag holds the row's repeats.
    """

    statement: ast.stmt
    flag: str
    test: ast.Compare | None = None
    pairs: tuple[tuple[ast.expr, ast.expr], ...] = ()
    kept: bool = False


def stand_in_lines(loop: ast.For, chain: ast.If, row: Sequence[str]) -> tuple[Line, ...]:
    """Give the statements of a loop over rows that make classes stand for others, and put them back, in their order."""
    found: list[Line] = []
    for statement in loop.body[bound_before(loop, chain, row) :]:
        line = None if statement is chain else _flag(statement, row) or _taken(statement, row)
        if line is not None:
            found.append(line)
    # A flag without a module that it gives is another variable of the host's.
    used = {line.flag for line in found if line.pairs}
    return tuple(line for line in found if line.flag in used)


def bound_before(loop: ast.For, chain: ast.If, row: Sequence[str]) -> int:
    """Give how many statements of a loop, up to the last that gives the row's module a value, make it of its name."""
    before = loop.body[: loop.body.index(chain)]
    anew = (number for number, one in enumerate(before) if stores(one, row[2]) and _taken(one, row) is None)
    return max(anew, default=-1) + 1


def _flag(statement: ast.stmt, row: Sequence[str]) -> Line | None:
    """Read `is_X = m is X`, or `repeats_X = n if m is X else 0`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=flag)], value=ast.Compare() as test) if module_test(test, row[2]):
            return Line(statement, flag, test)
        case ast.Assign(
            targets=[ast.Name(id=flag)],
            value=ast.IfExp(test=ast.Compare() as test, body=ast.Name(id=name), orelse=ast.Constant(value=none)),
        ) if module_test(test, row[2]) and name == row[1] and not none:
            return Line(statement, flag, test, kept=True)
    return None


def _taken(statement: ast.stmt, row: Sequence[str]) -> Line | None:
    """Read `m = X if is_X else m`, `m, n, args = (X, 1, [...]) if is_X else (m, n, args)`, or `if is_X: m = X`."""
    match statement:
        case ast.Assign(targets=[target], value=ast.IfExp(test=test, body=body, orelse=orelse)):
            if ast.unparse(orelse) != ast.unparse(target):
                return None
        case ast.If(test=test, body=[ast.Assign(targets=[target], value=body)], orelse=[]):
            pass
        case _:
            return None
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    values = body.elts if isinstance(target, ast.Tuple) and isinstance(body, ast.Tuple | ast.List) else [body]
    pairs = tuple(zip(targets, values, strict=False))
    modules = [value for one, value in pairs if isinstance(one, ast.Name) and one.id == row[2]]
    if len(targets) != len(values) or len(modules) != 1 or not isinstance(modules[0], ast.Name | ast.Attribute):
        return None
    if isinstance(test, ast.Name):
        return Line(statement, test.id, pairs=pairs)
    found = module_test(test, row[2])
    return Line(statement, ast.unparse(test), found, pairs) if found else None


def standings(lines: Sequence[Line], chain: ast.If, named: Named, row: Sequence[str]) -> dict[str, Standing]:
    """Give how each class stands for another, by the classes' names."""
    tested = [name for line in lines if line.test is not None for name in named(line.test)]
    found = {plain(name): _standing(plain(name), lines, chain, named, row) for name in tested}
    return {name: standing for name, standing in found.items() if name != standing.base}


def _standing(name: str, lines: Sequence[Line], chain: ast.If, named: Named, row: Sequence[str]) -> Standing:
    """Follow a row's module through the statements in their order."""
    true: dict[str, bool] = {}
    meant = base = name
    made: list[tuple[ast.expr, ast.expr]] = []
    repeats = None
    turns = 0
    for line in lines:
        if line.test is not None:
            true[line.flag] = meant in {plain(one) for one in named(line.test)}
        if not true.get(line.flag):
            continue
        repeats = line.flag if line.kept else repeats
        turns += bool(line.pairs)
        before = line.statement.lineno < chain.lineno
        for target, value in line.pairs:
            if isinstance(target, ast.Name) and target.id == row[2]:
                meant = plain(ast.unparse(value))
                base = meant if before else base
            elif not before:
                made.append((target, value))
    return Standing(base, meant, tuple(made), repeats, meant == name and turns % 2 == 0)


def plain(name: str) -> str:
    """Give a class's name as model YAMLs write it: `torch.nn.Upsample` and `nn.Upsample` are the same class."""
    return name.removeprefix("torch.")


def stores(statement: ast.AST, name: str) -> bool:
    """Tell whether a statement stores a name."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(statement)
    )
