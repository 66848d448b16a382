"""Where in the loop of `parse_model` the lines of a class stand that stands for another, and what is against them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from yolo_patcher.checkout.chain import branches, module_test
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.stand_ins import bound_before, plain
from yolo_patcher.errors import PatcherError


def first_test(parse_model: ParseModel) -> int:
    """Give the first statement of the loop that tests the module once it is the class and no text."""
    body, place = parse_model.loop.body, parse_model.loop.body.index(parse_model.chain)
    begin = bound_before(parse_model.loop, parse_model.chain, parse_model.row)
    return next(number for number in range(begin, place + 1) if _tests(body[number], parse_model.row[2]))


def first_use(parse_model: ParseModel) -> int:
    """Give the first statement behind the chain that takes the module for more than a test."""
    body, m = parse_model.loop.body, parse_model.row[2]
    ours = {line.statement for line in parse_model.stand_in_lines}
    behind = range(body.index(parse_model.chain) + 1, len(body))
    numbers = [number for number in behind if body[number] not in ours and _uses(body[number], m)]
    if not any(calls(body[number], m) for number in numbers):
        raise PatcherError(
            "checkout",
            f"parse_model does not make the module by {m}(...) behind its chain of branches",
            path=parse_model.path,
            line=parse_model.chain.lineno,
            help="A class can stand for another only where the module is made behind the chain. Insert rows instead:"
            " `head`, `neck`, `after:N`.",
        )
    return numbers[0]


def later_tests(parse_model: ParseModel, use: int) -> Iterator[list[int]]:
    """Give the runs of statements behind the first use that test the module, stand-ins' own lines around them left."""
    body, ours = parse_model.loop.body, {line.statement for line in parse_model.stand_in_lines}
    run: list[int] = []
    for number in range(use + 1, len(body)):
        if body[number] in ours:
            continue
        if _tests(body[number], parse_model.row[2]):
            run.append(number)
        elif run:
            yield run
            run = []
    if run:
        yield run


def outside(parse_model: ParseModel, run: Sequence[int]) -> tuple[int, int]:
    """Give the first statement of a run and the one behind it, with the lines of other classes around it."""
    body, ours = parse_model.loop.body, {line.statement for line in parse_model.stand_in_lines}
    begin, end = run[0], run[-1] + 1
    while body[begin - 1] in ours:
        begin -= 1
    while end < len(body) and body[end] in ours:
        end += 1
    return begin, end


def branches_for(parse_model: ParseModel, base: str) -> Iterator[ast.stmt]:
    """Give the statements of the branches that a class can come into."""
    for test, body in branches(parse_model.chain):
        found = module_test(test, parse_model.row[2]) if test else None
        compared = parse_model.compared(found) if found else None
        named = compared is not None and plain(base) in {plain(name) for name in compared.names}
        if compared is None or named or not compared.complete:
            yield from body
        if named:
            return


def may_name(parse_model: ParseModel, statement: ast.stmt, base: str) -> bool:
    """Tell whether a statement may compare the module with a class."""
    m = parse_model.row[2]
    for test in (node for node in ast.walk(statement) if isinstance(node, ast.Compare) and _tests(node, m)):
        if not (isinstance(test.left, ast.Name) and test.left.id == m and len(test.ops) == 1):
            return True
        compared = parse_model.compared(test)
        if not compared.complete or plain(base) in {plain(name) for name in compared.names}:
            return True
    return False


def _tests(node: ast.AST, module: str) -> bool:
    """Tell whether code compares the row's module."""
    return any(isinstance(part, ast.Compare) and _names(part, module) for part in ast.walk(node))


def _uses(statement: ast.stmt, module: str) -> bool:
    """Tell whether a statement reads the row's module outside of comparisons."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and node.id == module:
            return True
        if not isinstance(node, ast.Compare):
            pending += ast.iter_child_nodes(node)
    return False


def calls(statement: ast.stmt, module: str) -> bool:
    """Tell whether a statement calls the row's module."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == module
        for node in ast.walk(statement)
    )


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
