"""Run the statements of a branch of `parse_model`'s chain; what is not understood makes unknown what it may change."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from yolo_patcher.model.channels.module import Unknown
from yolo_patcher.model.channels.values import UNKNOWN, Values

_JUMPS = (ast.Break, ast.Continue, ast.Raise, ast.Return)


def run(statements: Sequence[ast.stmt], values: Values) -> None:
    """Run statements one by one.

    Raises:
        Unknown: they leave the row, so that nothing can be said of it.
    """
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets, value=assigned):
                value = values.perhaps(assigned)
                for target in targets:
                    values.store(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as assigned):
                values.store(target, values.perhaps(assigned))
            case ast.AugAssign(target=target, op=operator, value=added):
                values.store(target, values.perhaps(ast.BinOp(target, operator, added)))
            case ast.If(test=test, body=body, orelse=otherwise):
                decided = values.perhaps(test)
                if decided is UNKNOWN:
                    values.forget(statement)
                else:
                    run(body if decided else otherwise, values)
            case ast.Expr(value=ast.Call() as call) if values.change(call):
                pass
            case ast.For():
                _loop(statement, values)
            case _ if isinstance(statement, _JUMPS):
                raise Unknown(ast.unparse(statement))
            case _:
                values.forget(statement)


def _loop(statement: ast.For, values: Values) -> None:
    """Run a loop that goes plainly over a list."""
    inside = [node for one in statement.body for node in ast.walk(one)]
    items = values.perhaps(statement.iter)
    if not isinstance(items, list) or statement.orelse or any(isinstance(node, (*_JUMPS, ast.For)) for node in inside):
        values.forget(statement)
        return
    for item in list(items):
        values.store(statement.target, item)
        run(statement.body, values)
