"""The chain of branches by module in `parse_model`: `if m in ...: / elif ... / else: c2 = ch[f]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


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


def fallthrough(chain: ast.If, row: Sequence[str | None]) -> tuple[str, str] | None:
    """Give the two sides of `c2 = ch[f]` in the chain's `else`, or None when this is another `if`."""
    *tested, (last_test, last_body) = branches(chain)
    if last_test is not None or not any(test and module_test(test, row[2]) is not None for test, _ in tested):
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


def by_table(chain: ast.If, loop: ast.For, row: Sequence[str | None]) -> tuple[str, str] | None:
    """Give the same for a chain that ends otherwise, or does not end: in forks its `else` raises, or is not there.

    The loop's `ch.append(c2)` names the table and the output, and a branch that reads the table for the row's input
    says how.
    """
    bodies = [(test, body) for test, body in branches(chain)]
    if sum(test is not None and module_test(test, row[2]) is not None for test, _ in bodies) < 2:
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


def module_test(test: ast.AST, module: str | None) -> ast.Compare | None:
    """Give a test when it is `m is X`, `m == X` or `m in X`, else None."""
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == module
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Is | ast.In | ast.Eq)
    ):
        return test
    return None


def module_tests(chain: ast.If, module: str) -> Iterator[ast.Compare]:
    """Give all such tests of a chain, those that are a part of another included, in their order."""
    for test, _ in branches(chain):
        for node in ast.walk(test) if test else ():
            found = module_test(node, module)
            if found is not None:
                yield found
